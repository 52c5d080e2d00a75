//! From checked events to the log: whose they may be, one batch per stream, and one answer for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tideboard_access::{Action, Principal, Source, TagScope, allows};
use tideboard_log::{AppendError, Batch, IdempotencyKey, Log, Receipt, Refusal};
use tideboard_model::{Event, Serial, StreamName};

use crate::health::Health;
use crate::metrics::{IngestResult, Metrics};

/// Takes events on behalf of principals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ingest {
    log: Arc<dyn Log>,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

/// Events on their way to the log.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    events: Vec<Event>,
    /// See [`Batch::serials`].
    serials: Vec<Option<Serial>>,
}

/// What became of events; durable when it is given out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Accepted {
    /// How many were appended.
    pub(crate) accepted: usize,
    /// How many were appended earlier, by their serials.
    pub(crate) duplicates: usize,
    /// Those that are not in the log, by place.
    pub(crate) refused: Vec<Refused>,
    /// Whether the principal may write to none of the streams named.
    pub(crate) forbidden: bool,
}

/// One event that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused {
    /// Its place among the events given.
    pub(crate) place: usize,
    /// The member of the event that is to blame, if it is one alone.
    pub(crate) member: Option<&'static str>,
    /// Why.
    pub(crate) reason: String,
}

/// Why events were not taken. Streams that came first may have been appended: a retry under the same idempotency key
/// completes the rest and counts nothing twice.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AcceptError {
    /// The idempotency key has no valid form.
    #[error(transparent)]
    BadKey(#[from] tideboard_log::BadKey),
    /// The log did not take a batch.
    #[error(transparent)]
    Append(#[from] AppendError),
}

/// Events of one stream, with their places among all.
#[derive(Default)]
struct Group {
    places: Vec<usize>,
    sending: Sending,
}

impl Ingest {
    pub(crate) fn new(log: Arc<dyn Log>, metrics: Arc<Metrics>, health: Arc<Health>) -> Self {
        Self { log, metrics, health }
    }

    /// Appends what the principal may write, in order per stream; the answer comes when all of it is durable.
    pub(crate) async fn accept(
        &self,
        sending: Sending,
        principal: &Principal,
        key: Option<String>,
    ) -> Result<Accepted, AcceptError> {
        let key = key.map(|key| IdempotencyKey::new(&key)).transpose()?;
        let total = sending.events.len();
        let name: Arc<str> = name(principal).into();
        let mut answer = Accepted::default();
        let (mut batches, mut places_of) = (Vec::new(), Vec::new());
        for (stream, group) in by_stream(sending) {
            if let Err(denial) = allows(principal, Action::WriteEvents(&stream)).require() {
                answer.refuse(&group.places, &format!("stream {stream}: {denial}"));
                continue;
            }
            let Group { places, sending: Sending { events, serials } } = answer.force_tags(principal, group);
            if events.is_empty() {
                continue;
            }
            let batch = Batch { stream, principal: Arc::clone(&name), events, serials, key: key.clone() };
            batches.push(batch);
            places_of.push(places);
        }
        answer.forbidden = total > 0 && answer.refused.len() == total;
        let mut failed = None;
        for (places, result) in places_of.iter().zip(self.append(batches).await) {
            if let Err(error) = answer.add(places, result) {
                failed = Some(error);
            }
        }
        answer.refused.sort_unstable_by_key(|one| one.place);
        self.metrics.count_events(IngestResult::rejected, answer.refused.len());
        failed.map_or(Ok(answer), |error| Err(error.into()))
    }

    async fn append(&self, batches: Vec<Batch>) -> Vec<Result<Receipt, AppendError>> {
        let started = Instant::now();
        let results = self.log.append_all(batches).await;
        for result in &results {
            self.metrics.append_seconds.observe(started.elapsed().as_secs_f64());
            self.note(result);
        }
        results
    }

    fn note(&self, result: &Result<Receipt, AppendError>) {
        match result {
            Ok(receipt) => {
                self.count(receipt);
                self.health.write_went_well();
            }
            Err(AppendError::Full | AppendError::Failed(_)) => self.health.write_failed(),
            Err(
                AppendError::Busy | AppendError::Closed | AppendError::KeyReused | AppendError::TooManyStreams { .. },
            ) => {}
        }
    }

    /// Each event once: what a key recognised was counted when it came first.
    fn count(&self, receipt: &Receipt) {
        let (accepted, duplicates) = if receipt.replayed {
            (0, receipt.accepted + receipt.duplicates)
        } else {
            (receipt.accepted, receipt.duplicates)
        };
        self.metrics.count_events(IngestResult::accepted, accepted);
        self.metrics.count_events(IngestResult::duplicate, duplicates);
        if accepted > 0 {
            self.metrics.appends.inc();
        }
    }
}

impl Accepted {
    fn add(&mut self, places: &[usize], result: Result<Receipt, AppendError>) -> Result<(), AppendError> {
        match result {
            Ok(receipt) => {
                self.accepted += receipt.accepted;
                self.duplicates += receipt.duplicates;
                self.refused.extend(receipt.refused.into_iter().filter_map(|one| {
                    let place = *places.get(one.index)?;
                    Some(Refused { place, member: member(&one.reason), reason: one.reason.to_string() })
                }));
                Ok(())
            }
            // What concerns this stream alone: the other streams' events are kept.
            Err(error @ (AppendError::TooManyStreams { .. } | AppendError::KeyReused)) => {
                self.refuse(places, &error.to_string());
                Ok(())
            }
            Err(error @ (AppendError::Busy | AppendError::Full | AppendError::Closed | AppendError::Failed(_))) => {
                Err(error)
            }
        }
    }

    /// Gives events the tags that their sender must send, and refuses those with others.
    fn force_tags(&mut self, principal: &Principal, group: Group) -> Group {
        let Some(scope) = tags_of(principal).filter(|tags| !tags.is_all()) else { return group };
        let Group { places, sending: Sending { events, serials } } = group;
        let (mut kept, mut serials) = (Group::default(), serials.into_iter());
        for (place, mut event) in places.into_iter().zip(events) {
            let serial = serials.next().flatten();
            match scope.force(&mut event) {
                Ok(()) => {
                    kept.places.push(place);
                    kept.sending.push(event, serial);
                }
                Err(conflict) => {
                    self.refused.push(Refused { place, member: Some("tags"), reason: conflict.to_string() });
                }
            }
        }
        kept
    }

    fn refuse(&mut self, places: &[usize], reason: &str) {
        let refuse = |place: &usize| Refused { place: *place, member: None, reason: reason.to_owned() };
        self.refused.extend(places.iter().map(refuse));
    }
}

impl Sending {
    pub(crate) fn with_capacity(events: usize) -> Self {
        Self { events: Vec::with_capacity(events), serials: Vec::new() }
    }

    pub(crate) fn push(&mut self, event: Event, serial: Option<Serial>) {
        if serial.is_some() {
            self.serials.resize(self.events.len(), None);
            self.serials.push(serial);
        }
        self.events.push(event);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }
}

/// Events that nobody numbered.
impl From<Vec<Event>> for Sending {
    fn from(events: Vec<Event>) -> Self {
        Self { events, serials: Vec::new() }
    }
}

fn member(reason: &Refusal) -> Option<&'static str> {
    match reason {
        Refusal::SequenceBehind { .. } => Some("sequence"),
        Refusal::OtherStream { .. } => Some("stream"),
        Refusal::FieldConflict { .. } | Refusal::TooManyFields { .. } | Refusal::TooManyTags { .. } => None,
    }
}

