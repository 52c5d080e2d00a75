//! One Socket.IO connection, over WebSocket or long-polling: packets in, packets out, and an end.

mod polling;
mod websocket;

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};

use self::polling::Polling;
use self::websocket::WebSocket;
use crate::error::{TortureError, unexpected, within};

/// How long any single step may take before the connection is taken for dead: no less than the server's own patience.
const PATIENCE: Duration = Duration::from_secs(8);

/// How packets travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Over a WebSocket.
    WebSocket,
    /// Over one request after another.
    Polling,
}

/// A connection that was let in and greeted.
pub(crate) struct Link {
    carrier: Carrier,
}

enum Carrier {
    WebSocket(Box<WebSocket>),
    Polling(Polling),
}

/// What a packet says.
#[derive(Debug)]
pub(crate) enum Packet {
    /// An event with its one object.
    Event(String, Value),
    /// An acknowledgement.
    Answer(Value),
    /// The server wants to know whether anybody is there.
    Ping,
    /// The server ends the connection.
    Disconnect,
    /// Of no concern here.
    Other,
}

impl Link {
    /// Connects, joins with this token, and waits for the greeting.
    pub(crate) async fn open(
        transport: Transport,
        address: SocketAddr,
        token: &str,
        protocol: u32,
    ) -> Result<(Self, Value), TortureError> {
        let carrier = async {
            Ok(match transport {
                Transport::WebSocket => Carrier::WebSocket(Box::new(WebSocket::open(address).await?)),
                Transport::Polling => Carrier::Polling(Polling::open(address).await?),
            })
        };
        let mut link = Self { carrier: within(PATIENCE, "a connection", carrier).await? };
        link.send(format!("40{}", json!({"token": token, "protocol": protocol}))).await?;
        let hello = within(PATIENCE, "hello", async {
            loop {
                match link.next().await? {
                    Packet::Event(name, hello) if name == "hello" => return Ok(hello),
                    Packet::Event(name, _) => return unexpected(format!("`{name}` came before `hello`")),
                    Packet::Ping => link.pong().await?,
                    Packet::Disconnect => return unexpected("the server disconnects"),
                    Packet::Answer(_) | Packet::Other => {}
                }
            }
        });
        let hello = hello.await?;
        Ok((link, hello))
    }

    /// The next packet. May be given up in the middle: nothing is lost then.
    pub(crate) async fn next(&mut self) -> Result<Packet, TortureError> {
        let text = match &mut self.carrier {
            Carrier::WebSocket(socket) => socket.next().await?,
            Carrier::Polling(polling) => polling.next().await?,
        };
        parse(&text)
    }

    /// Answers a ping.
    pub(crate) async fn pong(&mut self) -> Result<(), TortureError> {
        self.send("3".to_owned()).await
    }

    /// Sends an event.
    pub(crate) async fn emit(&mut self, event: &str, with: &Value) -> Result<(), TortureError> {
        self.send(format!("42{}", json!([event, with]))).await
    }

    /// Sends an event that is answered with this number.
    pub(crate) async fn ask(&mut self, number: u64, event: &str, with: &Value) -> Result<(), TortureError> {
        self.send(format!("42{number}{}", json!([event, with]))).await
    }

    async fn send(&mut self, packet: String) -> Result<(), TortureError> {
        let sending = async {
            match &mut self.carrier {
                Carrier::WebSocket(socket) => socket.send(packet).await,
                Carrier::Polling(polling) => polling.send(packet).await,
            }
        };
        within(PATIENCE, "a packet to be sent", sending).await
    }
}

fn parse(text: &str) -> Result<Packet, TortureError> {
    if text == "2" {
        return Ok(Packet::Ping);
    }
    if let Some(refusal) = text.strip_prefix("44") {
        return unexpected(format!("refused: {refusal}"));
    }
    if text == "41" || text == "1" {
        return Ok(Packet::Disconnect);
    }
    let Some((kind @ ("42" | "43"), rest)) = text.split_at_checked(2) else { return Ok(Packet::Other) };
    let (_number, body) = rest.split_at(rest.find('[').unwrap_or(rest.len()));
    let mut items = serde_json::from_str::<Vec<Value>>(body)?.into_iter();
    if kind == "43" {
        return Ok(Packet::Answer(items.next().unwrap_or_default()));
    }
    let name = items.next().as_ref().and_then(Value::as_str).unwrap_or_default().to_owned();
    let body = items.next().unwrap_or_default();
    if items.next().is_some() {
        unexpected(format!("`{name}` has trailing arguments"))
    } else {
        Ok(Packet::Event(name, body))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packets_are_told_apart() {
        assert!(matches!(parse("2"), Ok(Packet::Ping)));
        assert!(matches!(parse("41"), Ok(Packet::Disconnect)));
        assert!(matches!(parse(r#"40{"sid":"a"}"#), Ok(Packet::Other)));
        assert!(
            matches!(parse(r#"42["frame",{"seq":1}]"#), Ok(Packet::Event(name, body)) if name == "frame" && body["seq"] == 1)
        );
        assert!(matches!(parse(r#"4317[{"views":[]}]"#), Ok(Packet::Answer(_))));
        assert!(parse(r#"44{"message":"unauthorized"}"#).is_err());
        assert!(parse(r#"42["frame",{},1]"#).is_err());
    }
}
