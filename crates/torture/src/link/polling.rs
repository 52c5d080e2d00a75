//! Packets over one request after another, each on a connection of its own, so that each meets a fate of its own.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::error::{TortureError, unexpected, within};
use crate::http::{self, Request};

/// A poll is answered at the latest by the next ping.
const PATIENCE: Duration = Duration::from_secs(12);
const BETWEEN_PACKETS: char = '\u{1e}';

/// A connection, as far as one can speak of one.
pub(super) struct Polling {
    address: SocketAddr,
    path: String,
    /// One answer may wait to be looked at; while it does, nothing is asked for.
    incoming: mpsc::Receiver<Result<String, TortureError>>,
    asking: JoinHandle<()>,
}

impl Polling {
    /// Connects.
    pub(super) async fn open(address: SocketAddr) -> Result<Self, TortureError> {
        let path = "/socket.io/?EIO=4&transport=polling";
        let first = get(address, path).await?;
        let Some(open) = first.strip_prefix('0') else { return unexpected(format!("the first packet is {first}")) };
        let open: Value = serde_json::from_str(open.split(BETWEEN_PACKETS).next().unwrap_or_default())?;
        let Some(sid) = open.get("sid").and_then(Value::as_str) else { return unexpected("no sid") };
        let path = format!("{path}&sid={sid}");
        let (answers, incoming) = mpsc::channel(1);
        let asking = tokio::spawn(ask(address, path.clone(), answers));
        Ok(Self { address, path, incoming, asking })
    }

    /// The next packet.
    pub(super) async fn next(&mut self) -> Result<String, TortureError> {
        self.incoming.recv().await.unwrap_or_else(|| unexpected("the connection has ended"))
    }

    /// Sends a packet.
    pub(super) async fn send(&mut self, packet: String) -> Result<(), TortureError> {
        let headers = "content-type: text/plain;charset=UTF-8\r\nconnection: close\r\n".to_owned();
        let request = Request { method: "POST", path: &self.path, headers, body: packet.as_bytes() };
        http::once(self.address, &request).await?.success().map(drop)
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.asking.abort();
    }
}

async fn get(address: SocketAddr, path: &str) -> Result<String, TortureError> {
    let request = Request { method: "GET", path, headers: "connection: close\r\n".to_owned(), body: b"" };
    let answer = within(PATIENCE, "a poll's answer", http::once(address, &request)).await?;
    Ok(answer.success()?.body)
}

/// Asks for packets until somebody or something ends it.
async fn ask(address: SocketAddr, path: String, answers: mpsc::Sender<Result<String, TortureError>>) {
    loop {
        let packets = match get(address, &path).await {
            Ok(packets) => packets,
            Err(error) => {
                // Nobody listens any more, or this is the last that they hear.
                answers.send(Err(error)).await.ok();
                return;
            }
        };
        for packet in packets.split(BETWEEN_PACKETS) {
            if answers.send(Ok(packet.to_owned())).await.is_err() {
                return;
            }
        }
    }
}
