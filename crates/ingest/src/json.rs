//! Events as JSON: one object, an array of objects, or NDJSON.
//!
//! An event is `{"stream", "time", "tags", "fields", "value", "producer", "sequence"}`; all but `stream` may be left out. `null` stands for
//! "nothing here", as writers without a missing value send it: the tag or field is left out. An event without fields
//! is counted.

mod event;
mod object;
mod serial;
mod syntax;

use std::fmt;

use serde::de::{DeserializeSeed, SeqAccess, Visitor};
use serde_json::value::RawValue;
use tideboard_model::Nanos;

use self::event::{Refusal, Series, event};
use self::syntax::{bare, malformed, syntax_at};
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
    let (ground, gather) = (Ground::new(limits, now), Gather::new(limits));
    let mut events = Events { ground, series: Series::new(), gather, stopped: None };
    match format {
        Format::Json => events.document(body)?,
        Format::Ndjson => events.lines(body)?,
    }
    Ok(events.gather.done())
}

/// The events of a body, met one after another.
struct Events<'a, 'b> {
    ground: Ground<'a>,
    series: Series<'b>,
    gather: Gather<'a>,
    /// Why an array was left before its end.
    stopped: Option<BodyError>,
}

impl<'b> Events<'_, 'b> {
    fn document(&mut self, body: &'b [u8]) -> Result<(), BodyError> {
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

    fn array(&mut self, text: &'b str) -> Result<(), BodyError> {
        let mut json = serde_json::Deserializer::from_str(text);
        let read = Array { events: self }.deserialize(&mut json).and_then(|()| json.end());
        match (self.stopped.take(), read) {
            (Some(stopped), _) => Err(stopped),
            (None, Ok(())) => Ok(()),
            (None, Err(error)) => Err(malformed(text, &error, bare(&error))),
        }
    }

    fn object(&mut self, text: &'b str) -> Result<(), BodyError> {
        let raw: &'b RawValue = serde_json::from_str(text).map_err(|error| {
            let mut reason = bare(&error);
            if reason.starts_with("trailing") {
                reason = "something follows the event: send several as an array, or as application/x-ndjson".into();
            }
            malformed(text, &error, reason)
        })?;
        self.take(Ok(raw), Spot::Body, text.as_bytes())
    }

    fn take(&mut self, raw: Result<&'b RawValue, Refusal>, spot: Spot, source: &[u8]) -> Result<(), BodyError> {
        let place = self.gather.seen();
        let event = raw.and_then(|raw| event(&mut self.ground, &mut self.series, raw));
        self.gather.take(place, event, |refusal| spot.describe(place, refusal, source))
    }

    fn lines(&mut self, body: &'b [u8]) -> Result<(), BodyError> {
        for (before, line) in body.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if !line.is_empty() {
                let raw = line_value(line, self.ground.limits).map_err(Refusal::whole);
                self.take(raw, Spot::Line(before + 1), line)?;
            }
        }
        Ok(())
    }
}

/// Where an event stands.
#[derive(Clone, Copy)]
enum Spot {
    /// It is the body.
    Body,
    /// In the body's array.
    Element,
    /// On a line of its own, counted from 1.
    Line(usize),
}

impl Spot {
    fn describe(self, place: usize, refusal: Refusal, source: &[u8]) -> Rejected {
        let Refusal { pointer, reason } = refusal;
        let (pointer, reason) = match self {
            Self::Body => (pointer, reason),
            Self::Element => (format!("/{place}{pointer}"), reason),
            Self::Line(number) => (format!("/{place}{pointer}"), format!("line {number}: {reason}")),
        };
        Rejected { place, pointer, reason, excerpt: Some(excerpt(source)) }
    }
}

fn line_value<'l>(line: &'l [u8], limits: &Limits) -> Result<&'l RawValue, String> {
    if line.len() > limits.max_line_bytes {
        return Err(too_long(line.len(), limits));
    }
    let text = std::str::from_utf8(line)
        .map_err(|error| format!("byte {} of the line is not valid UTF-8: send UTF-8", error.valid_up_to() + 1))?;
    serde_json::from_str(text).map_err(|error| format!("column {}: {}", error.column(), bare(&error)))
}

fn too_long(bytes: usize, limits: &Limits) -> String {
    format!("the event has {bytes} bytes, at most {} are allowed", limits.max_line_bytes)
}

/// Reads an array's elements one by one: memory is bounded by the events kept.
struct Array<'e, 'a, 'b> {
    events: &'e mut Events<'a, 'b>,
}

impl<'b> DeserializeSeed<'b> for Array<'_, '_, 'b> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'b>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'b> Visitor<'b> for Array<'_, '_, 'b> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of events")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut elements: A) -> Result<(), A::Error> {
        while let Some(raw) = elements.next_element::<&'b RawValue>()? {
            if let Err(stopped) = self.events.take(Ok(raw), Spot::Element, raw.get().as_bytes()) {
                self.events.stopped = Some(stopped);
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
