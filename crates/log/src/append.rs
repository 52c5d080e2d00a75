//! What goes into the log, and what comes out: batches, appends, receipts.

use std::sync::Arc;

use tideboard_model::{Event, Millis, Offset, Position, Proof, Serial, StreamName};

use crate::{BadKey, Refusal};

/// One batch for one stream: appended in one piece, or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Batch {
    /// Where it goes.
    pub stream: StreamName,
    /// On whose behalf: keys and producers of different principals have nothing to do with each other.
    pub principal: Arc<str>,
    /// In order. An event that names another stream is refused.
    pub events: Vec<Event>,
    /// Recognises each event of a retry, however the producer cut its batches: by the event's place. A place past the
    /// end has none, so that a batch without producers costs nothing.
    pub serials: Vec<Option<Serial>>,
    /// Recognises a retry of the whole batch. Looked at before the serials.
    pub key: Option<IdempotencyKey>,
}

/// Names a batch, so that a retry of it is recognised. Scoped per principal and stream.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdempotencyKey(Arc<str>);

impl IdempotencyKey {
    /// Longest key.
    pub const MAX_BYTES: usize = 256;

    /// A key of 1 to 256 bytes.
    ///
    /// # Errors
    /// [`BadKey`] if the key is empty or longer.
    pub fn new(key: &str) -> Result<Self, BadKey> {
        if key.is_empty() || key.len() > Self::MAX_BYTES {
            return Err(BadKey { bytes: key.len() });
        }
        Ok(Self(key.into()))
    }

    /// The key as the principal chose it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What one commit appended for one batch; never empty. Shared by reference.
#[derive(Debug, Clone, PartialEq)]
pub struct Append {
    /// Which stream.
    pub stream: StreamName,
    /// The first event's offset.
    pub first: Offset,
    /// The proof of the append before this one, or of the stream's start: what follows on a position names its proof.
    pub previous: Proof,
    /// The last event's offset, with the proof that the log issued it.
    pub position: Position,
    /// When the log took it, by the log's clock.
    pub accepted: Millis,
    /// The events, at dense offsets from `first`.
    pub events: Arc<[Event]>,
}

impl Append {
    /// Where the stream stood before.
    #[must_use]
    pub fn before(&self) -> Offset {
        Offset(self.first.0.saturating_sub(1))
    }

    /// Each event with its offset.
    pub fn offsets(&self) -> impl Iterator<Item = (Offset, &Event)> {
        self.events.iter().enumerate().map(|(index, event)| (self.first.plus(index), event))
    }
}

/// What became of a batch. Durable when it is given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The append's end; the stream's end at that moment if nothing was appended.
    pub position: Position,
    /// How many events were appended.
    pub accepted: usize,
    /// How many events were appended earlier, by their serials.
    pub duplicates: usize,
    /// The events that are not in the log, by rising index.
    pub refused: Vec<Refused>,
    /// Whether this is the receipt of an earlier batch with the same key: nothing was appended now.
    pub replayed: bool,
}

/// One event that was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why.
    pub reason: Refusal,
}
