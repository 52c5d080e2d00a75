//! Events written out in code.

use std::sync::Arc;

use tideboard_model::{Event, FieldName, FieldValue, Fields, Nanos, StreamName, TagName, Tags};

/// Longest value of a tag that we take over from outside.
const TAG_MAX_CHARS: usize = 64;

/// An event in the making. What has no valid form (a number that is not finite) is left out.
pub(crate) struct Draft {
    time: Nanos,
    stream: &'static str,
    tags: Tags,
    fields: Fields,
}

impl Draft {
    pub(crate) fn new(stream: &'static str, time: Nanos) -> Self {
        Self { time, stream, tags: Tags::default(), fields: Fields::default() }
    }

    pub(crate) fn tag(mut self, name: &'static str, value: &str) -> Self {
        let plain = value.len() <= TAG_MAX_CHARS && !value.chars().any(char::is_control);
        let value = if plain { value.into() } else { cleaned(value) };
        if let Ok(name) = TagName::new(name)
            && !value.is_empty()
        {
            self.tags.insert(name, value);
        }
        self
    }

    pub(crate) fn number(self, name: &'static str, value: f64) -> Self {
        match FieldValue::float(value) {
            Ok(value) => self.field(name, value),
            Err(_) => self,
        }
    }

    pub(crate) fn integer(self, name: &'static str, value: u64) -> Self {
        self.field(name, FieldValue::Int(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    pub(crate) fn text(self, name: &'static str, value: &str) -> Self {
        self.field(name, FieldValue::Text(value.into()))
    }

    fn field(mut self, name: &'static str, value: FieldValue) -> Self {
        if let Ok(name) = FieldName::new(name) {
            self.fields.insert(name, value);
        }
        self
    }

    /// The event; nothing if the stream's name is none.
    pub(crate) fn finish(self) -> Option<Event> {
        let stream = StreamName::new(self.stream).ok()?;
        Some(Event { stream, time: self.time, tags: self.tags, fields: self.fields })
    }
}

fn cleaned(value: &str) -> Arc<str> {
    value.chars().filter(|c| !c.is_control()).take(TAG_MAX_CHARS).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_valid_form_is_left_out() {
        let event = Draft::new("s", Nanos(1))
            .tag("process", "a\nb")
            .tag("empty", "\u{7}")
            .tag("long", &"é".repeat(70))
            .number("bad", f64::NAN)
            .number("good", -0.0)
            .integer("huge", u64::MAX)
            .finish()
            .unwrap();
        let tags: Vec<_> = event.tags.iter().map(|(name, value)| (name.as_str(), &**value)).collect();
        assert_eq!(tags, [("long", "é".repeat(64).as_str()), ("process", "ab")]);
        let fields: Vec<_> = event.fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        assert_eq!(fields, [("good", FieldValue::Float(0.0)), ("huge", FieldValue::Int(i64::MAX))]);
        assert!(Draft::new("", Nanos(1)).finish().is_none());
    }
}
