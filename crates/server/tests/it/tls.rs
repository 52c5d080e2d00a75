//! TLS on the server's own port, met by clients that check certificates.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};
use serde_json::json;
use tideboard_server::config::Key;
use tideboard_services::Certificates;

use crate::harness::{Answer, Folder, Request, Running, Session, exchange};
use crate::process::{Serving, tideboard};
use crate::stock_clients::probe::{Probe, counted, ones, table};

type Secure = StreamOwned<ClientConnection, TcpStream>;

fn connect_by(
    address: SocketAddr,
    authority: &Path,
    versions: &[&'static SupportedProtocolVersion],
) -> std::io::Result<Secure> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let mut client = ClientConnection::new(Arc::new(config), "127.0.0.1".try_into().unwrap()).unwrap();
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    while client.is_handshaking() {
        client.complete_io(&mut stream)?;
    }
    Ok(StreamOwned::new(client, stream))
}

/// A connection to a server whose certificate this authority vouches for.
fn connect(address: SocketAddr, authority: &Path) -> std::io::Result<Secure> {
    connect_by(address, authority, rustls::ALL_VERSIONS)
}

#[track_caller]
fn ask(address: SocketAddr, authority: &Path, request: &Request) -> Answer {
    exchange(&mut connect(address, authority).unwrap(), address, request).unwrap()
}

/// Certificate and key where a server looks for them.
struct Place(Folder);

impl Place {
    fn new(certificates: &Certificates) -> Self {
        let place = Self(Folder::new());
        place.put(certificates);
        place
    }

    fn put(&self, certificates: &Certificates) {
        std::fs::copy(certificates.certificate(), self.0.path().join("cert.pem")).unwrap();
        std::fs::copy(certificates.key(), self.0.path().join("key.pem")).unwrap();
    }

    fn serve(&self) -> Serving {
        let at = |name: &str| self.0.path().join(name);
        Serving::start(
            tideboard(&self.0).env("TIDEBOARD_TLS_CERT", at("cert.pem")).env("TIDEBOARD_TLS_KEY", at("key.pem")),
        )
    }
}

fn running(certificates: &Certificates, more: &[(Key, &str)]) -> Running {
    let (certificate, key) = (certificates.certificate(), certificates.key());
    let files = [(Key::TlsCert, certificate.to_str().unwrap()), (Key::TlsKey, key.to_str().unwrap())];
    Running::with(&[&files, more].concat())
}

fn sign_in(server: &Running, authority: &Path) -> Answer {
    let body = json!({"token": server.token}).to_string();
    let answer = ask(server.address, authority, &Request::new("POST", "/api/v1/session").change().json(&body));
    assert_eq!(answer.status, 200, "{answer:?}");
    answer
}

#[test]
fn with_a_certificate_everything_is_served_over_tls_and_says_so() {
    let certificates = Certificates::make().unwrap();
    let (server, authority) = (running(&certificates, &[]), certificates.authority());
    assert!(server.url.starts_with(&format!("https://{}/sign-in#", server.address)), "{}", server.url);
    for version in rustls::ALL_VERSIONS {
        let mut stream = connect_by(server.address, &authority, &[version]).unwrap();
        assert_eq!(stream.conn.alpn_protocol(), Some(&b"http/1.1"[..]));
        let page = exchange(&mut stream, server.address, &Request::new("GET", "/").header("accept", "text/html"));
        let page = page.unwrap();
        assert_eq!((page.status, page.header("strict-transport-security")), (200, "max-age=31536000"));
        let sockets = format!("connect-src 'self' wss://{}", server.address);
        assert!(page.header("content-security-policy").ends_with(&sockets), "{page:?}");
    }
    let signed_in = sign_in(&server, &authority);
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("__Host-tideboard_session=") && cookie.ends_with("; Secure"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    for (scheme, status) in [("https", 200), ("http", 403)] {
        let request = Request::new("POST", "/api/v1/session/refresh").header("cookie", cookie).change();
        let request = request.header("origin", &format!("{scheme}://{}", server.address));
        assert_eq!(ask(server.address, &authority, &request).status, status, "{scheme}");
    }
    let other = Certificates::make().unwrap();
    assert!(connect(server.address, &other.authority()).is_err(), "the client does check");
}

#[test]
fn a_public_address_wins_over_the_servers_own_tls() {
    let certificates = Certificates::make().unwrap();
    let server = running(&certificates, &[(Key::PublicUrl, "http://board.example")]);
    assert!(server.url.starts_with("http://board.example/sign-in#"), "{}", server.url);
    let signed_in = sign_in(&server, &certificates.authority());
    let cookie = signed_in.header("set-cookie");
    assert!(cookie.starts_with("tideboard_session=") && !cookie.contains("Secure"), "{cookie}");
}

#[test]
fn viewers_follow_over_tls_on_both_transports() {
    let certificates = Certificates::make().unwrap();
    let (server, authority) = (running(&certificates, &[]), certificates.authority());
    let session = Session::of(&sign_in(&server, &authority));
    let mut probe = Probe::start_over_tls(server.address, &authority);
    for (name, events) in [("websocket", 3), ("polling", 6)] {
        let request = Request::new("POST", "/api/v1/session/socket-token").bearer(&session.access);
        let token = ask(server.address, &authority, &request).json()["token"].clone();
        assert_eq!(probe.open(name, &json!({"token": token, "protocol": 5}), name)["connect"], true);
        probe.wait(name, "hello", |line| (line["event"] == "hello").then_some(()));
        let mut socket = probe.socket(name);
        socket.want("table", &table("s"));
        probe.subscribe(&mut socket);
        let request = Request::new("POST", "/api/v1/events").bearer(&server.key).json(&ones("s", 0..3).to_string());
        assert_eq!(ask(server.address, &authority, &request).status, 200);
        probe.until(&mut socket, "the events", |mirror| {
            mirror.views["table"].told && counted(mirror, "table") == events
        });
    }
}

#[test]
fn a_new_certificate_is_served_without_a_restart_and_open_connections_stay() {
    let (first, second) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let place = Place::new(&first);
    let server = place.serve();
    assert!(server.welcome().contains("serves at https://"), "{}", server.welcome());
    let mut open = connect(server.address(), &first.authority()).unwrap();
    let mut health = || {
        open.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        let mut heard = Vec::new();
        while !heard.ends_with(b"{\"status\":\"ok\"}") {
            let mut bytes = [0; 1_024];
            let read = open.read(&mut bytes).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&bytes[..read]);
        }
    };
    health();
    place.put(&second);
    let deadline = Instant::now() + Duration::from_secs(20);
    while connect(server.address(), &second.authority()).is_err() {
        assert!(Instant::now() < deadline, "the new certificate is not served");
    }
    assert!(connect(server.address(), &first.authority()).is_err());
    health();
}

