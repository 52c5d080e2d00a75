//! A stock client that a test drives message by message, and a viewer's cells kept by the rules.

use std::net::SocketAddr;
use std::path::Path;

use serde_json::{Value, json};
use tideboard_model::QuerySpec;
use tideboard_testkit::Mirror;

use super::lines::{Lines, node};
use crate::harness::{Request, Running, send};

pub(crate) const ALL_CREDIT: u64 = 1_000_000;

/// The stock client for Node with any number of sockets.
pub(crate) struct Probe {
    lines: Lines,
}

/// One of its sockets: what was read of it so far, and what a viewer that follows the rules holds.
pub(crate) struct Socket {
    pub(crate) name: &'static str,
    pub(crate) mirror: Mirror,
    /// Frames applied.
    pub(crate) frames: u64,
    read: usize,
}

pub(crate) fn socket_token(server: SocketAddr, session: &str) -> String {
    let request = Request::new("POST", "/api/v1/session/socket-token").bearer(session);
    send(server, &request).json()["token"].as_str().unwrap().to_owned()
}

impl Probe {
    pub(crate) fn start(server: SocketAddr) -> Self {
        let mut command = node("crates/server/tests/it/stock_clients/probe.mjs");
        Self { lines: Lines::start("the probe", command.arg(format!("http://{server}"))) }
    }

    /// One that comes over TLS, and trusts an authority besides those it knows.
    pub(crate) fn start_over_tls(server: SocketAddr, authority: &Path) -> Self {
        let mut command = node("crates/server/tests/it/stock_clients/probe.mjs");
        command.env("NODE_EXTRA_CA_CERTS", authority).arg(format!("https://{server}"));
        Self { lines: Lines::start("the probe", &mut command) }
    }

    pub(crate) fn send(&mut self, command: &Value) {
        self.lines.write(&command.to_string());
    }

    /// Waits for a line about a socket, anywhere in what it said.
    #[track_caller]
    pub(crate) fn wait<T>(&self, of: &str, what: &str, mut find: impl FnMut(&Value) -> Option<T>) -> T {
        self.lines.wait(0, &format!("{of}: {what}"), |line| if line["of"] == of { find(line) } else { None })
    }

    pub(crate) fn so_far(&self, of: &str) -> Vec<Value> {
        self.lines.so_far().into_iter().filter(|line| line["of"] == of).collect()
    }

    /// Tries to connect, and returns what is said of it: `connect`, or `refused` with its message.
    #[track_caller]
    pub(crate) fn open(&mut self, name: &str, auth: &Value, transport: &str) -> Value {
        self.send(&json!({"open": name, "auth": auth, "transports": [transport]}));
        self.wait(name, "an answer", |line| {
            (line.get("connect").is_some() || line.get("refused").is_some()).then(|| line.clone())
        })
    }

    /// Connects with a fresh token of a session.
    #[track_caller]
    pub(crate) fn connect(&mut self, name: &'static str, server: SocketAddr, session: &str) -> Socket {
        let auth = json!({"token": socket_token(server, session), "protocol": 5});
        let answer = self.open(name, &auth, "websocket");
        assert_eq!(answer["connect"], true, "{answer}");
        // What is sent before may be lost.
        self.wait(name, "hello", |line| (line["event"] == "hello").then_some(()));
        self.socket(name)
    }

    /// A socket that is connected, of which nothing was read yet.
    pub(crate) fn socket(&self, name: &'static str) -> Socket {
        Socket { name, mirror: Mirror::default(), frames: 0, read: 0 }
    }

    /// Sends an event with its acknowledgement, and returns that.
    #[track_caller]
    pub(crate) fn ask(&mut self, name: &str, event: &str, with: &Value) -> Value {
        let from = self.lines.count();
        self.send(&json!({"to": name, "emit": event, "with": [with], "ack": true}));
        self.lines.wait(from, "an acknowledgement", |line| {
            (line["of"] == name && line["ack"] == event).then(|| line["data"].clone())
        })
    }

    pub(crate) fn grant(&mut self, name: &str, until: u64) {
        self.send(&json!({"to": name, "emit": "credit", "with": [{"until": until}]}));
    }

    /// Subscribes to what the socket's viewer wants, with what it holds.
    #[track_caller]
    pub(crate) fn subscribe(&mut self, socket: &mut Socket) -> Value {
        let message = serde_json::to_value(socket.mirror.subscribe()).unwrap();
        let answer = self.ask(socket.name, "subscribe", &message);
        socket.mirror.subscribed(&serde_json::from_value(answer.clone()).unwrap());
        answer
    }

    /// Applies frames as they come until what the viewer holds is as it should be.
    #[track_caller]
    pub(crate) fn until(&self, socket: &mut Socket, what: &str, done: impl Fn(&Mirror) -> bool) {
        while !done(&socket.mirror) {
            self.next_frame(socket, what);
        }
    }

    /// Applies the next frame.
    #[track_caller]
    pub(crate) fn next_frame(&self, socket: &mut Socket, what: &str) {
        let mut at = socket.read;
        let frame = self.lines.wait(socket.read, &format!("{}: {what}", socket.name), |line| {
            at += 1;
            (line["of"] == socket.name && line["event"] == "frame").then(|| line["data"].clone())
        });
        socket.read = at;
        let message = serde_json::from_str(&frame.to_string()).unwrap();
        let whole = socket.mirror.frame(&message).unwrap_or_else(|error| panic!("{}: {error}", socket.name));
        socket.frames += u64::from(whole);
    }
}

impl Socket {
    pub(crate) fn want(&mut self, id: &str, query: &Value) {
        let query: QuerySpec = serde_json::from_value(query.clone()).unwrap();
        self.mirror.want(id, query);
    }
}

/// Posts events with the server's first key; they are on disk when this returns.
#[track_caller]
pub(crate) fn post(server: &Running, events: &Value) {
    let request = Request::new("POST", "/api/v1/events").bearer(&server.key).json(&events.to_string());
    let answer = server.send(&request);
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// Events whose fields all hold 1, with these values of the tag `of`.
pub(crate) fn ones(stream: &str, of: impl IntoIterator<Item = u64>) -> Value {
    let event = |of: u64| json!({"stream": stream, "tags": {"of": of.to_string()}, "fields": {"one": 1}});
    of.into_iter().map(event).collect()
}

/// A table that counts events by the tag `of`, over the last hour.
pub(crate) fn table(stream: &str) -> Value {
    json!({"stream": stream, "shape": "table", "range": {"last": 3_600_000}, "groupBy": ["of"],
           "measures": [{"fn": "count"}]})
}

/// All events that a view's cells count.
pub(crate) fn counted(mirror: &Mirror, view: &str) -> u64 {
    let values = mirror.views[view].cells.cells.values();
    values.map(|values| f64::from_bits(values[0].unwrap()) as u64).sum()
}
