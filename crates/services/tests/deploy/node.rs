//! A node as a balancer sees it: `/readyz`, short answers, long-polling with sessions, and WebSocket.

use crate::balancer::until;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use tideboard_services::Port;

/// A path at which a node closes the connection without an answer.
pub(crate) const DIES: &str = "/dies";

/// The key of RFC 6455's example, and the answer to it: HAProxy passes no upgrade without.
pub(crate) const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// A node that runs.
pub(crate) struct Node {
    port: Port,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

/// A request as it reached a node.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    /// Method and target.
    pub(crate) line: String,
    /// Names in small letters, and values.
    pub(crate) headers: Vec<(String, String)>,
}

impl Arrived {
    /// The values of a header, in order.
    pub(crate) fn values(&self, name: &str) -> Vec<&str> {
        self.headers.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str()).collect()
    }
}

struct Shared {
    name: String,
    ready: AtomicBool,
    still: AtomicBool,
    running: AtomicBool,
    sessions: AtomicU32,
    arrived: Mutex<Vec<Arrived>>,
}

impl Node {
    pub(crate) fn start(name: &str) -> Self {
        let shared = Shared {
            name: name.to_owned(),
            ready: AtomicBool::new(true),
            still: AtomicBool::new(false),
            running: AtomicBool::new(true),
            sessions: AtomicU32::new(0),
            arrived: Mutex::default(),
        };
        let mut node = Self { port: Port::free().unwrap(), shared: Arc::new(shared), accepting: None };
        node.come_back();
        node
    }

    pub(crate) fn name(&self) -> &str {
        &self.shared.name
    }

    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port.number())
    }

    /// What `/readyz` says from now on.
    pub(crate) fn set_ready(&self, ready: bool) {
        self.shared.ready.store(ready, Ordering::SeqCst);
    }

    /// Takes connections and says nothing, like a process that was stopped.
    pub(crate) fn stand_still(&self) {
        self.shared.still.store(true, Ordering::SeqCst);
    }

    /// Listens no more: connections are refused, those that are open stay.
    pub(crate) fn be_gone(&mut self) {
        self.shared.running.store(false, Ordering::SeqCst);
        TcpStream::connect(self.address()).ok();
        if let Some(accepting) = self.accepting.take() {
            accepting.join().unwrap();
        }
    }

    /// Listens again, on the same port.
    pub(crate) fn come_back(&mut self) {
        // A process that another test starts at this moment holds the port until it runs its program.
        let mut listener = None;
        until("the port is free", || {
            listener = TcpListener::bind((Ipv4Addr::LOCALHOST, self.port.number())).ok();
            listener.is_some()
        });
        let listener = listener.unwrap();
        self.shared.running.store(true, Ordering::SeqCst);
        let shared = self.shared.clone();
        self.accepting = Some(std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                if !shared.running.load(Ordering::SeqCst) {
                    return;
                }
                let shared = shared.clone();
                // Whoever closes early, such as a health check, is no failure.
                std::thread::spawn(move || shared.serve(stream).ok());
            }
        }));
    }

    /// What reached it so far, health checks aside.
    pub(crate) fn arrived(&self) -> Vec<Arrived> {
        self.shared.arrived.lock().unwrap().clone()
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.be_gone();
    }
}

impl Shared {
    /// One request, and for a WebSocket the echo that follows.
    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream.try_clone()?);
        let request = read(&mut reader)?;
        if self.still.load(Ordering::SeqCst) {
            // Until the other side has enough of it.
            return reader.read_to_end(&mut Vec::new()).map(|_| ());
        }
        let target = request.line.split(' ').nth(1).unwrap_or_default().to_owned();
        if target == "/readyz" {
            let status = if self.ready.load(Ordering::SeqCst) { "200 OK" } else { "503 Service Unavailable" };
            return answer(stream, status, "");
        }
        self.arrived.lock().unwrap().push(request.clone());
        if target == DIES {
            return Ok(());
        }
        let session = parameter(&target, "sid");
        if session.is_some_and(|session| !session.starts_with(&format!("{}-", self.name))) {
            return answer(stream, "400 Bad Request", r#"{"code":1,"message":"Session ID unknown"}"#);
        }
        if request.values("upgrade") == ["websocket"] {
            return self.echo(stream, reader);
        }
        if target.starts_with("/socket.io/") && session.is_none() {
            let number = self.sessions.fetch_add(1, Ordering::SeqCst);
            return answer(stream, "200 OK", &format!(r#"0{{"sid":"{}-{number}"}}"#, self.name));
        }
        answer(stream, "200 OK", &self.name)
    }

    /// Says its name, and then whatever it is told. Frames are none of a balancer's business: plain lines will do.
    fn echo(&self, mut stream: TcpStream, mut reader: BufReader<TcpStream>) -> std::io::Result<()> {
        let head = "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n";
        write!(stream, "{head}sec-websocket-accept: {ACCEPT}\r\n\r\n{}\n", self.name)?;
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            stream.write_all(line.as_bytes())?;
            line.clear();
        }
        Ok(())
    }
}

fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Arrived> {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let request = Arrived { line: lines.first().cloned().unwrap_or_default(), headers };
    let length = request.values("content-length").first().and_then(|length| length.parse().ok()).unwrap_or(0);
    reader.read_exact(&mut vec![0; length])?;
    Ok(request)
}

fn answer(mut stream: TcpStream, status: &str, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn parameter<'a>(target: &'a str, name: &str) -> Option<&'a str> {
    target.split(['?', '&']).skip(1).find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
}