fn by_stream(sending: Sending) -> BTreeMap<StreamName, Group> {
    if let Some((first, others)) = sending.events.split_first()
        && others.iter().all(|event| event.stream == first.stream)
    {
        let places = (0..sending.events.len()).collect();
        return [(first.stream.clone(), Group { places, sending })].into();
    }
    let Sending { events, serials } = sending;
    let mut groups: BTreeMap<StreamName, Group> = BTreeMap::new();
    let mut serials = serials.into_iter();
    for (place, event) in events.into_iter().enumerate() {
        let serial = serials.next().flatten();
        let group = match groups.get_mut(&event.stream) {
            Some(group) => group,
            None => groups.entry(event.stream.clone()).or_default(),
        };
        group.places.push(place);
        group.sending.push(event, serial);
    }
    groups
}

fn tags_of(principal: &Principal) -> Option<&TagScope> {
    match principal {
        Principal::User { reach, .. } | Principal::Key { reach, .. } => Some(&reach.tags),
        Principal::System(Source::Machine) => None,
    }
}

/// The name under which a principal's idempotency keys and producers are kept.
fn name(principal: &Principal) -> String {
    match principal {
        Principal::User { id, .. } => format!("user:{id}"),
        Principal::Key { id, .. } => format!("key:{id}"),
        Principal::System(Source::Machine) => "system:machine".to_owned(),
    }
}

#[cfg(test)]
mod tests;
