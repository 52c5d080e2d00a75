//! A client that says exactly what it is told to.

use crate::node::KEY;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

/// Longer than a balancer takes over anything, on any machine.
const LIMIT: Duration = Duration::from_secs(60);

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Status line and headers.
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    /// The cookie that it sets, as a client sends it back.
    pub(crate) fn cookie(&self) -> Option<&str> {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with("set-cookie:"))?;
        line.split_once(':')?.1.split(';').next().map(str::trim)
    }

    /// The session that it opened.
    pub(crate) fn session(&self) -> &str {
        self.body.split('"').nth(3).unwrap_or_default()
    }
}

/// Sends a request on a connection of its own; `headers` are whole lines.
pub(crate) fn request(port: u16, line: &str, headers: &[&str], body: &str) -> Answer {
    let mut stream = send(port, line, &[headers, &["Connection: close"]].concat(), body);
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

pub(crate) fn get(port: u16, target: &str) -> Answer {
    request(port, &format!("GET {target}"), &[], "")
}

fn send(port: u16, line: &str, headers: &[&str], body: &str) -> TcpStream {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let headers: String = headers.iter().map(|line| format!("{line}\r\n")).collect();
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    write!(stream, "{line} HTTP/1.1\r\nHost: board.example\r\n{headers}{length}\r\n{body}").unwrap();
    stream
}

/// A WebSocket, as far as it is let through.
pub(crate) struct Socket {
    reader: BufReader<TcpStream>,
    /// The node at its other end.
    pub(crate) node: String,
}

impl Socket {
    /// Asks for one; the status if that is not what comes.
    pub(crate) fn open(port: u16, target: &str, headers: &[&str]) -> Result<Self, String> {
        let upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
        let key = format!("Sec-WebSocket-Key: {KEY}");
        let stream = send(port, &format!("GET {target}"), &[headers, &upgrade, &[key.as_str()]].concat(), "");
        let mut socket = Self { reader: BufReader::new(stream), node: String::new() };
        let status = socket.line();
        if !status.starts_with("HTTP/1.1 101") {
            return Err(status);
        }
        while !socket.line().is_empty() {}
        socket.node = socket.line();
        Ok(socket)
    }

    /// Says something and hears it back.
    pub(crate) fn echo(&mut self, text: &str) -> String {
        writeln!(self.reader.get_mut(), "{text}").unwrap();
        self.line()
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.reader.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }
}
