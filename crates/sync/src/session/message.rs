//! A message of a frame: encoded once for all viewers that are told the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use tideboard_model::Millis;

use crate::wire::Frame;

/// One message of a frame, for one viewer. Serializes as [`Frame`].
#[derive(Debug, Clone)]
pub struct FrameMessage {
    seq: u64,
    now: Millis,
    body: Arc<Body>,
}

/// What all viewers that stand at one place are told alike.
#[derive(Debug)]
pub(super) struct Body {
    more: bool,
    accepted: Option<i64>,
    messages: Option<u64>,
    from: BTreeMap<String, Option<String>>,
    to: BTreeMap<String, String>,
    parts: Vec<Box<RawValue>>,
    bytes: usize,
    encoded: Encoded,
}

/// The long members as they are sent.
#[derive(Debug)]
struct Encoded {
    from: Option<Box<RawValue>>,
    to: Option<Box<RawValue>>,
    parts: Option<Box<RawValue>>,
}

impl Body {
    /// From a frame whose number counts for nothing.
    pub(super) fn new(frame: Frame<Box<RawValue>>) -> Self {
        let Frame { more, accepted, from, to, messages, parts, .. } = frame;
        // Texts and what is JSON already: encoding them cannot fail.
        let encoded = Encoded {
            from: if from.is_empty() { None } else { to_raw_value(&from).ok() },
            to: if to.is_empty() { None } else { to_raw_value(&to).ok() },
            parts: to_raw_value(&parts).ok(),
        };
        let bytes = parts.iter().map(|part| part.get().len()).sum();
        Self { more, accepted, messages, from, to, parts, bytes, encoded }
    }
}

impl FrameMessage {
    pub(super) fn new(seq: u64, now: Millis, body: &Arc<Body>) -> Self {
        Self { seq, now, body: Arc::clone(body) }
    }

    /// Whether another message of the frame follows.
    #[must_use]
    pub fn more(&self) -> bool {
        self.body.more
    }

    /// Bytes of its parts.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.body.bytes
    }

    /// The message itself, for whoever changes something in it.
    #[must_use]
    pub fn frame(&self) -> Frame<Box<RawValue>> {
        let Body { more, accepted, messages, from, to, parts, .. } = &*self.body;
        Frame {
            seq: self.seq,
            more: *more,
            now: self.now.0,
            accepted: *accepted,
            from: from.clone(),
            to: to.clone(),
            messages: *messages,
            parts: parts.clone(),
        }
    }
}

impl From<Frame<Box<RawValue>>> for FrameMessage {
    fn from(frame: Frame<Box<RawValue>>) -> Self {
        Self { seq: frame.seq, now: Millis(frame.now), body: Arc::new(Body::new(frame)) }
    }
}

impl Serialize for FrameMessage {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Body { more, accepted, messages, encoded, .. } = &*self.body;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("seq", &self.seq)?;
        if *more {
            map.serialize_entry("more", more)?;
        }
        map.serialize_entry("now", &self.now.0)?;
        if let Some(accepted) = accepted {
            map.serialize_entry("accepted", accepted)?;
        }
        if let Some(from) = &encoded.from {
            map.serialize_entry("from", from)?;
        }
        if let Some(to) = &encoded.to {
            map.serialize_entry("to", to)?;
        }
        if let Some(messages) = messages {
            map.serialize_entry("messages", messages)?;
        }
        map.serialize_entry("parts", &encoded.parts)?;
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(more: bool) -> Frame<Box<RawValue>> {
        let parts = ["{\"view\":\"a\",\"diff\":[]}", "{\"view\":\"b\",\"diff\":[]}"];
        let position = |text: &str| ("s".to_owned(), text.to_owned());
        Frame {
            seq: 7,
            more,
            now: 9,
            accepted: (!more).then_some(8),
            from: if more { BTreeMap::new() } else { BTreeMap::from([("n".to_owned(), None)]) },
            to: if more { BTreeMap::new() } else { BTreeMap::from([position("e.1.f")]) },
            messages: (!more).then_some(2),
            parts: parts.map(|part| RawValue::from_string(part.to_owned()).unwrap()).to_vec(),
        }
    }

    #[test]
    fn it_reads_as_the_frame_that_it_was_made_of() {
        for more in [true, false] {
            let message = FrameMessage::from(frame(more));
            let due = serde_json::to_string(&frame(more)).unwrap();
            assert_eq!(serde_json::to_string(&message).unwrap(), due);
            assert_eq!(serde_json::to_string(&message.frame()).unwrap(), due);
            assert_eq!((message.more(), message.bytes()), (more, 44));
        }
    }
}
