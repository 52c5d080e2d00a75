//! Which events of a batch a stream takes, and the names it learns from them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tideboard_model::{Event, FieldKind, FieldName, StreamName, TagName};

use crate::{Refusal, Refused, StreamLimits};

/// The names a stream has seen. Cheap to clone: shared until a new name comes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schema {
    pub(crate) fields: Arc<BTreeMap<FieldName, FieldKind>>,
    pub(crate) tags: Arc<BTreeSet<TagName>>,
}

/// What is left of a batch.
#[derive(Debug)]
pub(crate) struct Admitted {
    /// The events to append: the batch's own slice if none was refused.
    pub(crate) events: Arc<[Event]>,
    pub(crate) refused: Vec<Refused>,
    /// Names the stream did not know before, in no order.
    pub(crate) new_fields: Vec<(FieldName, FieldKind)>,
    pub(crate) new_tags: Vec<TagName>,
}

impl Schema {
    /// Judges a batch event by event, in order: each event is judged after the names of those before it.
    pub(crate) fn admit(&mut self, stream: &StreamName, events: &Arc<[Event]>, limits: StreamLimits) -> Admitted {
        let mut refused = Vec::new();
        let (mut new_fields, mut new_tags) = (Vec::new(), Vec::new());
        for (index, event) in events.iter().enumerate() {
            match self.judge(stream, event, limits) {
                Ok(Names::Known) => {}
                Ok(Names::New) => self.learn(event, &mut new_fields, &mut new_tags),
                Err(reason) => refused.push(Refused { index, reason }),
            }
        }
        let events = if refused.is_empty() { Arc::clone(events) } else { without(events, &refused) };
        Admitted { events, refused, new_fields, new_tags }
    }

    fn judge(&self, stream: &StreamName, event: &Event, limits: StreamLimits) -> Result<Names, Refusal> {
        if event.stream != *stream {
            return Err(Refusal::OtherStream { stream: event.stream.clone() });
        }
        let (mut fields, mut tags) = (self.fields.len(), self.tags.len());
        for (field, value) in &event.fields {
            match self.fields.get(field) {
                Some(was) if *was == value.kind() => {}
                Some(was) => {
                    return Err(Refusal::FieldConflict { field: field.clone(), is: value.kind(), was: *was });
                }
                None => fields = fields.saturating_add(1),
            }
            if fields > limits.fields && !self.fields.contains_key(field) {
                return Err(Refusal::TooManyFields { field: field.clone(), limit: limits.fields });
            }
        }
        for tag in event.tags.keys() {
            if !self.tags.contains(tag) {
                tags = tags.saturating_add(1);
                if tags > limits.tags {
                    return Err(Refusal::TooManyTags { tag: tag.clone(), limit: limits.tags });
                }
            }
        }
        let known = fields == self.fields.len() && tags == self.tags.len();
        Ok(if known { Names::Known } else { Names::New })
    }

    fn learn(&mut self, event: &Event, fields: &mut Vec<(FieldName, FieldKind)>, tags: &mut Vec<TagName>) {
        for (field, value) in event.fields.iter().filter(|(field, _)| !self.fields.contains_key(*field)) {
            fields.push((field.clone(), value.kind()));
        }
        for tag in event.tags.keys().filter(|tag| !self.tags.contains(*tag)) {
            tags.push(tag.clone());
        }
        Arc::make_mut(&mut self.fields).extend(event.fields.iter().map(|(field, value)| (field.clone(), value.kind())));
        Arc::make_mut(&mut self.tags).extend(event.tags.keys().cloned());
    }
}

enum Names {
    Known,
    New,
}

fn without(events: &[Event], refused: &[Refused]) -> Arc<[Event]> {
    let mut refused = refused.iter().map(|refused| refused.index).peekable();
    let kept = events.iter().enumerate().filter(|(index, _)| refused.next_if_eq(index).is_none());
    kept.map(|(_, event)| event.clone()).collect()
}
