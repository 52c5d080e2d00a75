//! An event being put together: every rule that all protocols share is kept here.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use tideboard_model::{FieldValue, Fields, Nanos, TagName, Tags};

use crate::Limits;
use crate::excerpt::quote;
use crate::intern::Names;

const NANOS_PER_HOUR: i64 = 3_600_000_000_000;

/// What the events of one body are checked against, and the texts that they share.
pub(crate) struct Ground<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) now: Nanos,
    pub(crate) names: Names,
}

impl<'a> Ground<'a> {
    pub(crate) fn new(limits: &'a Limits, now: Nanos) -> Self {
        Self { limits, now, names: Names::new() }
    }

    /// Accepts a time from 1970 up to a little ahead of the arrival.
    pub(crate) fn time(&self, time: Nanos) -> Result<Nanos, String> {
        let ahead = i64::try_from(self.limits.max_ahead.as_nanos()).unwrap_or(i64::MAX);
        let over = time.0.saturating_sub(self.now.0);
        if time.0 < 0 {
            Err("the time lies before 1970: send a later one".into())
        } else if over > ahead {
            Err(format!(
                "the time lies {} hours ahead of the server's clock, at most {} are allowed: check the clock and the \
                 unit of the time",
                over / NANOS_PER_HOUR,
                ahead / NANOS_PER_HOUR
            ))
        } else {
            Ok(time)
        }
    }

    /// Accepts text as the value of a field.
    pub(crate) fn text(&self, field: &str, text: &str) -> Result<FieldValue, String> {
        let max = self.limits.max_text_bytes;
        if text.len() > max {
            let bytes = text.len();
            return Err(format!("field {} holds {bytes} bytes of text, at most {max} are allowed", quote(field)));
        }
        Ok(FieldValue::Text(text.into()))
    }
}

/// The tags of one event, gathered one by one.
#[derive(Default)]
pub(crate) struct TagsDraft(BTreeMap<TagName, Arc<str>>);

impl TagsDraft {
    pub(crate) fn add(&mut self, ground: &mut Ground<'_>, name: &str, value: &str) -> Result<(), String> {
        let Limits { max_tags, max_tag_value_bytes, .. } = *ground.limits;
        if value.len() > max_tag_value_bytes {
            return Err(format!(
                "tag {} has a value of {} bytes, at most {max_tag_value_bytes} are allowed: long text belongs in a field",
                quote(name),
                value.len()
            ));
        }
        if self.0.len() >= max_tags {
            return Err(format!("more than {max_tags} tags: send what is measured as fields"));
        }
        let Ok(value) = ground.names.values.get(value);
        match self.0.entry(ground.names.tags.get(name).map_err(|error| error.to_string())?) {
            Entry::Vacant(entry) => {
                entry.insert(value);
                Ok(())
            }
            Entry::Occupied(entry) => Err(format!("tag {} is given twice: leave one out", quote(entry.key().as_str()))),
        }
    }

    pub(crate) fn finish(self) -> Tags {
        self.0.into_iter().collect()
    }
}

/// The fields of one event, gathered one by one.
#[derive(Default)]
pub(crate) struct FieldsDraft(Fields);

impl FieldsDraft {
    pub(crate) fn add(&mut self, ground: &mut Ground<'_>, name: &str, value: FieldValue) -> Result<(), String> {
        let max = ground.limits.max_fields;
        if self.0.len() >= max {
            return Err(format!("more than {max} fields: split the event"));
        }
        let field = ground.names.fields.get(name).map_err(|error| error.to_string())?;
        match self.0.insert(field, value) {
            None => Ok(()),
            // The event is refused: it does not matter that the first value is gone.
            Some(_first) => Err(format!("field {} is given twice: leave one out", quote(name))),
        }
    }

    pub(crate) fn finish(self) -> Fields {
        self.0
    }
}
