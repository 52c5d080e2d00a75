//! A message of a frame: encoded once for all viewers that are told the same.

use std::borrow::Cow;
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
    /// From a frame whose number counts for nothing, and where the streams start that its `from` leaves out.
    pub(super) fn new(frame: Frame<Box<RawValue>>, told: &BTreeMap<String, String>) -> Self {
        let Frame { more, accepted, from, to, messages, parts, .. } = frame;
        // Texts and what is JSON already: encoding them cannot fail.
        let encoded = Encoded {
            from: if from.is_empty() { None } else { to_raw_value(&from).ok() },
            to: if to.is_empty() { None } else { to_raw_value(&short(&to, told)).ok() },
            parts: to_raw_value(&parts).ok(),
        };
        let bytes = parts.iter().map(|part| part.get().len()).sum();
        Self { more, accepted, messages, from, to, parts, bytes, encoded }
    }
}

/// Positions, each without what is before the first dot where that is the same where its stream starts.
fn short<'a>(to: &'a BTreeMap<String, String>, told: &BTreeMap<String, String>) -> BTreeMap<&'a String, Cow<'a, str>> {
    let one = |(stream, to): (&'a String, &'a String)| {
        let same = told.get(stream).and_then(|from| rest(from, to));
        (stream, same.map_or(Cow::Borrowed(to.as_str()), |rest| Cow::Owned(format!("~{rest}"))))
    };
    to.iter().map(one).collect()
}

fn rest<'a>(from: &str, to: &'a str) -> Option<&'a str> {
    let ((log, _), (same, rest)) = (from.split_once('.')?, to.split_once('.')?);
    (log == same).then_some(rest)
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

    /// The message itself, for whoever changes something in it; its positions are written out.
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
        Self { seq: frame.seq, now: Millis(frame.now), body: Arc::new(Body::new(frame, &BTreeMap::new())) }
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
    fn what_a_stream_keeps_of_its_position_is_left_out() {
        let told = BTreeMap::from([("s".to_owned(), "e.1.f".to_owned()), ("t".to_owned(), "e.1.f".to_owned())]);
        let to = [("s", "e.2.a"), ("t", "other.1.f"), ("u", "e.3.b")];
        let to = to.map(|(stream, text)| (stream.to_owned(), text.to_owned()));
        let frame = Frame { to: to.clone().into(), from: BTreeMap::new(), ..frame(false) };
        let message = FrameMessage::new(7, Millis(9), &Arc::new(Body::new(frame, &told)));
        let sent: Frame<Box<RawValue>> = serde_json::from_str(&serde_json::to_string(&message).unwrap()).unwrap();
        assert_eq!(sent.to.values().collect::<Vec<_>>(), ["~2.a", "other.1.f", "e.3.b"]);
        assert_eq!(message.frame().to, to.into());
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
