//! HTTP as plain as can be: every byte of an answer has to be there, or there is none.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use crate::error::{TortureError, Trying, unexpected};

/// A connection.
pub(crate) struct Connection {
    stream: BufStream<TcpStream>,
}

/// A request.
pub(crate) struct Request<'a> {
    /// `GET` or `POST`.
    pub(crate) method: &'a str,
    /// Path and query.
    pub(crate) path: &'a str,
    /// Whole lines, each ended by `\r\n`.
    pub(crate) headers: String,
    /// The body.
    pub(crate) body: &'a [u8],
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: String,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, TortureError> {
        let stream = TcpStream::connect(address).await.trying(format!("connecting to {address}"))?;
        stream.set_nodelay(true).trying("setting up a connection")?;
        Ok(Self { stream: BufStream::new(stream) })
    }

    /// Sends a request without waiting for what becomes of it.
    pub(crate) async fn send(&mut self, request: &Request<'_>) -> Result<(), TortureError> {
        let Request { method, path, headers, body } = request;
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: tideboard\r\n{headers}content-length: {length}\r\n\r\n");
        self.stream.write_all(head.as_bytes()).await.trying("sending a request")?;
        self.stream.write_all(body).await.trying("sending a body")?;
        self.stream.flush().await.trying("sending a request")
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn exchange(&mut self, request: &Request<'_>) -> Result<Answer, TortureError> {
        self.send(request).await?;
        let first = self.line().await?;
        let Some(status) = first.split(' ').nth(1).and_then(|code| code.parse().ok()) else {
            return unexpected(format!("no HTTP answer: {first:?}"));
        };
        let mut answer = Answer { status, headers: Vec::new(), body: String::new() };
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(": ") else { break };
            answer.headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let body = self.body(&answer).await?;
        answer.body = String::from_utf8(body).or_else(|_| unexpected("a body that is no text"))?;
        Ok(answer)
    }

    async fn line(&mut self) -> Result<String, TortureError> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.trying("reading an answer")?;
        // Every line counts: a head that was cut off must not pass for a short one.
        line.strip_suffix("\r\n").map_or_else(|| unexpected("an answer was cut off"), |line| Ok(line.to_owned()))
    }

    async fn body(&mut self, answer: &Answer) -> Result<Vec<u8>, TortureError> {
        if answer.header("transfer-encoding") == "chunked" {
            let mut body = Vec::new();
            loop {
                let size = self.line().await?;
                let size = usize::from_str_radix(&size, 16).or_else(|_| unexpected("a chunk without a length"))?;
                body.extend(self.bytes(size).await?);
                self.line().await?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        match answer.header("content-length") {
            "" if answer.status == 204 => Ok(Vec::new()),
            length => {
                let length = length.parse().or_else(|_| unexpected("an answer without a length"))?;
                self.bytes(length).await
            }
        }
    }

    async fn bytes(&mut self, count: usize) -> Result<Vec<u8>, TortureError> {
        let mut bytes = vec![0; count];
        self.stream.read_exact(&mut bytes).await.trying("reading an answer's body")?;
        Ok(bytes)
    }
}

impl Answer {
    /// A header's value; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The answer, if it is one of success.
    pub(crate) fn success(self) -> Result<Self, TortureError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        unexpected(format!("the server answered {}: {}", self.status, self.body))
    }
}

/// One request on a connection of its own.
pub(crate) async fn once(address: SocketAddr, request: &Request<'_>) -> Result<Answer, TortureError> {
    Connection::open(address).await?.exchange(request).await
}
