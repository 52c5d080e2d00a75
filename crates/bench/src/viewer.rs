//! The least Socket.IO client over a WebSocket: as small as possible, so that the load generator costs little beside
//! the server it shares a machine with.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::error::{BenchError, Trying, unexpected};

const PATIENCE: Duration = Duration::from_secs(20);
/// Grants this far ahead, every so many frames.
const CREDIT_AHEAD: u64 = 64;
const CREDIT_EVERY: u64 = 16;

/// A connected viewer.
pub(crate) struct Viewer {
    socket: WebSocketStream<TcpStream>,
    granted: u64,
    /// Bytes of all messages received.
    pub(crate) bytes: u64,
    /// Frames received.
    pub(crate) frames: u64,
}

/// What a frame says of itself; its parts are not looked into.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Frame {
    /// Its number.
    pub(crate) seq: u64,
    /// The server's clock at sending, in ms.
    pub(crate) now: i64,
    /// When its newest event was accepted, in ms.
    pub(crate) accepted: Option<i64>,
}

impl Viewer {
    /// Connects and waits for `hello`.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await.trying(format!("connecting to {address}"))?;
        stream.set_nodelay(true).trying("setting up a connection")?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (socket, _) = client_async(url, stream).await.map_err(Box::new)?;
        let mut viewer = Self { socket, granted: 0, bytes: 0, frames: 0 };
        viewer.packet("0").await?;
        viewer.send(format!("40{}", json!({"token": token, "protocol": 1}))).await?;
        viewer.packet("40").await?;
        viewer.packet("42[\"hello\",").await?;
        Ok(viewer)
    }

    /// Subscribes; views are named `0`, `1`, ….
    pub(crate) async fn subscribe(&mut self, queries: &[Value]) -> Result<(), BenchError> {
        let view = |(number, query)| json!({"id": format!("{number}"), "query": query});
        let views: Vec<_> = queries.iter().enumerate().map(view).collect();
        self.send(format!("420{}", json!(["subscribe", {"views": views}]))).await?;
        let answer = self.packet("430").await?;
        if answer.contains("\"problem\"") {
            return unexpected(format!("a view was refused: {answer}"));
        }
        self.grant(CREDIT_AHEAD).await
    }

    /// The next frame, with its text; grants more as it goes.
    pub(crate) async fn frame(&mut self) -> Result<(Frame, String), BenchError> {
        let text = self.packet("42[\"frame\",").await?;
        let body = text.strip_prefix("42[\"frame\",").and_then(|text| text.strip_suffix(']')).unwrap_or_default();
        let frame: Frame = serde_json::from_str(body)?;
        self.seen(frame.seq).await?;
        Ok((frame, text))
    }

    /// Receives for as long as told, without looking into frames.
    pub(crate) async fn receive_for(&mut self, time: Duration) -> Result<(), BenchError> {
        let end = tokio::time::Instant::now() + time;
        while let Ok(packet) = tokio::time::timeout_at(end, self.next()).await {
            if let Some(rest) = packet?.strip_prefix("42[\"frame\",{\"seq\":") {
                let seq = rest.split([',', '}']).next().and_then(|text| text.parse().ok()).unwrap_or(0);
                self.seen(seq).await?;
            }
        }
        Ok(())
    }

    async fn seen(&mut self, seq: u64) -> Result<(), BenchError> {
        self.frames += 1;
        if seq + CREDIT_AHEAD >= self.granted + CREDIT_EVERY { self.grant(seq + CREDIT_AHEAD).await } else { Ok(()) }
    }

    async fn grant(&mut self, until: u64) -> Result<(), BenchError> {
        self.granted = until;
        self.send(format!("42{}", json!(["credit", {"until": until}]))).await
    }

    async fn send(&mut self, packet: String) -> Result<(), BenchError> {
        Ok(self.socket.send(Message::text(packet)).await.map_err(Box::new)?)
    }

    /// Waits for a packet that begins so, passing over others.
    async fn packet(&mut self, start: &'static str) -> Result<String, BenchError> {
        let wait = async {
            loop {
                let packet = self.next().await?;
                if packet.starts_with("44") {
                    return unexpected(format!("the connection was refused: {packet}"));
                }
                if packet.starts_with(start) {
                    return Ok(packet);
                }
            }
        };
        timeout(PATIENCE, wait).await.unwrap_or(Err(BenchError::Late(start)))
    }

    /// The next packet that is no ping; pings are answered.
    async fn next(&mut self) -> Result<String, BenchError> {
        loop {
            let message = match self.socket.next().await {
                Some(message) => message.map_err(Box::new)?,
                None => return Err(Box::new(Error::ConnectionClosed).into()),
            };
            let Message::Text(text) = message else { continue };
            self.bytes += text.len() as u64;
            if text.as_str() == "2" {
                self.send("3".to_owned()).await?;
            } else {
                return Ok(text.as_str().to_owned());
            }
        }
    }
}
