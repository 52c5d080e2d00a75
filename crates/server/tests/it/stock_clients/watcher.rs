//! The small viewers of `examples/`, and what they hold.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde_json::Value;

use super::lines::{Lines, node, python};

#[derive(Debug, Clone, Copy)]
pub(super) enum Language {
    Node,
    Python,
}

/// A viewer as a process.
pub(super) struct Watcher {
    pub(super) name: String,
    lines: Lines,
}

impl Watcher {
    pub(super) fn start(
        language: Language,
        transport: &str,
        server: SocketAddr,
        session: &str,
        queries: &[Value],
    ) -> Self {
        let name = format!("{language:?} over {transport}");
        let mut command = match language {
            Language::Node => node("examples/node/watch.mjs"),
            Language::Python => python("examples/python/watch.py"),
        };
        command.env("TIDEBOARD_TRANSPORT", transport).arg(format!("http://{server}")).arg(session);
        command.args(queries.iter().map(Value::to_string));
        let lines = Lines::start(&name, &mut command);
        Self { name, lines }
    }

    /// Waits for the first frame of a new connection after the given line.
    #[track_caller]
    pub(super) fn returned(&self, from: usize) {
        self.lines.wait(from, "the first frame of a new connection", |line| (line["seq"] == 1).then_some(()));
    }

    /// The last of what it said, for when something went wrong.
    pub(super) fn tail(&self) -> String {
        self.lines.tail()
    }

    pub(super) fn heard(&self) -> usize {
        self.lines.count()
    }

    pub(super) fn cut(&mut self) {
        self.lines.write("cut");
    }

    /// All it holds, numbers written in one way.
    #[track_caller]
    pub(super) fn state(&mut self) -> Value {
        let from = self.lines.count();
        self.lines.write("state");
        self.lines.wait(from, "its state", |line| line.get("state").map(|_| plain(line)))
    }

    /// Per connection, the views that its frames replaced, with the reasons.
    pub(super) fn replaced(&self) -> Vec<BTreeMap<String, String>> {
        let mut connections = Vec::new();
        for line in self.lines.so_far() {
            if line["seq"] == 1 {
                connections.push(BTreeMap::new());
            }
            if let (Some(of_connection), Some(reasons)) = (connections.last_mut(), line["reasons"].as_object()) {
                let reasons = reasons.iter().map(|(view, reason)| (view.clone(), reason.as_str().unwrap().to_owned()));
                of_connection.extend(reasons);
            }
        }
        connections
    }
}

/// Numbers as floats throughout: languages differ in whether `40` and `40.0` are told apart.
pub(super) fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().unwrap().into(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}
