//! One transaction for the batches that were waiting together.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tideboard_model::{Epoch, Event, Nanos, Proof, Serial, StreamName};
use tokio::sync::oneshot;

use super::shared::{Known, QueuePlace, Shared};
use super::{keys, producers};
use crate::admission::Admitted;
use crate::codec::encode;
use crate::keys::Digest;
use crate::random::random;
use crate::stream::{StreamState, max_time};
use crate::window::Windows;
use crate::{Append, AppendError, IdempotencyKey, Receipt};

/// A batch that waits to be written.
pub(super) struct Request {
    pub(super) stream: StreamName,
    pub(super) principal: Arc<str>,
    pub(super) events: Arc<[Event]>,
    pub(super) serials: Vec<Option<Serial>>,
    /// All the events; written as it is when none is left out.
    pub(super) encoded: Vec<u8>,
    pub(super) key: Option<(IdempotencyKey, Digest)>,
    pub(super) reply: oneshot::Sender<Result<Receipt, AppendError>>,
    /// Held until the batch is answered.
    pub(super) _place: QueuePlace,
}

/// What a committed group did.
pub(super) struct Committed {
    /// The streams as they are now.
    pub(super) touched: BTreeMap<StreamName, Known>,
    /// How many producers are remembered now.
    pub(super) producers: usize,
    /// In order.
    pub(super) appends: Vec<Arc<Append>>,
    /// One for each request, in order.
    pub(super) answers: Vec<Result<Receipt, AppendError>>,
}

/// Writes a group: durable when it returns. `producers` are remembered before.
///
/// # Errors
/// Nothing of the group was written.
pub(super) fn commit(
    db: &mut Connection,
    shared: &Shared,
    producers: usize,
    requests: &[Request],
) -> Result<Committed, AppendError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (touched, appends) = (BTreeMap::new(), Vec::new());
    let mut group = Group { db: &transaction, shared, touched, producers, used: 0, appends, created: 0 };
    let mut answers = Vec::with_capacity(requests.len());
    for request in requests {
        answers.push(group.apply(request)?);
    }
    group.forget()?;
    let Group { touched, producers, appends, .. } = group;
    transaction.commit()?;
    Ok(Committed { touched, producers, appends, answers })
}

struct Group<'a> {
    db: &'a Transaction<'a>,
    shared: &'a Shared,
    touched: BTreeMap<StreamName, Known>,
    producers: usize,
    /// How often a producer was used in this group.
    used: usize,
    appends: Vec<Arc<Append>>,
    /// Streams that begin in this group.
    created: usize,
}

/// The outer error undoes the whole group; the inner answer is this batch's alone.
type Applied = Result<Result<Receipt, AppendError>, AppendError>;

impl Group<'_> {
    fn apply(&mut self, request: &Request) -> Applied {
        let options = &self.shared.options;
        let now = (options.clock)();
        let Some(Known { id, mut state }) = self.known(&request.stream)? else {
            return Ok(Err(AppendError::TooManyStreams { limit: options.limits.streams }));
        };
        if let Some((key, digest)) = &request.key {
            let stream = (id, state.end.epoch, &*request.principal);
            if let Some(known) = keys::recall(self.db, stream, key, options.keys.opens(now))? {
                return Ok(if known.digest == *digest { Ok(known.receipt) } else { Err(AppendError::KeyReused) });
            }
        }
        let mut windows = Windows::of(&request.serials);
        producers::recall(self.db, (id, &request.principal), &mut windows, options.keys.opens(now))?;
        let sent = (&request.events, request.serials.as_slice());
        let admitted = state.schema.admit(&request.stream, sent, &mut windows, options.limits);
        self.learn(id, &admitted)?;
        let added = producers::remember(self.db, (id, &request.principal), &windows, now)?;
        self.producers = self.producers.saturating_add(added);
        self.used = self.used.saturating_add(windows.0.len());
        let accepted = admitted.events.len();
        if accepted > 0 {
            let all = accepted == request.events.len();
            let append = state.extend(&request.stream, admitted.events, Proof(random()?), now);
            let fresh = if all { None } else { Some(encode(&append.events)) };
            self.insert(id, &append, state.high_time, fresh.as_ref().unwrap_or(&request.encoded))?;
            self.appends.push(Arc::new(append));
        }
        let (duplicates, refused) = (admitted.duplicates, admitted.refused);
        let receipt = Receipt { position: state.end, accepted, duplicates, refused, replayed: false };
        if let Some((key, digest)) = &request.key {
            keys::remember(self.db, (id, &request.principal), (key, *digest), now, &receipt)?;
            keys::forget(self.db, options.keys, now)?;
        }
        self.touched.insert(request.stream.clone(), Known { id, state });
        Ok(Ok(receipt))
    }

    /// The stream as this transaction sees it, begun if need be; `None` if there are too many.
    fn known(&mut self, stream: &StreamName) -> Result<Option<Known>, AppendError> {
        if let Some(known) = self.touched.get(stream).cloned().or_else(|| self.shared.known(stream)) {
            return Ok(Some(known));
        }
        if self.shared.count().saturating_add(self.created) >= self.shared.options.limits.streams {
            return Ok(None);
        }
        let epoch = Epoch(random()?);
        self.db
            .prepare_cached("INSERT INTO streams (name, epoch) VALUES (?1, ?2)")?
            .execute((stream.as_str(), epoch.0.cast_signed()))?;
        self.created = self.created.saturating_add(1);
        Ok(Some(Known { id: self.db.last_insert_rowid(), state: StreamState::new(epoch) }))
    }

    /// Once for all batches: until then, some of a group's producers are remembered beyond the bounds.
    fn forget(&mut self) -> Result<(), AppendError> {
        if self.used > 0 {
            let options = &self.shared.options;
            let gone = producers::forget(self.db, self.producers, self.used, options)?;
            self.producers = self.producers.saturating_sub(gone);
        }
        Ok(())
    }

    fn learn(&self, stream: i64, admitted: &Admitted) -> Result<(), AppendError> {
        for (field, kind) in &admitted.new_fields {
            self.db.prepare_cached("INSERT INTO fields (stream, name, kind) VALUES (?1, ?2, ?3)")?.execute((
                stream,
                field.as_str(),
                kind.as_str(),
            ))?;
        }
        for tag in &admitted.new_tags {
            self.db
                .prepare_cached("INSERT INTO tags (stream, name) VALUES (?1, ?2)")?
                .execute((stream, tag.as_str()))?;
        }
        Ok(())
    }

    fn insert(&self, stream: i64, append: &Append, high_time: Nanos, encoded: &[u8]) -> Result<(), AppendError> {
        let min_time = append.events.iter().map(|event| event.time).min().unwrap_or_default();
        self.db
            .prepare_cached(
                "INSERT INTO appends (stream, first, last, proof, accepted, min_time, max_time, high_time, events)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute((
                stream,
                append.first.0.cast_signed(),
                append.position.offset.0.cast_signed(),
                append.position.proof.0.cast_signed(),
                append.accepted.0,
                min_time.0,
                max_time(&append.events).0,
                high_time.0,
                encoded,
            ))?;
        Ok(())
    }
}
