//! What one viewer of a world hears, what it must say, and what it must hold: written down step by step.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tideboard_model::{QuerySpec, ShapeSpec};
use tideboard_sync::wire::{Frame, Hello, Subscribe, Subscribed};

use crate::Mirror;
use crate::oracle::Cells;

/// The steps so far, oldest first.
#[derive(Default)]
pub(crate) struct Tape {
    steps: Vec<Value>,
    /// What each view was last written down to hold.
    held: BTreeMap<String, Value>,
    /// Frames applied in this connection.
    applied: Option<u64>,
}

impl Tape {
    /// The viewer wants a view.
    pub(crate) fn wants(&mut self, id: &str, query: &QuerySpec) {
        self.steps.push(json!({"wants": {"id": id, "query": query}}));
    }

    /// The viewer is greeted, subscribes to all it wants, and is answered.
    pub(crate) fn connected(&mut self, hello: &Hello, message: &Subscribe, answer: &Subscribed) {
        let hello = json!({"now": hello.now, "credit": hello.credit, "maxMessageBytes": hello.max_message_bytes});
        self.steps.push(json!({"connected": hello, "subscribe": message, "subscribed": answer}));
        self.applied = None;
    }

    /// The viewer subscribes to more, and is answered.
    pub(crate) fn asked(&mut self, message: &Subscribe, answer: &Subscribed) {
        self.steps.push(json!({"subscribe": message, "subscribed": answer}));
    }

    pub(crate) fn cut(&mut self) {
        self.steps.push(json!({"cut": true}));
        self.applied = None;
    }

    /// The page is hidden, or shown again.
    pub(crate) fn hidden(&mut self, hidden: bool) {
        self.steps.push(json!({"hidden": hidden}));
    }

    pub(crate) fn granted(&mut self, until: u64) {
        self.steps.push(json!({"grants": until}));
    }

    /// A message of a frame; with the last one, what the viewer must hold then.
    pub(crate) fn heard(&mut self, message: &Frame<Box<RawValue>>, mirror: &Mirror) {
        let mut step = json!({"frame": message});
        if !message.more {
            self.applied = Some(message.seq);
            step["position"] = json!(mirror.position);
            step["views"] = self.news(mirror);
        }
        self.steps.push(step);
    }

    /// The number of the last frame applied in this connection, once: whoever asks again hears nothing.
    pub(crate) fn take_applied(&mut self) -> Option<u64> {
        self.applied.take()
    }

    /// What is held of the views that hold something else than was written down last.
    fn news(&mut self, mirror: &Mirror) -> Value {
        let mut news = serde_json::Map::new();
        for (id, held) in mirror.views.iter().filter(|(_, held)| held.told) {
            let shown = shown(&held.query.shape, &held.cells, held.window, held.width());
            if self.held.get(id) != Some(&shown) {
                self.held.insert(id.clone(), shown.clone());
                news.insert(id.clone(), shown);
            }
        }
        news.into()
    }

    /// One step a line.
    pub(crate) fn text(&self, name: &str) -> String {
        let steps: Vec<_> = self.steps.iter().map(Value::to_string).collect();
        format!("{{\"name\":{},\"steps\":[\n{}\n]}}\n", json!(name), steps.join(",\n"))
    }
}

/// Cells as a viewer shows them: of a series those within the window.
fn shown(shape: &ShapeSpec, cells: &Cells, window: Option<(i64, i64)>, width: i64) -> Value {
    if *shape == ShapeSpec::Feed {
        let event = |text: &String| serde_json::from_str::<Value>(text).unwrap();
        return json!({"feed": cells.feed.iter().map(event).collect::<Vec<_>>()});
    }
    let ahead = |bucket: i64| window.is_some_and(|(_, to)| *shape == ShapeSpec::Series && bucket * width >= to);
    let cells = cells.cells.iter().filter(|((_, bucket), _)| !ahead(*bucket));
    let cells = cells.map(|((group, bucket), values)| {
        let values: Vec<_> = values.iter().map(|bits| bits.map(f64::from_bits)).collect();
        if *shape == ShapeSpec::Series { json!([group, bucket, values]) } else { json!([group, values]) }
    });
    json!({"window": window, "cells": cells.collect::<Vec<_>>()})
}
