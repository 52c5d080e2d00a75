//! From one line to one event.

use std::borrow::Cow;

use memchr::memchr2;
use tideboard_model::{Event, FieldValue, Fields, Nanos, StreamName, Tags};

use super::frame::bare;
use super::{Precision, scalar};
use crate::draft::{FieldsDraft, Ground, TagsDraft};
use crate::excerpt::quote;
use crate::repeats::Repeats;

/// What lines start with, up to their first bare space, as it is written.
pub(super) type Series<'b> = Repeats<'b, (StreamName, Tags)>;

pub(super) fn line<'b>(
    ground: &mut Ground<'_>,
    series: &mut Series<'b>,
    text: &'b str,
    precision: Precision,
) -> Result<Event, String> {
    let mut rest = Rest(text);
    let start = rest.take(bare(text.as_bytes(), 0, text.len(), b' ').unwrap_or(text.len()));
    if let Some((stream, tags)) = series.get(start) {
        let (fields, time) = values(ground, rest, precision)?;
        return Ok(Event { stream, time, tags, fields });
    }
    let (stream, tags) = stream_and_tags(ground, Rest(start))?;
    let (fields, time) = values(ground, rest, precision)?;
    let stream = ground.names.streams.get(&stream).map_err(|error| error.to_string())?;
    // Only what is good: what is not is refused line by line.
    let (stream, tags) = series.keep(start, (stream, tags));
    Ok(Event { stream, time, tags, fields })
}

fn stream_and_tags<'b>(ground: &mut Ground<'_>, mut rest: Rest<'b>) -> Result<(Cow<'b, str>, Tags), String> {
    let mut draft = TagsDraft::default();
    let stream = rest.name(|byte| byte == b',' || byte == b' ');
    if stream.is_empty() {
        return Err("the measurement is missing: start the line with the name of a stream".into());
    }
    while rest.skip(b',') {
        tag(ground, &mut draft, &mut rest)?;
    }
    Ok((stream, draft.finish()))
}

/// What follows on stream and tags.
fn values(ground: &mut Ground<'_>, mut rest: Rest<'_>, precision: Precision) -> Result<(Fields, Nanos), String> {
    let mut draft = FieldsDraft::default();
    rest.skip_spaces();
    if rest.0.is_empty() {
        return Err("there are no fields: write `name=value` after the measurement and a space".into());
    }
    field(ground, &mut draft, &mut rest)?;
    while rest.skip(b',') {
        field(ground, &mut draft, &mut rest)?;
    }
    let time = time(ground, rest.0.trim_matches(' '), precision)?;
    Ok((draft.finish(), time))
}

fn tag(ground: &mut Ground<'_>, draft: &mut TagsDraft, rest: &mut Rest<'_>) -> Result<(), String> {
    let name = rest.name(|byte| matches!(byte, b'=' | b',' | b' '));
    if !rest.skip(b'=') {
        return Err(if name.is_empty() {
            "a tag is missing: write `name=value`, and no space beside `,`".into()
        } else {
            format!("tag {} has no value: write `name=value`", quote(&name))
        });
    }
    let value = rest.name(|byte| byte == b',' || byte == b' ');
    if value.is_empty() {
        return Err(format!("tag {} has no value after `=`: leave the tag out", quote(&name)));
    }
    draft.add(ground, &name, &value)
}

fn field(ground: &mut Ground<'_>, draft: &mut FieldsDraft, rest: &mut Rest<'_>) -> Result<(), String> {
    let name = rest.name(|byte| matches!(byte, b'=' | b',' | b' '));
    if !rest.skip(b'=') {
        return Err(if name.is_empty() {
            "a field is missing: write `name=value`, and no space beside `,`".into()
        } else {
            format!("field {} has no value: write `name=value`", quote(&name))
        });
    }
    let value = if rest.skip(b'"') {
        let text = rest.quoted().ok_or_else(|| {
            format!("field {} has text without end: close it with `\"`, write a quote inside as `\\\"`", quote(&name))
        })?;
        if !matches!(rest.0.as_bytes().first(), None | Some(b',' | b' ')) {
            return Err(format!(
                "field {} goes on after its closing quote: write a quote inside the text as `\\\"`",
                quote(&name)
            ));
        }
        ground.text(&name, &text)?
    } else {
        value(&name, rest.until(|byte| byte == b',' || byte == b' '))?
    };
    draft.add(ground, &name, value)
}

fn value(name: &str, text: &str) -> Result<FieldValue, String> {
    if text.is_empty() {
        return Err(format!("field {} has no value after `=`", quote(name)));
    }
    scalar::read(text).map_err(|reason| format!("field {} has the value {}, {reason}", quote(name), quote(text)))
}

fn time(ground: &Ground<'_>, text: &str, precision: Precision) -> Result<Nanos, String> {
    if text.is_empty() {
        return Ok(ground.now);
    }
    let unit = precision.unit();
    let number = scalar::integer(text)
        .ok_or_else(|| format!("the time {} is no whole number of {unit} since 1970", quote(text)))?;
    let nanos = number
        .checked_mul(precision.nanos())
        .ok_or_else(|| format!("the time {} is too large for {unit}: check the precision", quote(text)))?;
    ground.time(Nanos(nanos))
}

/// What is left of a line.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip(&mut self, byte: u8) -> bool {
        let after = self.0.strip_prefix(char::from(byte));
        self.0 = after.unwrap_or(self.0);
        after.is_some()
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches(' ');
    }

    /// Takes everything before position `end`, which follows or precedes an ASCII character.
    fn take(&mut self, end: usize) -> &'a str {
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    /// Takes everything before the first byte that stops.
    fn until(&mut self, stops: impl Fn(u8) -> bool) -> &'a str {
        let end = self.0.bytes().position(stops).unwrap_or(self.0.len());
        self.take(end)
    }

    /// Takes a name or a tag's value: up to the first byte that stops and follows no backslash.
    fn name(&mut self, stops: impl Fn(u8) -> bool) -> Cow<'a, str> {
        let (mut escapes, mut escaped) = (false, false);
        let end = self.0.bytes().position(|byte| {
            let stop = !escaped && stops(byte);
            escaped = byte == b'\\';
            escapes |= escaped;
            stop
        });
        let raw = self.take(end.unwrap_or(self.0.len()));
        if escapes { Cow::Owned(unescaped(raw, |c| matches!(c, ',' | '=' | ' '))) } else { Cow::Borrowed(raw) }
    }

    /// Takes the text up to its closing quote, and the quote.
    fn quoted(&mut self) -> Option<Cow<'a, str>> {
        let bytes = self.0.as_bytes();
        let (mut end, mut escapes) = (0, false);
        loop {
            end += memchr2(b'"', b'\\', bytes.get(end..)?)?;
            if bytes.get(end) == Some(&b'"') {
                break;
            }
            escapes = true;
            end += 2;
        }
        let raw = self.take(end);
        self.skip(b'"');
        Some(if escapes { Cow::Owned(unescaped(raw, |c| matches!(c, '"' | '\\'))) } else { Cow::Borrowed(raw) })
    }
}

/// Drops each backslash that stands before a character it may escape.
fn unescaped(raw: &str, escapable: impl Fn(char) -> bool) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && escapable(*next) => text.extend(chars.next()),
            _ => text.push(c),
        }
    }
    text
}
