//! Who asks slowly, or says it will and does not: cut off in bounded time, while others are served.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::harness::{Request, Running, try_send};
use crate::stock_clients::probe::{Probe, Socket, counted, ones, post, socket_token, table};

/// Room for slow machines.
const ROOM: Duration = Duration::from_secs(15);

/// A connection that sends its next byte whenever it is asked to.
struct Dribble {
    stream: TcpStream,
    byte: u8,
    limit: Duration,
    what: &'static str,
}

impl Dribble {
    fn start(server: SocketAddr, what: &'static str, head: &str, byte: u8, limit_seconds: u64) -> Self {
        let mut stream = TcpStream::connect(server).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.set_nonblocking(true).unwrap();
        Self { stream, byte, limit: Duration::from_secs(limit_seconds), what }
    }

    /// Sends one more byte, and says whether the connection is still open.
    fn goes_on(&mut self) -> bool {
        is_open(&mut self.stream) && self.stream.write_all(&[self.byte]).is_ok()
    }
}

/// Reads away what came.
fn is_open(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 4_096];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return false,
            Ok(_) => {}
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// Opens a connection over long-polling, and returns its id.
fn polling(server: &Running) -> String {
    let opened = server.send(&Request::new("GET", "/socket.io/?EIO=4&transport=polling")).body;
    let opened: serde_json::Value = serde_json::from_str(opened.strip_prefix('0').unwrap()).unwrap();
    opened["sid"].as_str().unwrap().to_owned()
}

fn viewer(server: &Running, probe: &mut Probe, session: &str, transport: &'static str) -> Socket {
    let auth = json!({"token": socket_token(server.address, session), "protocol": 5});
    assert_eq!(probe.open(transport, &auth, transport)["connect"], true);
    probe.wait(transport, "hello", |line| (line["event"] == "hello").then_some(()));
    let mut socket = probe.socket(transport);
    socket.want("table", &table("s"));
    probe.subscribe(&mut socket);
    socket
}

#[test]
fn requests_that_dribble_are_cut_off_and_hold_nobody_up() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let mut viewers = ["websocket", "polling"].map(|transport| viewer(&server, &mut probe, &session, transport));
    let post_to = |path: &str, more: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 4000\r\n{more}\r\n"
        )
    };
    let key = format!("authorization: Bearer {}\r\n", server.key);
    let sid = polling(&server);
    let mut open = Vec::new();
    for _ in 0..4 {
        let mut start =
            |what, head: &str, byte, limit| open.push(Dribble::start(server.address, what, head, byte, limit));
        start("no head", "", b'G', 10);
        start("a head", "GET /healthz HTTP/1.1\r\nhost: a\r\nx: ", b'x', 10);
        start("a body of a sign-in", &post_to("/api/v1/session", "x-tideboard: 1\r\n"), b' ', 30);
        start("a body of events", &post_to("/api/v1/events", &key), b' ', 30);
        start("a body of a stranger", &post_to("/api/v1/events", ""), b' ', 5);
        let polling = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
        start("a body of long-polling", &post_to(&polling, ""), b'4', 30);
        start(
            "a chunk",
            "POST /api/v1/session HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n\
               x-tideboard: 1\r\ntransfer-encoding: chunked\r\n\r\nf00\r\n",
            b' ',
            30,
        );
    }
    let since = Instant::now();
    while !open.is_empty() {
        let asked = Instant::now();
        assert_eq!(server.send(&Request::new("GET", "/healthz")).status, 200);
        let event = Request::new("POST", "/api/v1/events").bearer(&server.key);
        assert_eq!(server.send(&event.json(r#"{"stream":"other","fields":{}}"#)).status, 200);
        assert!(asked.elapsed() < Duration::from_secs(3), "others wait for {:?}", asked.elapsed());
        open.retain_mut(Dribble::goes_on);
        for late in &open {
            assert!(since.elapsed() < late.limit + ROOM, "{} goes on", late.what);
        }
        std::thread::park_timeout(Duration::from_millis(250));
    }
    post(&server, &ones("s", 0..3));
    for viewer in &mut viewers {
        probe.until(viewer, "the events", |mirror| mirror.views["table"].told && counted(mirror, "table") == 3);
        let cut = probe.so_far(viewer.name).into_iter().any(|line| line.get("disconnect").is_some());
        assert!(!cut, "viewers are not meant");
    }
}

#[test]
fn a_head_that_is_too_large_is_refused() {
    let server = Running::start();
    let with =
        |bytes: usize| try_send(server.address, &Request::new("GET", "/healthz").header("x-large", &"x".repeat(bytes)));
    assert_eq!(with(16 << 10).unwrap().status, 200);
    // The answer may be lost on its way: the connection is closed while more of the head comes.
    assert_eq!(with(64 << 10).map_or(431, |answer| answer.status), 431);
}

#[test]
fn sockets_that_never_connect_are_closed_though_they_answer_pings() {
    let server = Running::start();
    let mut stream = TcpStream::connect(server.address).unwrap();
    let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nhost: a\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_nonblocking(true).unwrap();
    // The answer to a ping: a text frame as clients write it, masked with zeros.
    let mut pong = || stream.write_all(&[0x81, 0x81, 0, 0, 0, 0, b'3']).is_ok() && is_open(&mut stream);
    let sid = polling(&server);
    let path = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
    let since = Instant::now();
    let (mut by_socket, mut by_polling) = (true, true);
    while by_socket || by_polling {
        assert!(
            since.elapsed() < Duration::from_secs(5) + ROOM,
            "open: WebSocket {by_socket}, long-polling {by_polling}"
        );
        by_socket = by_socket && pong();
        by_polling = by_polling && server.send(&Request::new("POST", &path).body("3")).status == 200;
        std::thread::park_timeout(Duration::from_millis(250));
    }
    assert!(since.elapsed() > Duration::from_secs(3), "they were given some time");
}
