//! The floor: a process that does nothing but write given messages to WebSockets, at given instants.

use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::broadcast;
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::accept_async_with_config;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::error::{BenchError, Trying};

/// Messages that wait for one connection.
const QUEUE: usize = 256;
/// Viewers send it nothing but their greeting.
const READ_BUFFER_BYTES: usize = 1_024;

/// What is written, over and over.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Script {
    /// Microseconds until it begins anew.
    pub(crate) length_us: u64,
    /// Microseconds from the beginning, and the text.
    pub(crate) messages: Vec<(u64, String)>,
}

/// Serves until it is killed; prints `listening PORT`.
pub(crate) async fn serve(script: &Path) -> Result<(), BenchError> {
    let text = std::fs::read_to_string(script).trying(format!("reading {}", script.display()))?;
    let script: Script = serde_json::from_str(&text)?;
    let listener =
        TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await.trying("listening on a free port")?;
    let port = listener.local_addr().trying("asking for the port")?.port();
    let mut out = std::io::stdout();
    writeln!(out, "listening {port}").and_then(|()| out.flush()).trying("printing the port")?;
    let (messages, _) = broadcast::channel(QUEUE);
    tokio::spawn(play(script, messages.clone()));
    loop {
        let (stream, _) = listener.accept().await.trying("accepting a connection")?;
        tokio::spawn(write(stream, messages.subscribe()));
    }
}

async fn play(script: Script, messages: broadcast::Sender<Message>) {
    let script: Vec<_> = script
        .messages
        .into_iter()
        .map(|(at, text)| (at, Utf8Bytes::from(text)))
        .chain([(script.length_us, "".into())])
        .collect();
    loop {
        let start = Instant::now();
        for (at, text) in &script {
            sleep_until(start + Duration::from_micros(*at)).await;
            if !text.is_empty() {
                // Nobody may be there yet.
                messages.send(Message::Text(text.clone())).ok();
            }
        }
    }
}

/// Whoever goes away ends this task, and nothing else.
async fn write(stream: TcpStream, mut messages: broadcast::Receiver<Message>) {
    if stream.set_nodelay(true).is_err() {
        return;
    }
    // Its usual buffer for reading is 128 KiB, which is no floor of memory.
    let config = WebSocketConfig::default().read_buffer_size(READ_BUFFER_BYTES).write_buffer_size(0);
    let Ok(socket) = accept_async_with_config(stream, Some(config)).await else { return };
    let (mut sink, mut source) = socket.split();
    loop {
        tokio::select! {
            message = messages.recv() => match message {
                Ok(message) => if sink.send(message).await.is_err() { return },
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return,
            },
            heard = source.next() => if heard.is_none_or(|heard| heard.is_err()) { return },
        }
    }
}
