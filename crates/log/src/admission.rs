//! Which events of a batch a stream takes, and the names it learns from them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use foldhash::fast::RandomState;
use tideboard_model::{Event, FieldKind, FieldName, Serial, StreamName, TagName};

use crate::window::{Sighting, Windows};
use crate::{Refusal, Refused, StreamLimits};

/// The names a stream has seen. Cheap to clone: shared until a new name comes.
#[derive(Debug, Clone, Default)]
pub struct Schema {
    /// Each field with the kind that its first append fixed.
    pub fields: Arc<BTreeMap<FieldName, FieldKind>>,
    /// Tag names.
    pub tags: Arc<BTreeSet<TagName>>,
}

/// What is left of a batch.
#[derive(Debug)]
pub struct Admitted {
    /// The events to append: the batch's own slice if none is left out.
    pub events: Arc<[Event]>,
    /// How many were appended earlier.
    pub duplicates: usize,
    /// Those left out for a reason, by rising index.
    pub refused: Vec<Refused>,
    /// Fields that the stream did not know before, in no order.
    pub new_fields: Vec<(FieldName, FieldKind)>,
    /// Tags that the stream did not know before, in no order.
    pub new_tags: Vec<TagName>,
}

impl Schema {
    /// Judges a batch event by event, in order: each event is judged after the names and serials of those before it.
    /// Only an event that is appended leaves its serial in the windows.
    pub fn admit(
        &mut self,
        stream: &StreamName,
        (events, serials): (&Arc<[Event]>, &[Option<Serial>]),
        windows: &mut Windows,
        limits: StreamLimits,
    ) -> Admitted {
        let (mut refused, mut left_out) = (Vec::new(), Vec::new());
        let (mut new_fields, mut new_tags) = (Vec::new(), Vec::new());
        let mut series = Series::default();
        for (index, event) in events.iter().enumerate() {
            let serial = serials.get(index).and_then(Option::as_ref);
            let judged = match serial.map_or(Ok(true), |serial| is_new(windows, serial)) {
                Ok(true) => self.judge(stream, event, limits, &mut series),
                Ok(false) => {
                    left_out.push(index);
                    continue;
                }
                Err(reason) => Err(reason),
            };
            match judged {
                Ok(names) => {
                    if names == Names::New {
                        self.learn(event, &mut new_fields, &mut new_tags);
                    }
                    serial.into_iter().for_each(|serial| windows.mark(serial));
                }
                Err(reason) => {
                    left_out.push(index);
                    refused.push(Refused { index, reason });
                }
            }
        }
        let duplicates = left_out.len().saturating_sub(refused.len());
        let events = if left_out.is_empty() { Arc::clone(events) } else { without(events, &left_out) };
        Admitted { events, duplicates, refused, new_fields, new_tags }
    }

    fn judge(
        &self,
        stream: &StreamName,
        event: &Event,
        limits: StreamLimits,
        series: &mut Series,
    ) -> Result<Names, Refusal> {
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
        let shared = event.tags.shared();
        if !shared.is_some_and(|shared| series.known.contains(&shared)) {
            for tag in event.tags.keys() {
                if !self.tags.contains(tag) {
                    tags = tags.saturating_add(1);
                    if tags > limits.tags {
                        return Err(Refusal::TooManyTags { tag: tag.clone(), limit: limits.tags });
                    }
                }
            }
            if tags == self.tags.len() {
                series.known.extend(shared);
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

/// Tags that events of a batch share and whose names are all known: a stream forgets none.
#[derive(Default)]
struct Series {
    known: HashSet<usize, RandomState>,
}

#[derive(PartialEq)]
enum Names {
    Known,
    New,
}

/// Whether an event is not in the log yet, as far as its producer's window knows.
fn is_new(windows: &Windows, serial: &Serial) -> Result<bool, Refusal> {
    match windows.look(serial) {
        Sighting::New => Ok(true),
        Sighting::Seen => Ok(false),
        Sighting::Behind { highest } => {
            Err(Refusal::SequenceBehind { producer: serial.producer.clone(), sequence: serial.sequence, highest })
        }
    }
}

fn without(events: &[Event], left_out: &[usize]) -> Arc<[Event]> {
    let mut left_out = left_out.iter().peekable();
    let kept = events.iter().enumerate().filter(|(index, _)| left_out.next_if_eq(&index).is_none());
    kept.map(|(_, event)| event.clone()).collect()
}
