//! Bytes to events: whatever the bytes are, an answer and no panic.

use std::collections::HashMap;
use std::sync::Arc;

use foldhash::fast::RandomState;
use tideboard_model::{Event, FieldName, FieldValue, Fields, Nanos, StreamName, TagName, Tags};

use super::checksum::crc32;
use super::{VERSION, kind};

/// What was read, or what does not fit.
type Decoded<T> = Result<T, &'static str>;

/// Reads what [`encode`](super::encode) wrote; otherwise says what does not fit.
///
/// # Errors
/// What does not fit; the bytes may be anything.
pub fn decode(stream: &StreamName, blob: &[u8]) -> Decoded<Arc<[Event]>> {
    let (content, crc) = blob.split_last_chunk::<4>().ok_or("too short")?;
    if crc32(content) != u32::from_le_bytes(*crc) {
        return Err("the checksum differs");
    }
    let mut input = Input { rest: content };
    if input.byte()? != VERSION {
        return Err("unknown version");
    }
    let mut dictionary = Dictionary::read(&mut input)?;
    let mut series = Series::default();
    let count = input.count()?;
    let mut events = Vec::with_capacity(count);
    let mut time = 0_i64;
    for _ in 0..count {
        time = time.wrapping_add(input.signed()?);
        let tags = series.read(&mut input, &mut dictionary)?;
        let mut fields = Fields::default();
        for _ in 0..input.count()? {
            let name = dictionary.field(input.varint()?)?;
            fields.insert(name, value(&mut input, &dictionary)?);
        }
        events.push(Event { stream: stream.clone(), time: Nanos(time), tags, fields });
    }
    if input.rest.is_empty() { Ok(events.into()) } else { Err("bytes are left over") }
}

fn value(input: &mut Input<'_>, dictionary: &Dictionary) -> Decoded<FieldValue> {
    Ok(match input.byte()? {
        kind::FLOAT => {
            let number = f64::from_bits(u64::from_le_bytes(*input.chunk::<8>()?));
            FieldValue::float(number).map_err(|_not_finite| "a number is not finite")?
        }
        kind::INT => FieldValue::Int(input.signed()?),
        kind::FALSE => FieldValue::Bool(false),
        kind::TRUE => FieldValue::Bool(true),
        kind::TEXT => FieldValue::Text(dictionary.text(input.varint()?)?),
        _ => return Err("unknown kind of value"),
    })
}

/// Tags by how they are written: events of one series share theirs.
#[derive(Default)]
struct Series<'a> {
    read: HashMap<&'a [u8], Tags, RandomState>,
}

impl<'a> Series<'a> {
    fn read(&mut self, input: &mut Input<'a>, dictionary: &mut Dictionary) -> Decoded<Tags> {
        let before = input.rest;
        for _ in 0..input.count()? {
            input.varint()?;
            input.varint()?;
        }
        let length = before.len().saturating_sub(input.rest.len());
        let mut written = Input { rest: before.get(..length).ok_or("ends early")? };
        if let Some(tags) = self.read.get(written.rest) {
            return Ok(tags.clone());
        }
        let (text, count) = (written.rest, written.varint()?);
        let tag = |_| Ok((dictionary.tag(written.varint()?)?, dictionary.text(written.varint()?)?));
        let tags: Tags = (0..count).map(tag).collect::<Decoded<_>>()?;
        self.read.insert(text, tags.clone());
        Ok(tags)
    }
}

/// Texts by number, and the names already checked among them.
struct Dictionary {
    entries: Vec<Entry>,
}

struct Entry {
    text: Arc<str>,
    tag: Option<TagName>,
    field: Option<FieldName>,
}

impl Dictionary {
    fn read(input: &mut Input<'_>) -> Decoded<Self> {
        let count = input.count()?;
        let mut entries = Vec::with_capacity(count);
        for _ in 0..count {
            let length = input.count()?;
            let text = std::str::from_utf8(input.take(length)?).map_err(|_not_utf8| "a text is not UTF-8")?;
            entries.push(Entry { text: text.into(), tag: None, field: None });
        }
        Ok(Self { entries })
    }

    fn entry(&mut self, number: u64) -> Decoded<&mut Entry> {
        let index = usize::try_from(number).map_err(|_too_large| "no such text")?;
        self.entries.get_mut(index).ok_or("no such text")
    }

    fn text(&self, number: u64) -> Decoded<Arc<str>> {
        let index = usize::try_from(number).map_err(|_too_large| "no such text")?;
        self.entries.get(index).map(|entry| Arc::clone(&entry.text)).ok_or("no such text")
    }

    fn tag(&mut self, number: u64) -> Decoded<TagName> {
        let entry = self.entry(number)?;
        if let Some(tag) = &entry.tag {
            return Ok(tag.clone());
        }
        let tag = TagName::new(&entry.text).map_err(|_bad_name| "a tag's name is not valid")?;
        Ok(entry.tag.insert(tag).clone())
    }

    fn field(&mut self, number: u64) -> Decoded<FieldName> {
        let entry = self.entry(number)?;
        if let Some(field) = &entry.field {
            return Ok(field.clone());
        }
        let field = FieldName::new(&entry.text).map_err(|_bad_name| "a field's name is not valid")?;
        Ok(entry.field.insert(field).clone())
    }
}

struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, length: usize) -> Decoded<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or("ends early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn chunk<const N: usize>(&mut self) -> Decoded<&'a [u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or("ends early")?;
        self.rest = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Decoded<u8> {
        self.chunk::<1>().map(|[byte]| *byte)
    }

    fn varint(&mut self) -> Decoded<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if shift == 63 && bits > 1 {
                return Err("a number is too large");
            }
            number |= bits << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err("a number is too long")
    }

    /// Counted things have at least a byte each: a count past the bytes that are left is a lie, and reserves nothing.
    fn count(&mut self) -> Decoded<usize> {
        let count = usize::try_from(self.varint()?).map_err(|_too_large| "a count is too large")?;
        if count <= self.rest.len() { Ok(count) } else { Err("a count passes the end") }
    }

    fn signed(&mut self) -> Decoded<i64> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }
}
