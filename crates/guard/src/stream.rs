//! Streams whose events follow from their number alone.

use std::sync::Arc;

use tideboard_live::Committed;
use tideboard_model::{Epoch, Event, FieldName, FieldValue, Millis, Offset, Position, Proof, StreamName, TagName};

/// A number of all 64 bits that follows from another in no simple way (SplitMix64).
pub(crate) fn mixed(number: u64) -> u64 {
    let number = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number ^ (number >> 27)
}

/// Appends without a log: they are issued one after the other.
#[derive(Debug, Clone)]
pub(crate) struct Stream {
    pub(crate) name: StreamName,
    /// The end of the last append.
    pub(crate) position: Position,
}

impl Stream {
    pub(crate) fn new(name: &str) -> Self {
        // No two streams alike: in a log neither epochs, proofs nor events are.
        let epoch = name.bytes().fold(0, |epoch, byte| mixed(epoch ^ u64::from(byte)));
        Self { name: StreamName::new(name).unwrap(), position: Position::start(Epoch(epoch)) }
    }

    /// The next append: so many events, all of the instant at which they are accepted.
    pub(crate) fn append(&mut self, events: u64, now: Millis) -> Committed {
        let first = self.position.offset.next();
        let events: Arc<[Event]> = (first.0..first.0 + events).map(|number| event(self, number, now)).collect();
        let end = Offset(first.0 + events.len() as u64 - 1);
        let previous = self.position.proof;
        self.position = Position { offset: end, proof: Proof(mixed(self.position.epoch.0 ^ end.0)), ..self.position };
        Committed { first, previous, position: self.position, accepted: now, events }
    }
}

/// The event of this number: tags and values vary.
fn event(stream: &Stream, number: u64, now: Millis) -> Event {
    let mixed = mixed(stream.position.epoch.0 ^ number);
    let tag = |name: &str, values: u64, salt: u64| {
        (TagName::new(name).unwrap(), format!("{name}-{}", (mixed >> salt) % values).into())
    };
    let field = |name: &str, value: FieldValue| (FieldName::new(name).unwrap(), value);
    Event {
        stream: stream.name.clone(),
        time: now.to_nanos(),
        tags: [tag("region", 4, 3), tag("product", 16, 7)].into(),
        fields: [
            field("value", FieldValue::Float((mixed % 100_000) as f64 / 100.0)),
            field("items", FieldValue::Int((mixed % 7) as i64)),
        ]
        .into(),
    }
}
