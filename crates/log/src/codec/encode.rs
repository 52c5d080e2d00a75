//! Events to bytes.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::RandomState;
use tideboard_model::{Event, FieldValue, Tags};

use super::checksum::crc32;
use super::{VERSION, kind};

/// Writes events; equal events give equal bytes.
#[must_use]
pub fn encode(events: &[Event]) -> Vec<u8> {
    let mut dictionary = Dictionary::default();
    let mut series = Series::default();
    let mut body = Vec::with_capacity(events.len().saturating_mul(32));
    varint(&mut body, events.len() as u64);
    let mut before = 0_i64;
    for event in events {
        signed(&mut body, event.time.0.wrapping_sub(before));
        before = event.time.0;
        series.write(&mut body, &mut dictionary, &event.tags);
        varint(&mut body, event.fields.len() as u64);
        for (field, field_value) in &event.fields {
            varint(&mut body, dictionary.number(field.as_str()));
            value(&mut body, &mut dictionary, field_value);
        }
    }
    let mut blob = Vec::with_capacity(dictionary.bytes.saturating_add(body.len()).saturating_add(16));
    blob.push(VERSION);
    varint(&mut blob, dictionary.texts.len() as u64);
    for text in dictionary.texts {
        varint(&mut blob, text.len() as u64);
        blob.extend_from_slice(text.as_bytes());
    }
    blob.extend_from_slice(&body);
    let crc = crc32(&blob);
    blob.extend_from_slice(&crc.to_le_bytes());
    blob
}

fn value<'a>(body: &mut Vec<u8>, dictionary: &mut Dictionary<'a>, value: &'a FieldValue) {
    match value {
        FieldValue::Float(number) => {
            body.push(kind::FLOAT);
            body.extend_from_slice(&number.to_bits().to_le_bytes());
        }
        FieldValue::Int(number) => {
            body.push(kind::INT);
            signed(body, *number);
        }
        FieldValue::Bool(false) => body.push(kind::FALSE),
        FieldValue::Bool(true) => body.push(kind::TRUE),
        FieldValue::Text(text) => {
            body.push(kind::TEXT);
            varint(body, dictionary.number(text));
        }
    }
}

/// Where tags that events share stand in the body: written once, they are copied.
#[derive(Default)]
struct Series {
    written: HashMap<usize, Range<usize>, RandomState>,
}

impl Series {
    fn write<'a>(&mut self, body: &mut Vec<u8>, dictionary: &mut Dictionary<'a>, tags: &'a Tags) {
        let shared = tags.shared();
        if let Some(written) = shared.and_then(|shared| self.written.get(&shared)) {
            body.extend_from_within(written.clone());
            return;
        }
        let start = body.len();
        varint(body, tags.len() as u64);
        for (tag, text) in tags {
            varint(body, dictionary.number(tag.as_str()));
            varint(body, dictionary.number(text));
        }
        if let Some(shared) = shared {
            self.written.insert(shared, start..body.len());
        }
    }
}

/// Texts by first use. Producers choose them, so the hash has a seed that they do not know.
#[derive(Default)]
struct Dictionary<'a> {
    numbers: HashMap<&'a str, u64, RandomState>,
    texts: Vec<&'a str>,
    bytes: usize,
}

impl<'a> Dictionary<'a> {
    fn number(&mut self, text: &'a str) -> u64 {
        let next = self.texts.len() as u64;
        *self.numbers.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.bytes = self.bytes.saturating_add(text.len()).saturating_add(2);
            next
        })
    }
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        let [low, ..] = number.to_le_bytes();
        out.push(low | 0x80);
        number >>= 7;
    }
    let [low, ..] = number.to_le_bytes();
    out.push(low);
}

/// Small numbers of either sign stay short.
fn signed(out: &mut Vec<u8>, number: i64) {
    varint(out, (number << 1 ^ number >> 63).cast_unsigned());
}
