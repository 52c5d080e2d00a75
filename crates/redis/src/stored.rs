//! What is stored of a stream and of an append, and how it is read back.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use redis::Value;
use tideboard_log::implement::{Schema, StreamState, decode, kind_of};
use tideboard_log::{Append, LogError};
use tideboard_model::{Epoch, FieldName, Millis, Nanos, Offset, Position, Proof, StreamName, TagName};

use crate::answer::{bytes, list, pairs, text};
use crate::number::{from_hex, from_ordered};
use crate::trouble::Trouble;

/// A stream's ends and names, and what its schema is known by.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) state: StreamState,
    /// Changes with every name that the stream learns.
    pub(crate) token: String,
}

/// What is asked for when only the ends matter.
pub(crate) const ENDS: [&str; 6] = ["epoch", "end", "proof", "base", "base_proof", "retained"];

/// A stream's ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) end: Position,
    pub(crate) base: Position,
    pub(crate) retained_from: Option<Nanos>,
}

/// Reads the answer to `HMGET meta` of [`ENDS`]; `None` if there is no such stream.
pub(crate) fn ends(value: Value) -> Result<Option<Ends>, Trouble> {
    let values = list(value)?;
    let [epoch, end, proof, base, base_proof, retained] = values.as_slice() else {
        return Err(Trouble::odd("the ends of a stream"));
    };
    let Some(epoch) = text(epoch)? else { return Ok(None) };
    let epoch = from_hex(epoch).map(Epoch).ok_or_else(|| Trouble::odd("an epoch"))?;
    let position = |offset: &Value, proof: &Value| -> Result<Position, Trouble> {
        let (offset, proof) = (text(offset)?.unwrap_or("0").parse().ok(), from_hex(text(proof)?.unwrap_or("0")));
        let (offset, proof) = offset.zip(proof).ok_or_else(|| Trouble::odd("a position"))?;
        Ok(Position { epoch, offset: Offset(offset), proof: Proof(proof) })
    };
    let retained_from = match text(retained)? {
        Some(time) => Some(Nanos(from_ordered(time).ok_or_else(|| Trouble::odd("a time"))?)),
        None => None,
    };
    Ok(Some(Ends { end: position(end, proof)?, base: position(base, base_proof)?, retained_from }))
}

/// Reads the answers to `HGETALL meta` and `HGETALL names`.
pub(crate) fn stream(meta: Value, names: Value) -> Result<Option<Stored>, Trouble> {
    let mut meta = pairs(meta)?;
    if meta.is_empty() {
        return Ok(None);
    }
    let mut take = |name: &str| -> Value {
        let place = meta.iter().position(|(key, _)| matches!(text(key), Ok(Some(key)) if key == name));
        place.map_or(Value::Nil, |place| meta.swap_remove(place).1)
    };
    let found = Value::Array(ENDS.map(&mut take).into());
    let (high, accepted, token) = (take("high"), take("accepted"), take("schema"));
    let Some(Ends { end, base, retained_from }) = ends(found)? else { return Ok(None) };
    let high_time = text(&high)?.and_then(from_ordered).unwrap_or(i64::MIN);
    let last_accepted = text(&accepted)?.and_then(|text| text.parse().ok()).map(Millis);
    let schema = schema(names)?;
    let state = StreamState { end, base, retained_from, high_time: Nanos(high_time), last_accepted, schema };
    Ok(Some(Stored { state, token: text(&token)?.unwrap_or_default().to_owned() }))
}

fn schema(names: Value) -> Result<Schema, Trouble> {
    let (mut fields, mut tags) = (BTreeMap::new(), BTreeSet::new());
    for (name, kind) in pairs(names)? {
        let odd = || Trouble::odd("a name of a stream");
        match text(&name)?.and_then(|name| name.split_once(':')).ok_or_else(odd)? {
            ("f", name) => {
                let kind = text(&kind)?.and_then(kind_of).ok_or_else(odd)?;
                fields.insert(FieldName::new(name).map_err(|_bad_name| odd())?, kind);
            }
            (_, name) => drop(tags.insert(TagName::new(name).map_err(|_bad_name| odd())?)),
        }
    }
    Ok(Schema { fields: Arc::new(fields), tags: Arc::new(tags) })
}

/// One entry of a stream: an append whose events are not read yet.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) first: Offset,
    pub(crate) last: Offset,
    pub(crate) previous: Proof,
    pub(crate) proof: Proof,
    pub(crate) accepted: Millis,
    pub(crate) max_time: Nanos,
    blob: Vec<u8>,
}

impl Entry {
    /// How many events it holds.
    pub(crate) fn count(&self) -> usize {
        usize::try_from(self.last.0.saturating_add(1).saturating_sub(self.first.0)).unwrap_or(usize::MAX)
    }

    /// How large its events are.
    pub(crate) fn size(&self) -> usize {
        self.blob.len()
    }

    /// With its events.
    pub(crate) fn read(self, stream: &StreamName, epoch: Epoch) -> Result<Append, LogError> {
        let corrupt = |reason| LogError::Corrupt { stream: stream.clone(), last: self.last, reason };
        let events = decode(stream, &self.blob).map_err(corrupt)?;
        if events.len() != self.count() {
            return Err(corrupt("the number of events differs"));
        }
        Ok(Append {
            stream: stream.clone(),
            first: self.first,
            previous: self.previous,
            position: Position { epoch, offset: self.last, proof: self.proof },
            accepted: self.accepted,
            events,
        })
    }
}

/// Reads the answer to `XRANGE` or `XREVRANGE`.
pub(crate) fn entries(value: Value) -> Result<Vec<Entry>, Trouble> {
    list(value)?.into_iter().map(entry).collect()
}

fn entry(value: Value) -> Result<Entry, Trouble> {
    let odd = || Trouble::odd("an entry of a stream");
    let mut parts = list(value)?.into_iter();
    let (id, fields) = parts.next().zip(parts.next()).ok_or_else(odd)?;
    let last = text(&id)?.and_then(|id| id.strip_suffix("-0")).and_then(|last| last.parse().ok()).ok_or_else(odd)?;
    let mut fields = list(fields)?.into_iter().skip(1).step_by(2);
    let (header, blob) = fields.next().zip(fields.next()).ok_or_else(odd)?;
    let header: Vec<&str> = text(&header)?.unwrap_or_default().split(' ').collect();
    let [first, previous, proof, accepted, max_time, _high, ..] = header.as_slice() else { return Err(odd()) };
    Ok(Entry {
        first: Offset(first.parse().map_err(|_no_number| odd())?),
        last: Offset(last),
        previous: Proof(from_hex(previous).ok_or_else(odd)?),
        proof: Proof(from_hex(proof).ok_or_else(odd)?),
        accepted: Millis(accepted.parse().map_err(|_no_number| odd())?),
        max_time: Nanos(from_ordered(max_time).ok_or_else(odd)?),
        blob: bytes(blob)?.ok_or_else(odd)?,
    })
}
