//! A server in this process on a free port, a folder that goes away, and the plainest HTTP client.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;
use tideboard_server::config::{Config, Key, Raw};
use tideboard_server::{Demo, Server};
use tokio::sync::oneshot;

/// A folder of its own, deleted in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("tideboard-it-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// A server that stops when dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// Where to sign in, as it is printed.
    pub(crate) url: String,
    /// The one-time token of the sign-in address.
    pub(crate) token: String,
    /// The key of a new installation; empty if it is not new.
    pub(crate) key: String,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    _folder: Folder,
}

impl Running {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(settings: &[(Key, &str)]) -> Self {
        let folder = Folder::new();
        let mut flags: BTreeMap<Key, String> = BTreeMap::from([
            (Key::Listen, "127.0.0.1:0".to_owned()),
            (Key::Data, folder.path().display().to_string()),
            (Key::HostMetrics, "off".to_owned()),
        ]);
        flags.extend(settings.iter().map(|(key, text)| (*key, (*text).to_owned())));
        let config = Config::resolve(&Raw::gather(flags, [], None).unwrap()).unwrap();
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(async {
                let server = Server::open(config, Demo::Off).await.unwrap();
                let url = server.welcome().sign_in_url();
                let token = url.rsplit_once("#token=").unwrap().1.to_owned();
                let key = server.welcome().first_key().unwrap_or_default().to_owned();
                tell.send((server.address().unwrap(), url, token, key)).unwrap();
                server.run(async { stopped.await.unwrap_or_default() }).await;
            });
        });
        let (address, url, token, key) = told.recv().unwrap();
        let (stop, thread) = (Mutex::new(Some(stop)), Mutex::new(Some(thread)));
        Self { address, url, token, key, stop, thread, _folder: folder }
    }

    pub(crate) fn send(&self, request: &Request) -> Answer {
        send(self.address, request)
    }

    /// Asks it to stop, and goes on meanwhile.
    pub(crate) fn stop(&self) -> Stopping {
        drop(self.stop.lock().unwrap().take());
        Stopping(self.thread.lock().unwrap().take())
    }

    /// Signs in as the owner, and returns the token that opens everything.
    pub(crate) fn sign_in(&self) -> String {
        self.begin(&format!(r#"{{"token":"{}"}}"#, self.token)).access
    }

    /// Signs in by whatever the body says.
    pub(crate) fn begin(&self, body: &str) -> Session {
        let answer = self.send(&Request::new("POST", "/api/v1/session").change().json(body));
        assert_eq!(answer.status, 200, "{answer:?}");
        Session::of(&answer)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop().join();
    }
}

/// What a page holds that is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Session {
    /// The token that opens everything.
    pub(crate) access: String,
    /// What the browser sends back as `Cookie`.
    pub(crate) cookie: String,
    /// Who it is.
    pub(crate) user: Value,
    pub(crate) id: String,
}

impl Session {
    /// From the answer that began it.
    pub(crate) fn of(answer: &Answer) -> Self {
        let body = answer.json();
        let text = |member: &str| body[member].as_str().unwrap().to_owned();
        let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
        Self { access: text("accessToken"), cookie, user: body["user"].clone(), id: text("sessionId") }
    }
}

/// A server on its way to its end.
pub(crate) struct Stopping(Option<JoinHandle<()>>);

impl Stopping {
    pub(crate) fn join(self) {
        if let Some(Err(panic)) = self.0.map(JoinHandle::join)
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

/// A request as written.
#[derive(Clone)]
pub(crate) struct Request {
    head: String,
    body: Vec<u8>,
}

impl Request {
    pub(crate) fn new(method: &str, path: &str) -> Self {
        Self { head: format!("{method} {path} HTTP/1.1\r\n"), body: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.head += &format!("{name}: {value}\r\n");
        self
    }

    pub(crate) fn bearer(self, key: &str) -> Self {
        self.header("authorization", &format!("Bearer {key}"))
    }

    /// As a page of ours sends changes.
    pub(crate) fn change(self) -> Self {
        self.header("x-tideboard", "1")
    }

    pub(crate) fn json(self, body: &str) -> Self {
        self.header("content-type", "application/json").body(body)
    }

    pub(crate) fn body(mut self, body: impl AsRef<[u8]>) -> Self {
        self.body = body.as_ref().to_vec();
        self
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value).next().unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks that this is a problem of a code in the one shape, and returns it.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        assert_eq!(body["status"], status);
        for member in ["type", "title", "detail", "retry"] {
            assert!(!body[member].as_str().unwrap_or_default().is_empty(), "{member}: {self:?}");
        }
        body
    }
}

pub(crate) fn send(address: SocketAddr, request: &Request) -> Answer {
    try_send(address, request).unwrap()
}

/// For a server that may be gone: an error says that it is not known what became of the request.
pub(crate) fn try_send(address: SocketAddr, request: &Request) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(20)))?;
    exchange(&mut stream, address, request)
}

/// Sends a request over a connection of its own, and reads to its end.
pub(crate) fn exchange(
    stream: &mut (impl Read + Write),
    address: SocketAddr,
    request: &Request,
) -> std::io::Result<Answer> {
    let length = request.body.len();
    let host =
        if request.head.to_lowercase().contains("\r\nhost: ") { String::new() } else { format!("host: {address}\r\n") };
    let head = format!("{}{host}content-length: {length}\r\nconnection: close\r\n\r\n", request.head);
    stream.write_all(head.as_bytes())?;
    // The server may answer and close before it has read a body that it refuses.
    stream.write_all(&request.body).ok();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).ok();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return Err(std::io::Error::other(format!("no answer: {text:?}")));
    };
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Ok(Answer { status, head: head.to_owned(), body: body.to_owned() })
}
