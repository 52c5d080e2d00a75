//! A viewer written from `docs/protocol.md` alone: what a client that follows the rules holds.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use tideboard_model::{QuerySpec, ShapeSpec};
use tideboard_sync::wire::{Frame, Have, Part, Reason, Row, Subscribe, SubscribeView, Subscribed, SubscribedView};

use crate::oracle::Cells;

/// What a viewer holds, across connections.
#[derive(Debug, Clone, Default)]
pub struct Mirror {
    /// Stream → position.
    pub position: BTreeMap<String, String>,
    /// View → what is held of it.
    pub views: BTreeMap<String, Held>,
    partial: Partial,
    /// Number of the last frame of this connection; 0 before the first.
    pub(crate) seq: u64,
    /// Reasons of all `replace`s so far, by view.
    pub reasons: Vec<(String, Reason)>,
    /// What feeds said they pass over, by view; `None` where that is not known.
    pub skipped: Vec<(String, Option<u64>)>,
    /// Frames applied so far.
    pub frames: u64,
}

/// What came so far of a frame.
#[derive(Debug, Clone, Default)]
struct Partial {
    seq: u64,
    messages: u64,
    parts: Vec<Part>,
}

/// What is held of one view.
#[derive(Debug, Clone)]
pub struct Held {
    /// What it shows.
    pub query: QuerySpec,
    identity: String,
    width: i64,
    /// Whether any part has come.
    pub told: bool,
    /// The last window told.
    pub window: Option<(i64, i64)>,
    /// The cells held.
    pub cells: Cells,
    /// Events that a feed was told of since it was last replaced, shown or skipped; `None`: it was told that it can't know.
    pub passed: Option<u64>,
}

impl Mirror {
    /// Wants a view.
    pub fn want(&mut self, id: &str, query: QuerySpec) {
        let (identity, cells) = (String::new(), Cells::default());
        let held = Held { query, identity, width: 1, told: false, window: None, cells, passed: None };
        self.views.insert(id.to_owned(), held);
    }

    /// The message after a (re)connection.
    #[must_use]
    pub fn subscribe(&mut self) -> Subscribe {
        (self.partial, self.seq) = (Partial::default(), 0);
        let view = |(id, held): (&String, &Held)| SubscribeView {
            id: id.clone(),
            query: held.query.clone(),
            have: held.told.then(|| Have { identity: held.identity.clone(), window: held.window }),
        };
        Subscribe { views: self.views.iter().map(view).collect(), position: self.position.clone() }
    }

    /// The acknowledgement.
    pub fn subscribed(&mut self, answer: &Subscribed) {
        for view in &answer.views {
            match view {
                SubscribedView::Opened { id, identity, width, .. } => {
                    let held = self.views.get_mut(id).expect("an answer names a view asked for");
                    held.identity.clone_from(identity);
                    held.width = width.unwrap_or(1);
                }
                SubscribedView::Refused { id, problem } => panic!("{id} refused: {problem:?}"),
            }
        }
    }

    /// Takes in one message of a frame; true once a frame is complete and applied.
    ///
    /// # Errors
    /// The frame does not start where this viewer stands: a client resumes then.
    pub fn frame(&mut self, message: &Frame<Box<RawValue>>) -> Result<bool, String> {
        let text = serde_json::to_string(message).unwrap();
        let message: Frame<Part> = serde_json::from_str(&text).expect("a frame is what the protocol says");
        if self.partial.seq != message.seq {
            self.partial = Partial { seq: message.seq, ..Partial::default() };
        }
        self.partial.messages += 1;
        self.partial.parts.extend(message.parts);
        if message.more {
            return Ok(false);
        }
        let Partial { messages, parts, .. } = std::mem::take(&mut self.partial);
        if messages != message.messages.unwrap_or(1) {
            return Err(format!("{messages} messages of frame {}, which had {:?}", message.seq, message.messages));
        }
        if message.seq != self.seq + 1 && self.seq > 0 {
            return Err(format!("frame {} after frame {}", message.seq, self.seq));
        }
        for (stream, from) in &message.from {
            let held = self.position.get(stream);
            if held != from.as_ref() {
                return Err(format!("{stream}: frame from {from:?}, viewer at {held:?}"));
            }
        }
        let mut to = Vec::new();
        for (stream, text) in message.to {
            to.push((stream.clone(), self.position_from(&message.from, &stream, text)?));
        }
        self.seq = message.seq;
        parts.into_iter().for_each(|part| self.part(part));
        self.position.extend(to);
        self.frames += 1;
        Ok(true)
    }

    /// A position written out.
    fn position_from(
        &self,
        from: &BTreeMap<String, Option<String>>,
        stream: &str,
        to: String,
    ) -> Result<String, String> {
        if from.contains_key(stream) {
            return Ok(to);
        }
        let Some(held) = self.position.get(stream) else { return Err(format!("{stream}: a frame from nowhere")) };
        Ok(match (to.strip_prefix('~'), held.split_once('.')) {
            (Some(rest), Some((log, _))) => format!("{log}.{rest}"),
            (Some(_), None) => return Err(format!("{stream}: {to} after {held}")),
            (None, _) => to,
        })
    }

    fn part(&mut self, part: Part) {
        if let Some(reason) = part.change.reason {
            self.reasons.push((part.view.clone(), reason));
        }
        if let Some(skipped) = part.change.skipped {
            self.skipped.push((part.view.clone(), skipped));
        }
        let Some(held) = self.views.get_mut(&part.view) else { return };
        held.told = true;
        assert!(part.change.replace.is_some() != part.change.diff.is_some(), "exactly one of replace and diff");
        if part.change.replace.is_some() {
            (held.cells, held.passed) = (Cells::default(), Some(0));
        } else {
            let rows = part.change.diff.as_ref().map_or(0, Vec::len) as u64;
            let told = part.change.skipped.unwrap_or(Some(0)).map(|skipped| skipped + rows);
            held.passed = held.passed.zip(told).map(|(passed, told)| passed + told);
        }
        for row in part.change.replace.or(part.change.diff).into_iter().flatten() {
            held.row(row);
        }
        for group in part.change.removed {
            held.cells.cells.remove(&(group, 0));
        }
        if let Some(window) = part.change.window {
            held.window = Some(window);
            if held.query.shape == ShapeSpec::Series {
                let width = held.width;
                held.cells.cells.retain(|(_, bucket), _| bucket * width >= window.0);
            }
        }
    }
}

impl Held {
    /// Width of a bucket, or step of the window, in ms; 1 for a feed.
    pub(crate) fn width(&self) -> i64 {
        self.width
    }

    fn row(&mut self, row: Row) {
        let bits = |value: Option<f64>| value.map(f64::to_bits);
        match row {
            Row::Series(group, buckets, columns) => {
                for (index, bucket) in buckets.into_iter().enumerate() {
                    let values = columns.iter().map(|column| bits(column[index])).collect();
                    self.cells.cells.insert((group.clone(), bucket), values);
                }
            }
            Row::Table(group, values) => {
                self.cells.cells.insert((group, 0), values.into_iter().map(bits).collect());
            }
            Row::Feed(event) => {
                self.cells.feed.push(serde_json::to_value(event).unwrap().to_string());
                let over = self.cells.feed.len().saturating_sub(self.query.limit.unwrap_or(50) as usize);
                self.cells.feed.drain(..over);
            }
        }
    }
}
