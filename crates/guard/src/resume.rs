//! Viewers that return at one moment, all with what they held when they were cut.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tideboard_sync::wire::{Subscribed, SubscribedView};

use crate::checksum::Checksum;
use crate::dashboard;
use crate::node::{Node, ask};
use crate::scenario::Scenario;
use crate::stream::Stream;

const VIEWERS: usize = 200;
/// To each stream while they were away.
const COMMITS_MISSED: usize = 300;
const STEP_MS: i64 = 100;

pub(crate) struct Resume {
    node: Node,
    request: String,
}

impl Resume {
    pub(crate) fn new() -> Self {
        let mut node = Node::new();
        let views = dashboard::of_all_shapes();
        let subscribed = node.subscribe(&ask(&views));
        let mut streams: Vec<_> = dashboard::STREAMS.iter().map(|name| Stream::new(name)).collect();
        happen(&mut node, &mut streams, 600);
        node.flush();
        let request = ask_again(&views, &subscribed, node.messages());
        node.cut();
        happen(&mut node, &mut streams, COMMITS_MISSED);
        node.expect(VIEWERS);
        Self { node, request }
    }
}

/// So many appends to each stream.
fn happen(node: &mut Node, streams: &mut [Stream], appends: usize) {
    for _ in 0..appends {
        node.pass(STEP_MS);
        let now = node.now();
        streams.iter_mut().for_each(|stream| node.commit(&stream.name.clone(), &stream.append(3, now)));
    }
}

/// The request of a viewer that was told these messages, its first ones.
fn ask_again(views: &[(String, Value)], subscribed: &Subscribed, messages: &[String]) -> String {
    let mut position = json!({});
    let mut windows = BTreeMap::new();
    for message in messages {
        let frame: Value = serde_json::from_str(message).unwrap();
        position = frame.get("to").unwrap_or(&position).clone();
        for part in frame.get("parts").and_then(Value::as_array).into_iter().flatten() {
            let id = part.get("view").and_then(Value::as_str).unwrap().to_owned();
            windows.insert(id, part.get("window").cloned());
        }
    }
    let again = |((id, query), opened): (&(String, Value), &SubscribedView)| {
        let SubscribedView::Opened { identity, .. } = opened else { return None };
        let have = match windows.get(id)? {
            Some(window) => json!({"identity": identity, "window": window}),
            None => json!({ "identity": identity }),
        };
        Some(json!({"id": id, "query": query, "have": have}))
    };
    let views: Vec<_> = views.iter().zip(&subscribed.views).map(|view| again(view).expect("it was told")).collect();
    json!({"views": views, "position": position}).to_string()
}

impl Scenario for Resume {
    fn run(&mut self) {
        for _ in 0..VIEWERS {
            self.node.subscribe(&self.request);
        }
        self.node.flush();
    }

    fn outcome(&mut self, checksum: &mut Checksum) {
        self.node.outcome(checksum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_viewer_is_told_the_difference_in_one_message() {
        let mut resume = Resume::new();
        resume.run();
        let messages = resume.node.messages();
        assert_eq!(messages.len(), VIEWERS);
        for message in messages {
            let frame: Value = serde_json::from_str(message).unwrap();
            let parts = frame["parts"].as_array().unwrap();
            assert_eq!(parts.len(), 12, "{message}");
            assert!(parts.iter().all(|part| part.get("diff").is_some()), "{message}");
        }
    }
}
