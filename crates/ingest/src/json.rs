//! Events as JSON: one object, an array of objects, or NDJSON.
//!
//! An event is `{"stream", "time", "tags", "fields", "value"}`; all but `stream` may be left out. `null` stands for
//! "nothing here", as writers without a missing value send it: the tag or field is left out. An event without fields
//! is counted.

mod event;
mod object;

use std::fmt;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tideboard_model::Nanos;

use self::event::{Refusal, event};
use crate::decoded::Gather;
use crate::draft::Ground;
use crate::excerpt::excerpt;
use crate::{BodyError, Decoded, Limits, Rejected};

/// How the events stand in the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One event object, or one array of them. Malformed anywhere means nothing is kept: where an event of a broken
    /// array begins and ends is a guess.
    Json,
    /// One event object a line. A malformed line is refused alone; blank lines are passed over.
    Ndjson,
}

/// Decodes a body. Places and pointers count events from 0, in NDJSON the lines that are not blank. An empty body
/// holds no events. `now` is the time of events that bring none.
///
/// # Errors
/// [`BodyError::Syntax`] if a [`Format::Json`] body is not JSON or neither object nor array;
/// [`BodyError::TooManyEvents`] past the limit.
pub fn decode(body: &[u8], format: Format, now: Nanos, limits: &Limits) -> Result<Decoded, BodyError> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut events = Events { ground: Ground::new(limits, now), gather: Gather::new(limits), stopped: None };
    match format {
        Format::Json => events.document(body)?,
        Format::Ndjson => events.lines(body)?,
    }
    Ok(events.gather.done())
}

/// The events of a body, met one after another.
struct Events<'a> {
    ground: Ground<'a>,
    gather: Gather<'a>,
    /// Why an array was left before its end.
    stopped: Option<BodyError>,
}

impl Events<'_> {
    fn document(&mut self, body: &[u8]) -> Result<(), BodyError> {
        let text = std::str::from_utf8(body).map_err(|error| {
            syntax_at(body, error.valid_up_to(), "the body is not valid UTF-8 here: send UTF-8".into())
        })?;
        let start = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len();
        match body.get(start) {
            None => Ok(()),
            Some(b'[') => self.array(text),
            Some(b'{') => self.object(text),
            Some(_) => {
                Err(syntax_at(body, start, "expected `{` or `[`: send one event object or an array of them".into()))
            }
        }
    }

    fn array(&mut self, text: &str) -> Result<(), BodyError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Array { events: self }.deserialize(&mut json).and_then(|()| json.end());
        match (self.stopped.take(), read) {
            (Some(stopped), _) => Err(stopped),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(malformed(text, &error)),
        }
    }

    fn object(&mut self, text: &str) -> Result<(), BodyError> {
        let raw: &RawValue = serde_json::from_str(text).map_err(|error| {
            let BodyError::Syntax { reason, line, column, offset } = malformed(text, &error) else {
                return malformed(text, &error);
            };
            let several = reason.starts_with("trailing");
            let hint = "a second event follows the first: send an array, or NDJSON as application/x-ndjson";
            BodyError::Syntax { reason: if several { hint.into() } else { reason }, line, column, offset }
        })?;
        self.take(raw, "")
    }

    fn take(&mut self, raw: &RawValue, prefix: &str) -> Result<(), BodyError> {
        let place = self.gather.seen();
        let event = event(&mut self.ground, raw);
        self.gather.take(place, event, |refusal: Refusal| refusal.at(place, prefix, raw.get()))
    }

    fn lines(&mut self, body: &[u8]) -> Result<(), BodyError> {
        for (number, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() {
                continue;
            }
            let place = self.gather.seen();
            match line_value(line, self.ground.limits) {
                Ok(raw) => self.take(raw, &format!("/{place}"))?,
                Err(reason) => self.gather.take(place, Err(reason), |reason| Rejected {
                    place,
                    pointer: format!("/{place}"),
                    reason: format!("line {}: {reason}", number + 1),
                    excerpt: Some(excerpt(line)),
                })?,
            }
        }
        Ok(())
    }
}

fn line_value<'l>(line: &'l [u8], limits: &Limits) -> Result<&'l RawValue, String> {
    if line.len() > limits.max_line_bytes {
        return Err(too_long(line.len(), limits));
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("byte {} of the line is not valid UTF-8: send UTF-8", error.valid_up_to()))?;
    serde_json::from_str(text).map_err(|error| format!("column {}: {}", error.column(), bare(&error)))
}

fn too_long(bytes: usize, limits: &Limits) -> String {
    format!("the event has {bytes} bytes, at most {} are allowed", limits.max_line_bytes)
}

/// Reads an array's elements one by one: memory is bounded by the events kept.
struct Array<'e, 'a> {
    events: &'e mut Events<'a>,
}

impl<'de> DeserializeSeed<'de> for Array<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Array<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(raw) = elements.next_element::<&RawValue>()? {
            let prefix = format!("/{}", self.events.gather.seen());
            if let Err(stopped) = self.events.take(raw, &prefix) {
                self.events.stopped = Some(stopped);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

fn malformed(text: &str, error: &serde_json::Error) -> BodyError {
    let (line, column) = (error.line(), error.column());
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let offset = (before + column.saturating_sub(1)).min(text.len());
    BodyError::Syntax { reason: bare(error), line, column, offset }
}

fn syntax_at(body: &[u8], offset: usize, reason: String) -> BodyError {
    let before = body.get(..offset).unwrap_or(body);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    BodyError::Syntax { reason, line, column: offset - line_start + 1, offset }
}

/// The parser's words without the place that it appends: the caller says where.
fn bare(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    whole.strip_suffix(&place).unwrap_or(&whole).to_owned()
}

#[cfg(test)]
mod tests;
