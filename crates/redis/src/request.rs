//! A batch on its way into the log.

use std::sync::Arc;

use tideboard_log::implement::Digest;
use tideboard_log::{AppendError, IdempotencyKey, Receipt, Refused};
use tideboard_model::{Epoch, Event, Millis, Offset, Proof, Serial, StreamName};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::shared::QueuePlace;

/// A batch that waits to be written.
pub(crate) struct Request {
    pub(crate) stream: StreamName,
    pub(crate) principal: Arc<str>,
    pub(crate) events: Arc<[Event]>,
    pub(crate) serials: Vec<Option<Serial>>,
    /// All the events; written as it is when none is left out.
    pub(crate) encoded: Vec<u8>,
    pub(crate) key: Option<(IdempotencyKey, Digest)>,
    /// It is answered by then, one way or another.
    pub(crate) deadline: Instant,
    pub(crate) reply: oneshot::Sender<Result<Receipt, AppendError>>,
    /// Held until the batch is answered.
    pub(crate) place: QueuePlace,
}

/// A request that a writer works on.
pub(crate) struct Pending {
    pub(crate) request: Request,
    /// What was sent of it and may have been done.
    pub(crate) sent: Option<Sent>,
}

/// A batch as it was sent.
pub(crate) struct Sent {
    pub(crate) proof: Proof,
    pub(crate) epoch: Epoch,
    /// The append stands behind this offset, if it stands.
    pub(crate) after: Offset,
    pub(crate) accepted: Millis,
    /// The events to append.
    pub(crate) events: Arc<[Event]>,
    pub(crate) duplicates: usize,
    pub(crate) refused: Vec<Refused>,
}

impl Request {
    pub(crate) fn answer(self, answer: Result<Receipt, AppendError>) {
        // Room first: whoever is answered may send the next batch at once. Whoever went away finds its answer by its key.
        drop(self.place);
        drop(self.reply.send(answer));
    }
}
