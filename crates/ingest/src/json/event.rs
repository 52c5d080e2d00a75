//! From one JSON value to one event.

use std::borrow::Cow;

use serde_json::value::RawValue;
use tideboard_model::{Event, FieldValue, Nanos, Serial, Tags};

use super::object::{Leaf, Members};
use super::serial::serial;
use super::syntax::bare;
use crate::draft::{FieldsDraft, Ground, TagsDraft};
use crate::excerpt::quote;
use crate::repeats::Repeats;
use crate::timestamp;

/// Why an event was refused, and where in it.
pub(super) struct Refusal {
    /// JSON Pointer from the event.
    pub(super) pointer: String,
    pub(super) reason: String,
}

impl Refusal {
    /// The refusal of an event as such.
    pub(super) fn whole(reason: String) -> Self {
        Self { pointer: String::new(), reason }
    }
}

pub(super) fn refusal(path: &[&str], reason: impl Into<String>) -> Refusal {
    let pointer = path.iter().map(|part| format!("/{}", part.replace('~', "~0").replace('/', "~1"))).collect();
    Refusal { pointer, reason: reason.into() }
}

/// The parts of an event as they stand in it.
#[derive(Default)]
struct Parts<'a> {
    stream: Option<&'a RawValue>,
    time: Option<&'a RawValue>,
    tags: Option<&'a RawValue>,
    fields: Option<&'a RawValue>,
    value: Option<&'a RawValue>,
    producer: Option<&'a RawValue>,
    sequence: Option<&'a RawValue>,
}

/// The tags of events before, as they are written.
pub(super) type Series<'b> = Repeats<'b, Tags>;

pub(super) fn event<'b>(
    ground: &mut Ground<'_>,
    series: &mut Series<'b>,
    raw: &'b RawValue,
) -> Result<(Event, Option<Serial>), Refusal> {
    if raw.get().len() > ground.limits.max_line_bytes {
        return Err(refusal(&[], super::too_long(raw.get().len(), ground.limits)));
    }
    let parts = parts(raw)?;
    let stream = stream(parts.stream)?;
    let time = time(ground, parts.time)?;
    let serial = serial(ground, parts.producer, parts.sequence)?;
    let tags = parts.tags.map_or_else(|| Ok(Tags::default()), |raw| tags(ground, series, raw))?;
    let mut draft = FieldsDraft::default();
    for (name, raw) in members("fields", parts.fields)? {
        field(ground, &mut draft, &name, raw).map_err(|reason| refusal(&["fields", &name], reason))?;
    }
    if let Some(raw) = parts.value {
        field(ground, &mut draft, "value", raw).map_err(|reason| refusal(&["value"], reason))?;
    }
    let stream = ground.names.streams.get(&stream).map_err(|error| refusal(&["stream"], error.to_string()))?;
    Ok((Event { stream, time, tags, fields: draft.finish() }, serial))
}

fn tags<'b>(ground: &mut Ground<'_>, series: &mut Series<'b>, raw: &'b RawValue) -> Result<Tags, Refusal> {
    if let Some(tags) = series.get(raw.get()) {
        return Ok(tags);
    }
    let mut draft = TagsDraft::default();
    for (name, raw) in members("tags", Some(raw))? {
        tag(ground, &mut draft, &name, raw).map_err(|reason| refusal(&["tags", &name], reason))?;
    }
    Ok(series.keep(raw.get(), draft.finish()))
}

fn parts(raw: &RawValue) -> Result<Parts<'_>, Refusal> {
    let Members(members) = object(raw).map_err(|reason| refusal(&[], format!("an event must be {reason}")))?;
    let mut parts = Parts::default();
    for (name, value) in members {
        let part = match &*name {
            "stream" => &mut parts.stream,
            "time" => &mut parts.time,
            "tags" => &mut parts.tags,
            "fields" => &mut parts.fields,
            "value" => &mut parts.value,
            "producer" => &mut parts.producer,
            "sequence" => &mut parts.sequence,
            _ => {
                let allowed = "an event has `stream`, `time`, `tags`, `fields`, `value`, `producer` and `sequence`: \
                               move it into one of those";
                return Err(refusal(&[&name], format!("{} is not known: {allowed}", quote(&name))));
            }
        };
        if part.replace(value).is_some() {
            return Err(refusal(&[&name], format!("{} is given twice: leave one out", quote(&name))));
        }
    }
    Ok(parts)
}

/// Refused is what is no object; the reason reads on from "must be".
fn object(raw: &RawValue) -> Result<Members<'_>, String> {
    if raw.get().starts_with('{') {
        return serde_json::from_str(raw.get()).map_err(|error| format!("well-formed: {}", bare(&error)));
    }
    let kind = Leaf::read(raw).map_or("text", |leaf| leaf.kind());
    Err(format!("an object, not {kind}"))
}

