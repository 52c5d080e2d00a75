//! The plainest HTTP client: one connection that is kept, one request at a time.

use std::net::SocketAddr;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::TcpStream;

use crate::error::{BenchError, Trying, unexpected};

/// A kept connection.
pub(crate) struct Http {
    address: SocketAddr,
    stream: BufStream<TcpStream>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Http {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await.trying(format!("connecting to {address}"))?;
        stream.set_nodelay(true).trying("setting up a connection")?;
        Ok(Self { address, stream: BufStream::new(stream) })
    }

    /// Posts a body. `headers` are whole lines, each ended by `\r\n`.
    pub(crate) async fn post(&mut self, path: &str, headers: &str, body: &[u8]) -> Result<Answer, BenchError> {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\n{headers}content-length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.stream.write_all(head.as_bytes()).await.trying("sending a request")?;
        self.stream.write_all(body).await.trying("sending a body")?;
        self.stream.flush().await.trying("sending a request")?;
        self.answer().await
    }

    /// Gets what is at an address.
    pub(crate) async fn get(&mut self, path: &str, headers: &str) -> Result<Answer, BenchError> {
        let head = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{headers}\r\n", self.address);
        self.stream.write_all(head.as_bytes()).await.trying("sending a request")?;
        self.stream.flush().await.trying("sending a request")?;
        self.answer().await
    }

    async fn line(&mut self) -> Result<String, BenchError> {
        let mut line = String::new();
        self.stream.read_line(&mut line).await.trying("reading an answer")?;
        Ok(line.trim_end().to_owned())
    }

    async fn answer(&mut self) -> Result<Answer, BenchError> {
        let first = self.line().await?;
        let Some(status) = first.split(' ').nth(1).and_then(|code| code.parse().ok()) else {
            return unexpected(format!("no HTTP answer: {first:?}"));
        };
        let mut headers = Vec::new();
        loop {
            let line = self.line().await?;
            let Some((name, value)) = line.split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.trying("reading an answer's body")?;
        Ok(Answer { status, body })
    }
}

impl Answer {
    /// The answer, if everything was accepted.
    pub(crate) fn success(self) -> Result<Self, BenchError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        unexpected(format!("the server answered {}: {}", self.status, String::from_utf8_lossy(&self.body)))
    }
}
