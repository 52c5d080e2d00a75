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
        if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
            return Ok(Answer { status, body: self.chunks().await? });
        }
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).await.trying("reading an answer's body")?;
        Ok(Answer { status, body })
    }

    /// A body in chunks, up to the empty one that ends it.
    async fn chunks(&mut self) -> Result<Vec<u8>, BenchError> {
        let mut body = Vec::new();
        loop {
            let line = self.line().await?;
            let Ok(length) = usize::from_str_radix(&line, 16) else {
                return unexpected(format!("no length of a chunk: {line:?}"));
            };
            let mut chunk = vec![0; length];
            self.stream.read_exact(&mut chunk).await.trying("reading an answer's body")?;
            self.line().await?;
            if length == 0 {
                return Ok(body);
            }
            body.append(&mut chunk);
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_body_in_chunks_is_put_together_and_the_next_answer_found_behind_it() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut http = Http::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut peer, _) = listener.accept().await.unwrap();
        let answers = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n\
                       HTTP/1.1 204 No Content\r\n\r\n";
        peer.write_all(answers.as_bytes()).await.unwrap();
        let first = http.get("/", "").await.unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"abcabcdefghijklmnopqrstuvwxyz".as_slice()));
        assert_eq!(http.get("/", "").await.unwrap().status, 204);
    }
}