fn members<'a>(part: &'static str, raw: Option<&'a RawValue>) -> Result<Vec<(Cow<'a, str>, &'a RawValue)>, Refusal> {
    match raw {
        None => Ok(Vec::new()),
        Some(raw) if raw.get() == "null" => Ok(Vec::new()),
        Some(raw) => object(raw)
            .map(|Members(members)| members)
            .map_err(|reason| refusal(&[part], format!("`{part}` must be {reason}"))),
    }
}

fn stream(raw: Option<&RawValue>) -> Result<Cow<'_, str>, Refusal> {
    let missing = || refusal(&[], "`stream` is missing: name the stream that the event belongs to");
    let raw = raw.ok_or_else(missing)?;
    match Leaf::read(raw).map_err(|reason| refusal(&["stream"], format!("`stream` is not valid text: {reason}")))? {
        Leaf::Text(text) => Ok(text),
        Leaf::Null => Err(missing()),
        other @ (Leaf::Bool(_) | Leaf::Number(_) | Leaf::Object | Leaf::Array) => {
            Err(refusal(&["stream"], format!("`stream` must be text, not {}", other.kind())))
        }
    }
}

fn time(ground: &Ground<'_>, raw: Option<&RawValue>) -> Result<Nanos, Refusal> {
    let Some(raw) = raw else { return Ok(ground.now) };
    read_time(ground, raw).map_err(|reason| refusal(&["time"], reason))
}

fn read_time(ground: &Ground<'_>, raw: &RawValue) -> Result<Nanos, String> {
    let time = match Leaf::read(raw).map_err(|reason| format!("`time` is not valid text: {reason}"))? {
        Leaf::Null => return Ok(ground.now),
        Leaf::Text(text) => timestamp::rfc3339(&text).map_err(|reason| format!("`time` {}: {reason}", quote(&text)))?,
        Leaf::Number(number) => timestamp::millis(number).ok_or_else(|| {
            format!("`time` {} does not fit: as a number it is milliseconds since 1970", quote(number))
        })?,
        other @ (Leaf::Bool(_) | Leaf::Object | Leaf::Array) => {
            let kind = other.kind();
            return Err(format!("`time` must be RFC 3339 text or milliseconds since 1970, not {kind}"));
        }
    };
    ground.time(time)
}

fn tag(ground: &mut Ground<'_>, draft: &mut TagsDraft, name: &str, raw: &RawValue) -> Result<(), String> {
    match Leaf::read(raw).map_err(|reason| format!("tag {} is not valid text: {reason}", quote(name)))? {
        Leaf::Null => Ok(()),
        Leaf::Text(text) => draft.add(ground, name, &text),
        Leaf::Bool(yes) => draft.add(ground, name, if yes { "true" } else { "false" }),
        // One text per number, so that 2 and 2.0 of different writers are one group.
        Leaf::Number(number) => match read_number("tag", name, number)? {
            FieldValue::Int(int) => draft.add(ground, name, &int.to_string()),
            FieldValue::Float(float) => draft.add(ground, name, &float.to_string()),
            FieldValue::Bool(_) | FieldValue::Text(_) => draft.add(ground, name, number),
        },
        other @ (Leaf::Object | Leaf::Array) => {
            let name = quote(name);
            Err(format!("tag {name} is {}: a tag is text (numbers and booleans become text)", other.kind()))
        }
    }
}

fn field(ground: &mut Ground<'_>, draft: &mut FieldsDraft, name: &str, raw: &RawValue) -> Result<(), String> {
    let value = match Leaf::read(raw).map_err(|reason| format!("field {} is not valid text: {reason}", quote(name)))? {
        Leaf::Null => return Ok(()),
        Leaf::Text(text) => ground.text(name, &text)?,
        Leaf::Bool(yes) => FieldValue::Bool(yes),
        Leaf::Number(number) => read_number("field", name, number)?,
        other @ (Leaf::Object | Leaf::Array) => {
            let name = quote(name);
            return Err(format!("field {name} is {}: a field is a number, a boolean or text", other.kind()));
        }
    };
    draft.add(ground, name, value)
}

/// Integers that fit stay whole; every other number is the nearest finite float.
fn read_number(kind: &str, name: &str, number: &str) -> Result<FieldValue, String> {
    if let Ok(int) = number.parse::<i64>() {
        return Ok(FieldValue::Int(int));
    }
    let float = number.parse::<f64>().ok().and_then(|float| FieldValue::float(float).ok());
    float.ok_or_else(|| format!("{kind} {} holds {}, too large for a number", quote(name), quote(number)))
}
