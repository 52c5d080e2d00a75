//! From checked events to the log: whose they may be, one batch per stream, and one answer for all.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use tideboard_access::{Action, Principal, Source, allows};
use tideboard_log::{AppendError, Batch, IdempotencyKey, Log, Receipt};
use tideboard_model::{Event, StreamName};
use tokio::task::JoinSet;

use crate::health::Health;
use crate::metrics::Metrics;

/// Takes events on behalf of principals. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ingest {
    log: Arc<dyn Log>,
    metrics: Arc<Metrics>,
    health: Arc<Health>,
}

/// What became of events; durable when it is given out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Accepted {
    /// How many are in the log.
    pub(crate) accepted: usize,
    /// Those that are not, by their place among the events given, with the reason.
    pub(crate) refused: Vec<(usize, String)>,
    /// Whether the principal may write to none of the streams named.
    pub(crate) forbidden: bool,
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
    /// A task of ours broke down.
    #[error("appending broke down")]
    Broken,
}

/// Events of one stream, with their places among all.
#[derive(Default)]
struct Group {
    places: Vec<usize>,
    events: Vec<Event>,
}

type Appended = (Vec<usize>, Result<Receipt, AppendError>);

impl Ingest {
    pub(crate) fn new(log: Arc<dyn Log>, metrics: Arc<Metrics>, health: Arc<Health>) -> Self {
        Self { log, metrics, health }
    }

    /// Appends what the principal may write, in order per stream; the answer comes when all of it is durable.
    pub(crate) async fn accept(
        &self,
        events: Vec<Event>,
        principal: &Principal,
        key: Option<String>,
    ) -> Result<Accepted, AcceptError> {
        let key = key.map(|key| IdempotencyKey::new(&name(principal), &key)).transpose()?;
        let total = events.len();
        let mut answer = Accepted::default();
        let mut appends = JoinSet::new();
        for (stream, group) in by_stream(events) {
            if let Err(denial) = allows(principal, &Action::WriteEvents(stream.clone())).require() {
                answer.refused.extend(group.places.iter().map(|place| (*place, format!("stream {stream}: {denial}"))));
                continue;
            }
            appends.spawn(self.clone().append(Batch { stream, events: group.events, key: key.clone() }, group.places));
        }
        answer.forbidden = total > 0 && answer.refused.len() == total;
        let mut failed = None;
        while let Some(done) = appends.join_next().await {
            let (places, result) = done.or(Err(AcceptError::Broken))?;
            if let Err(error) = answer.add(&places, result) {
                failed = Some(error);
            }
        }
        answer.refused.sort_unstable_by_key(|(place, _)| *place);
        self.metrics.count_events(answer.accepted, answer.refused.len());
        failed.map_or(Ok(answer), |error| Err(error.into()))
    }

    async fn append(self, batch: Batch, places: Vec<usize>) -> Appended {
        let started = Instant::now();
        let result = self.log.append(batch).await;
        self.metrics.append_seconds.observe(started.elapsed().as_secs_f64());
        match &result {
            Ok(_) => {
                self.metrics.appends.inc();
                self.health.write_went_well();
            }
            Err(AppendError::Full | AppendError::Failed(_)) => self.health.write_failed(),
            Err(
                AppendError::Busy | AppendError::Closed | AppendError::KeyReused | AppendError::TooManyStreams { .. },
            ) => {}
        }
        (places, result)
    }
}

impl Accepted {
    fn add(&mut self, places: &[usize], result: Result<Receipt, AppendError>) -> Result<(), AppendError> {
        match result {
            Ok(receipt) => {
                self.accepted += receipt.accepted;
                let refused = receipt.refused.into_iter();
                self.refused.extend(refused.filter_map(|one| Some((*places.get(one.index)?, one.reason.to_string()))));
                Ok(())
            }
            // A limit that concerns this stream alone: the other streams' events are kept.
            Err(error @ AppendError::TooManyStreams { .. }) => {
                self.refused.extend(places.iter().map(|place| (*place, error.to_string())));
                Ok(())
            }
            Err(
                error @ (AppendError::Busy
                | AppendError::Full
                | AppendError::Closed
                | AppendError::KeyReused
                | AppendError::Failed(_)),
            ) => Err(error),
        }
    }
}

fn by_stream(events: Vec<Event>) -> BTreeMap<StreamName, Group> {
    let mut groups: BTreeMap<StreamName, Group> = BTreeMap::new();
    for (place, event) in events.into_iter().enumerate() {
        let group = match groups.get_mut(&event.stream) {
            Some(group) => group,
            None => groups.entry(event.stream.clone()).or_default(),
        };
        group.places.push(place);
        group.events.push(event);
    }
    groups
}

/// The name under which a principal's idempotency keys are kept.
fn name(principal: &Principal) -> String {
    match principal {
        Principal::User { id, .. } => format!("user:{id}"),
        Principal::Key { id, .. } => format!("key:{id}"),
        Principal::System(Source::Machine) => "system:machine".to_owned(),
    }
}