#[test]
fn a_broken_pair_is_logged_and_changes_nothing_and_a_signal_makes_it_look_at_once() {
    let (first, second) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let place = Place::new(&first);
    let server = place.serve();
    // The certificate is there before its key.
    std::fs::copy(second.certificate(), place.0.path().join("cert.pem")).unwrap();
    server.signal("-HUP");
    // Longer than it takes to look without being asked.
    let until = Instant::now() + Duration::from_secs(4);
    while Instant::now() < until {
        connect(server.address(), &first.authority()).unwrap();
    }
    std::fs::write(place.0.path().join("key.pem"), "nothing").unwrap();
    server.signal("-HUP");
    connect(server.address(), &first.authority()).unwrap();
    place.put(&second);
    let since = Instant::now();
    while connect(server.address(), &second.authority()).is_err() {
        server.signal("-HUP");
        assert!(since.elapsed() < Duration::from_secs(2), "it was to look at once");
    }
    server.signal("-TERM");
    let (code, log) = server.end();
    assert_eq!(code, Some(0), "{log}");
    assert_eq!(log.matches("is not that of the certificate in").count(), 1, "said once: {log}");
    assert!(log.contains("serving with a new certificate"), "{log}");
}

#[test]
fn what_can_not_be_used_stops_the_start_with_the_way_out() {
    let (first, second) = (Certificates::make().unwrap(), Certificates::make().unwrap());
    let folder = Folder::new();
    let refused = |certificate: &Path, key: Option<&Path>| {
        let mut command = tideboard(&folder);
        command.arg("--tls-cert").arg(certificate);
        if let Some(key) = key {
            command.arg("--tls-key").arg(key);
        }
        let output = command.output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let error = refused(&first.certificate(), Some(&second.key()));
    assert!(error.contains(&second.key().display().to_string()) && error.contains("--tls-key FILE"), "{error}");
    let error = refused(&folder.path().join("gone.pem"), Some(&second.key()));
    assert!(error.contains("gone.pem of tls_cert") && error.contains("TIDEBOARD_TLS_CERT=FILE"), "{error}");
    let error = refused(&first.certificate(), None);
    assert!(error.contains("tls_key is not") && error.contains("both"), "{error}");
}

#[test]
fn plain_http_on_the_tls_port_is_told_where_to_go_and_nothing_else() {
    let certificates = Certificates::make().unwrap();
    let server = running(&certificates, &[]);
    let answer = server.send(&Request::new("POST", "/api/v1/events").bearer(&server.key).json("[]"));
    assert_eq!((answer.status, answer.body.as_str()), (400, "This port speaks TLS: use https:// here\n"));
    for nonsense in [&b"\x16\x03\x01\xff\xff"[..], b"\0\0\0\0", b"SSH-2.0-x\r\n", b"\x16\x03\x01\0\x05hello"] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(nonsense).unwrap();
        let (mut heard, since) = (Vec::new(), Instant::now());
        stream.read_to_end(&mut heard).ok();
        assert!(heard.len() < 256 && since.elapsed() < Duration::from_secs(15), "{heard:?}");
    }
    assert_eq!(ask(server.address, &certificates.authority(), &Request::new("GET", "/healthz")).status, 200);
}

#[test]
fn handshakes_that_dribble_are_cut_off_and_hold_nobody_up() {
    let certificates = Certificates::make().unwrap();
    let (server, authority) = (running(&certificates, &[]), certificates.authority());
    let start = |_| {
        let mut stream = TcpStream::connect(server.address).unwrap();
        // The beginning of a handshake of 512 bytes.
        stream.write_all(b"\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03").unwrap();
        stream.set_nonblocking(true).unwrap();
        stream
    };
    let mut slow: Vec<_> = (0..300).map(start).collect();
    let since = Instant::now();
    let mut open = slow.len();
    while open > 0 {
        assert!(since.elapsed() < Duration::from_secs(30), "{open} handshakes go on");
        let asked = Instant::now();
        assert_eq!(ask(server.address, &authority, &Request::new("GET", "/healthz")).status, 200);
        assert!(asked.elapsed() < Duration::from_secs(3), "others wait {:?}", asked.elapsed());
        // Byte by byte: each comes in time, all together never.
        slow.retain_mut(|stream| stream.write_all(b"\0").is_ok() && !matches!(stream.read(&mut [0]), Ok(0)));
        open = slow.len();
        std::thread::park_timeout(Duration::from_millis(200));
    }
    assert!(since.elapsed() > Duration::from_secs(3), "they were given some time");
}
