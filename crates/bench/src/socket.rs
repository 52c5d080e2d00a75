//! A WebSocket that says how much came, whatever is spoken over it.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::error::{BenchError, Trying};

/// Thousands of connections share this process.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// A connection.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// Bytes of all messages received, pings apart.
    pub(crate) bytes: u64,
    /// Messages received.
    pub(crate) messages: u64,
}

impl Socket {
    /// Connects.
    pub(crate) async fn connect(address: SocketAddr, path: &str) -> Result<Self, BenchError> {
        let stream = TcpStream::connect(address).await.trying(format!("connecting to {address}"))?;
        stream.set_nodelay(true).trying("setting up a connection")?;
        let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES);
        let url = format!("ws://{address}{path}");
        let (stream, _) = client_async_with_config(url, stream, Some(config)).await.map_err(Box::new)?;
        Ok(Self { stream, bytes: 0, messages: 0 })
    }

    /// Sends a text.
    pub(crate) async fn send(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), BenchError> {
        Ok(self.stream.send(Message::text(text)).await.map_err(Box::new)?)
    }

    /// The next text; Engine.IO's pings are answered and passed over.
    pub(crate) async fn next(&mut self) -> Result<Utf8Bytes, BenchError> {
        loop {
            let message = match self.stream.next().await {
                Some(message) => message.map_err(Box::new)?,
                None => return Err(Box::new(Error::ConnectionClosed).into()),
            };
            let Message::Text(text) = message else { continue };
            if text.as_str() == "2" {
                self.send("3").await?;
                continue;
            }
            self.bytes += text.len() as u64;
            self.messages += 1;
            return Ok(text);
        }
    }

    /// The next text, or nothing by then.
    pub(crate) async fn next_until(&mut self, end: Instant) -> Result<Option<Utf8Bytes>, BenchError> {
        timeout_at(end, self.next()).await.map_or(Ok(None), |text| text.map(Some))
    }
}
