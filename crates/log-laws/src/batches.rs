//! What the laws write.

use std::sync::Arc;

use tideboard_log::{Batch, IdempotencyKey};
use tideboard_model::{Event, FieldName, FieldValue, Nanos, ProducerId, Sequence, Serial, StreamName, TagName};

/// A stream's name.
#[must_use]
pub fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

/// A principal and its key.
#[must_use]
pub fn key(principal: &str, key: &str) -> (Arc<str>, IdempotencyKey) {
    (principal.into(), IdempotencyKey::new(key).unwrap())
}

/// A producer's number.
#[must_use]
pub fn serial(producer: &str, sequence: u64) -> Serial {
    Serial { producer: ProducerId::new(producer).unwrap(), sequence: Sequence::new(sequence).unwrap() }
}

/// An event with one field and one tag.
#[must_use]
pub fn event(name: &str, time: i64, field: &str, value: FieldValue) -> Event {
    Event {
        stream: stream(name),
        time: Nanos(time),
        tags: [(TagName::new("host").unwrap(), Arc::from("a"))].into(),
        fields: [(FieldName::new(field).unwrap(), value)].into(),
    }
}

/// One event per time, whose value is the time.
#[must_use]
pub fn batch(name: &str, times: impl IntoIterator<Item = i64>) -> Batch {
    let events = times.into_iter().map(|time| event(name, time, "value", FieldValue::Int(time))).collect();
    of(name, events)
}

/// A batch of one principal, without anything that would recognise it.
#[must_use]
pub fn of(name: &str, events: Vec<Event>) -> Batch {
    Batch { stream: stream(name), principal: "p".into(), events, serials: Vec::new(), key: None }
}

/// A batch under a key.
#[must_use]
pub fn keyed(name: &str, times: impl IntoIterator<Item = i64>, (principal, key): (Arc<str>, IdempotencyKey)) -> Batch {
    Batch { principal, key: Some(key), ..batch(name, times) }
}

/// One event per sequence, whose value is the sequence.
#[must_use]
pub fn produced(name: &str, producer: &str, sequences: impl IntoIterator<Item = u64>) -> Batch {
    let sequences: Vec<u64> = sequences.into_iter().collect();
    let serials = sequences.iter().map(|sequence| Some(serial(producer, *sequence))).collect();
    Batch { serials, ..batch(name, sequences.iter().map(|sequence| i64::try_from(*sequence).unwrap())) }
}
