//! The least Socket.IO client over a WebSocket: as small as possible, so that the load generator costs little beside
//! the server it shares a machine with.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout, timeout_at};

use crate::error::{BenchError, unexpected};
use crate::held::{Head, head};
use crate::socket::Socket;

const PATIENCE: Duration = Duration::from_secs(60);
/// Grants this far ahead, every so many frames.
const CREDIT: Grants = Grants { ahead: 64, every: 16 };
/// The same of the page.
const CREDIT_OF_THE_PAGE: Grants = Grants { ahead: 8, every: 4 };
const FRAME: &str = "42[\"frame\",";
/// The version of the protocol that is spoken here.
const PROTOCOL: u32 = 5;

#[derive(Debug, Clone, Copy)]
struct Grants {
    ahead: u64,
    every: u64,
}

/// A connected viewer.
pub(crate) struct Viewer {
    socket: Socket,
    granted: u64,
    /// Nothing while it grants none.
    grants: Option<Grants>,
    /// Frames received.
    pub(crate) frames: u64,
}

impl Viewer {
    /// Connects and waits for `hello`.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Result<Self, BenchError> {
        let socket = Socket::connect(address, "/socket.io/?EIO=4&transport=websocket").await?;
        let mut viewer = Self { socket, granted: 0, grants: Some(CREDIT), frames: 0 };
        viewer.packet("0").await?;
        viewer.send(format!("40{}", json!({"token": token, "protocol": PROTOCOL}))).await?;
        viewer.packet("40").await?;
        viewer.packet("42[\"hello\",").await?;
        Ok(viewer)
    }

    /// Sends the body of `subscribe` and returns that of its acknowledgement; more frames are granted from now on.
    pub(crate) async fn subscribe(&mut self, body: &Value) -> Result<String, BenchError> {
        self.ask_for(body).await?;
        let answer = self.packet("430").await?;
        self.grant(self.grants.unwrap_or(CREDIT).ahead).await?;
        answered(&answer).map(str::to_owned)
    }

    /// Sends the body of `subscribe`, and waits for nothing.
    pub(crate) async fn ask_for(&mut self, body: &Value) -> Result<(), BenchError> {
        self.send(format!("420{}", json!(["subscribe", body]))).await
    }

    /// Asks for the server's clock, and awaits it.
    pub(crate) async fn ask_clock(&mut self) -> Result<(), BenchError> {
        self.send("421[\"clock\",{}]".to_owned()).await?;
        self.packet("431").await.map(drop)
    }

    /// From now on no frame is granted, whatever comes.
    pub(crate) fn withhold_credit(&mut self) {
        self.grants = None;
    }

    /// From now on it grants as far ahead, and as often, as the page does.
    pub(crate) fn grant_like_the_page(&mut self) {
        self.grants = Some(CREDIT_OF_THE_PAGE);
    }

    /// Grants frames again.
    pub(crate) async fn grant_again(&mut self) -> Result<(), BenchError> {
        let grants = *self.grants.get_or_insert(CREDIT);
        self.grant(self.granted + grants.ahead).await
    }

    /// The next frame's head, with the JSON of the message; grants more as it goes.
    pub(crate) async fn frame(&mut self) -> Result<(Head, String), BenchError> {
        let text = self.packet(FRAME).await?;
        self.taken(&text).await
    }

    async fn taken(&mut self, text: &str) -> Result<(Head, String), BenchError> {
        let body = text.strip_prefix(FRAME).and_then(|text| text.strip_suffix(']')).unwrap_or_default();
        let head = head(body)?;
        self.seen(head.seq).await?;
        Ok((head, body.to_owned()))
    }

    /// The next frame's JSON, or nothing by then.
    pub(crate) async fn frame_until(&mut self, end: Instant) -> Result<Option<String>, BenchError> {
        // However long that is: one without credit gets none.
        let Ok(text) = timeout_at(end, self.passing_to(FRAME)).await else { return Ok(None) };
        self.taken(&text?).await.map(|(_, body)| Some(body))
    }

    /// Receives for as long as told, without looking into frames.
    pub(crate) async fn receive_for(&mut self, time: Duration) -> Result<(), BenchError> {
        let end = Instant::now() + time;
        while let Ok(packet) = timeout_at(end, self.next()).await {
            if let Some(rest) = packet?.strip_prefix("42[\"frame\",{\"seq\":") {
                let seq = rest.split([',', '}']).next().and_then(|text| text.parse().ok()).unwrap_or(0);
                self.seen(seq).await?;
            }
        }
        Ok(())
    }

    async fn seen(&mut self, seq: u64) -> Result<(), BenchError> {
        self.frames += 1;
        match self.grants {
            Some(Grants { ahead, every }) if seq + ahead >= self.granted + every => self.grant(seq + ahead).await,
            Some(_) | None => Ok(()),
        }
    }

    async fn grant(&mut self, until: u64) -> Result<(), BenchError> {
        self.granted = until;
        self.send(format!("42{}", json!(["credit", {"until": until}]))).await
    }

    async fn send(&mut self, packet: String) -> Result<(), BenchError> {
        self.socket.send(packet).await
    }

    /// Waits for a packet that begins so, passing over others; not for ever.
    async fn packet(&mut self, start: &'static str) -> Result<String, BenchError> {
        timeout(PATIENCE, self.passing_to(start)).await.unwrap_or(Err(BenchError::Late(start)))
    }

    async fn passing_to(&mut self, start: &'static str) -> Result<String, BenchError> {
        loop {
            let packet = self.next().await?;
            if packet.starts_with("44") || packet.starts_with("42[\"problem\",") {
                return unexpected(format!("the server refused something: {packet}"));
            }
            if packet.starts_with(start) {
                return Ok(packet);
            }
        }
    }

    /// The next packet that is no ping; pings are answered.
    pub(crate) async fn next(&mut self) -> Result<String, BenchError> {
        Ok(self.socket.next().await?.as_str().to_owned())
    }

    /// Goes on counting where a connection before this one ended.
    pub(crate) fn goes_on_from(&mut self, bytes: u64, frames: u64) {
        self.socket.bytes += bytes;
        self.frames += frames;
    }

    /// Bytes of all messages received, pings apart.
    pub(crate) fn bytes(&self) -> u64 {
        self.socket.bytes
    }
}

/// The JSON of a frame, if the packet is a message of one.
pub(crate) fn frame_in(packet: &str) -> Option<&str> {
    packet.strip_prefix(FRAME)?.strip_suffix(']')
}

/// The JSON of an acknowledgement in which nothing was refused.
pub(crate) fn answered(packet: &str) -> Result<&str, BenchError> {
    match packet.strip_prefix("430") {
        Some(body) if !body.contains("\"problem\"") => Ok(body),
        Some(_) | None => unexpected(format!("a view was refused: {packet}")),
    }
}
