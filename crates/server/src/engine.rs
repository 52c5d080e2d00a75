//! The engine's task: one actor owns the views and the sessions, is told what happened through one closed list of
//! events, and flushes to viewers: at once after quiet, else spaced.

mod driver;
mod flush_pace;
mod hydrate;
#[cfg(test)]
mod tests;
mod under_way;
mod uses;
mod viewer;

use std::sync::Arc;
use std::time::Duration;

use tideboard_live::{Committed, View};
use tideboard_log::{Clock, Log, LogError};
use tideboard_model::{Nanos, Position, Query, StreamName};
use tideboard_sync::wire::{Credit, Subscribe, Subscribed, Unsubscribe};
use tideboard_sync::{Question, Verdict};
use tokio::sync::{mpsc, oneshot, watch};

pub(crate) use driver::{committed, judged};
pub(crate) use viewer::{Outbox, Undelivered, ViewerId, Writes};

use crate::metrics::Metrics;

/// Messages from sockets and reads that may wait for the engine.
const MAILBOX: usize = 4096;

/// What the engine goes by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Least time between two flushes.
    pub(crate) flush_spacing: Duration,
    /// How many viewers are let in a second when many return at once.
    pub(crate) connects_per_second: u32,
}

/// Every reason for the engine to work, commits and the clock apart.
enum Event {
    /// A viewer has connected.
    Connected(ViewerId, Box<dyn Outbox>),
    /// A viewer asks for views; the answer goes out before any frame.
    Subscribe(ViewerId, Subscribe, Answer),
    /// A viewer closes views.
    Unsubscribe(ViewerId, Unsubscribe),
    /// A viewer grants frames.
    Credit(ViewerId, Credit),
    /// A viewer has gone.
    Gone(ViewerId),
    /// A view was read up to a position; or its stream does not exist; or reading failed.
    Hydrated(Arc<Query>, Result<Option<(Box<View>, Position)>, LogError>),
    /// The log has judged a position that viewers presented, and where the views stood.
    Presented(Question, Result<(Verdict, Verdict), LogError>),
    /// The log has judged where a stream's views stand.
    Judged(StreamName, Position, Result<Verdict, LogError>),
    /// Appends that the engine lacked, and from when on the stream is retained.
    Filled(StreamName, Result<(Vec<Committed>, Option<Nanos>), LogError>),
    /// The server stops: viewers are told when to return.
    Close(oneshot::Sender<()>),
}

/// Delivers the acknowledgement of a subscription.
pub(crate) type Answer = Box<dyn FnOnce(&Subscribed) + Send>;

/// The engine as everyone else knows it. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EngineHandle {
    mailbox: mpsc::Sender<Event>,
    watched: watch::Receiver<bool>,
}

/// The engine has more to do than fits in its mailbox, or has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine is too busy, or has stopped")]
pub(crate) struct Busy;

impl EngineHandle {
    /// Whether anyone watches this machine's own streams (`host.…`).
    pub(crate) fn watched(&self) -> watch::Receiver<bool> {
        self.watched.clone()
    }

    /// Whether the engine runs.
    pub(crate) fn is_alive(&self) -> bool {
        !self.mailbox.is_closed()
    }

    pub(crate) fn connected(&self, viewer: ViewerId, outbox: Box<dyn Outbox>) -> Result<(), Busy> {
        self.tell(Event::Connected(viewer, outbox))
    }

    pub(crate) fn subscribe(&self, viewer: ViewerId, message: Subscribe, answer: Answer) -> Result<(), Busy> {
        self.tell(Event::Subscribe(viewer, message, answer))
    }

    pub(crate) fn unsubscribe(&self, viewer: ViewerId, message: Unsubscribe) -> Result<(), Busy> {
        self.tell(Event::Unsubscribe(viewer, message))
    }

    pub(crate) fn credit(&self, viewer: ViewerId, credit: Credit) -> Result<(), Busy> {
        self.tell(Event::Credit(viewer, credit))
    }

    /// Waits for a place in the mailbox: a viewer that has gone must not be forgotten.
    pub(crate) async fn gone(&self, viewer: ViewerId) {
        if self.mailbox.send(Event::Gone(viewer)).await.is_err() {
            tracing::trace!("the engine stopped before the viewer left");
        }
    }

    /// Tells every viewer when to return, and stops.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.mailbox.send(Event::Close(done)).await.is_ok() && closed.await.is_err() {
            tracing::warn!("the engine stopped without an answer");
        }
    }

    fn tell(&self, event: Event) -> Result<(), Busy> {
        self.mailbox.try_send(event).map_err(|_full_or_closed| Busy)
    }
}

/// Starts the engine.
pub(crate) fn spawn(log: Arc<dyn Log>, clock: Clock, metrics: Arc<Metrics>, settings: Settings) -> EngineHandle {
    let (mailbox, events) = mpsc::channel(MAILBOX);
    let (watched_by, watched) = watch::channel(false);
    let handle = EngineHandle { mailbox: mailbox.clone(), watched };
    let driver = driver::Driver::new(log, clock, metrics, settings, mailbox.downgrade(), watched_by);
    tokio::spawn(driver.run(events));
    handle
}
