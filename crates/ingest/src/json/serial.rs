//! An event's producer and sequence: both or neither.

use serde_json::value::RawValue;
use tideboard_model::{ProducerId, Sequence, Serial};

use super::event::{Refusal, refusal};
use super::object::Leaf;
use crate::draft::Ground;
use crate::excerpt::quote;

pub(super) fn serial(
    ground: &mut Ground<'_>,
    producer: Option<&RawValue>,
    sequence: Option<&RawValue>,
) -> Result<Option<Serial>, Refusal> {
    let there = |raw: &&RawValue| raw.get() != "null";
    match (producer.filter(there), sequence.filter(there)) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(refusal(&[], "`sequence` is missing: with a `producer`, each event has its number")),
        (None, Some(_)) => Err(refusal(&[], "`producer` is missing: with a `sequence`, say whose number it is")),
        (Some(producer), Some(sequence)) => Ok(Some(Serial {
            producer: read_producer(ground, producer).map_err(|reason| refusal(&["producer"], reason))?,
            sequence: read_sequence(sequence).map_err(|reason| refusal(&["sequence"], reason))?,
        })),
    }
}

fn read_producer(ground: &mut Ground<'_>, raw: &RawValue) -> Result<ProducerId, String> {
    match Leaf::read(raw).map_err(|reason| format!("`producer` is not valid text: {reason}"))? {
        Leaf::Text(text) => ground.names.producers.get(&text).map_err(|error| error.to_string()),
        other @ (Leaf::Null | Leaf::Bool(_) | Leaf::Number(_) | Leaf::Object | Leaf::Array) => {
            Err(format!("`producer` must be text, not {}", other.kind()))
        }
    }
}

/// A whole number without sign, point or exponent; as text too, for writers whose numbers are floats.
fn read_sequence(raw: &RawValue) -> Result<Sequence, String> {
    let whole = |digits: &str| {
        let sequence = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
        sequence.and_then(|sequence| Sequence::new(sequence).ok()).ok_or_else(|| must_be(&quote(digits)))
    };
    match Leaf::read(raw).map_err(|reason| format!("`sequence` is not valid text: {reason}"))? {
        Leaf::Number(digits) => whole(digits),
        Leaf::Text(digits) => whole(&digits),
        other @ (Leaf::Null | Leaf::Bool(_) | Leaf::Object | Leaf::Array) => Err(must_be(other.kind())),
    }
}

fn must_be(found: &str) -> String {
    format!("`sequence` must be a whole number from 0 to {}, not {found}", Sequence::MAX)
}
