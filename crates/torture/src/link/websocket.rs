//! Packets over a WebSocket.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::error::{TortureError, Trying, unexpected};

/// A connection.
pub(super) struct WebSocket(WebSocketStream<TcpStream>);

impl WebSocket {
    /// Connects.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, TortureError> {
        let stream = TcpStream::connect(address).await.trying(format!("connecting to {address}"))?;
        stream.set_nodelay(true).trying("setting up a connection")?;
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let (socket, _) = client_async(url, stream).await.map_err(Box::new)?;
        let mut open = Self(socket);
        let first = open.next().await?;
        if first.starts_with('0') { Ok(open) } else { unexpected(format!("the first packet is {first}")) }
    }

    /// The next packet.
    pub(super) async fn next(&mut self) -> Result<String, TortureError> {
        loop {
            match self.0.next().await {
                Some(message) => {
                    if let Message::Text(text) = message.map_err(Box::new)? {
                        return Ok(text.as_str().to_owned());
                    }
                }
                None => return unexpected("the connection was closed"),
            }
        }
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, packet: String) -> Result<(), TortureError> {
        Ok(self.0.send(Message::text(packet)).await.map_err(Box::new)?)
    }
}
