//! What viewers ask, and the reads that it takes.

use std::future::Future;
use std::sync::Arc;

use tideboard_live::View;
use tideboard_log::{LogError, Verdict as LogVerdict};
use tideboard_model::{Offset, Position, Query, StreamName};
use tideboard_sync::wire::{Closing, Reason, Subscribe};
use tideboard_sync::{Effect, Session, Verdict};
use tokio::time::Instant;

use super::super::hydrate::{hydrate, hydrate_further};
use super::super::proofs::Asked;
use super::super::uses::Opening;
use super::super::viewer::{Outbox, Viewer, ViewerId};
use super::super::{Answer, Event};
use super::{Driver, FILL_EVENTS};

/// Streams of this machine; while one of them is watched it is measured more often.
const HOST_STREAMS: &str = "host.";
/// Viewers return after a restart within so many milliseconds, spread evenly; many take longer.
const RETURN_WITHIN_MS: u64 = 2_000;
/// The first return after so many milliseconds.
const RETURN_FIRST_MS: u64 = 300;

impl Driver {
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Connected(id, outbox) => self.connected(id, outbox),
            Event::Subscribe(id, message, answer) => self.subscribe(id, message, answer),
            Event::Unsubscribe(id, message) => {
                if let Some(viewer) = self.viewers.get_mut(&id) {
                    let effects = viewer.session.unsubscribe(&message.views);
                    self.perform(id, effects);
                    self.watch(id);
                }
            }
            Event::Credit(id, credit) => {
                if self.viewers.get_mut(&id).is_some_and(|viewer| viewer.session.grant(credit.until)) {
                    self.dirty.insert(id);
                }
            }
            Event::Gone(id) => self.gone(id),
            Event::Hydrated(query, read) => self.hydrated(&query, read),
            Event::Verified(stream, position, verdict) => self.verified(&stream, position, verdict),
            Event::Filled(stream, appends) => self.filled(stream, appends),
            Event::Close(_) => unreachable!("the loop ends with it"),
        }
    }

    fn connected(&mut self, id: ViewerId, outbox: Box<dyn Outbox>) {
        let now = (self.clock)();
        let session = Session::new(self.session, now);
        if outbox.hello(&session.hello(now)).is_err() {
            tracing::debug!(viewer = id.number(), "gone before it was greeted");
        }
        self.viewers.insert(id, Viewer::new(session, outbox));
        self.metrics.sessions.inc();
    }

    fn subscribe(&mut self, id: ViewerId, message: Subscribe, answer: Answer) {
        let Some(viewer) = self.viewers.get_mut(&id) else { return };
        let (subscribed, effects) = viewer.session.subscribe(message);
        answer(&subscribed);
        // First who watches, then the effects: a view that is open already is told at once.
        self.watch(id);
        self.perform(id, effects);
        self.dirty.insert(id);
    }

    fn gone(&mut self, id: ViewerId) {
        if let Some(mut viewer) = self.viewers.remove(&id) {
            let effects = viewer.session.close();
            self.perform(id, effects);
            self.watch(id);
            self.dirty.remove(&id);
            self.metrics.sessions.dec();
        }
    }

    /// Notes which streams a viewer watches now.
    fn watch(&mut self, id: ViewerId) {
        self.watchers.retain(|_, watchers| {
            watchers.remove(&id);
            !watchers.is_empty()
        });
        for stream in self.viewers.get(&id).into_iter().flat_map(|viewer| viewer.session.streams()) {
            self.watchers.entry(stream.clone()).or_default().insert(id);
        }
        let watched = self.watchers.keys().any(|stream| stream.as_str().starts_with(HOST_STREAMS));
        self.watched.send_if_modified(|now| std::mem::replace(now, watched) != watched);
    }

    pub(super) fn perform(&mut self, id: ViewerId, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Open(query) => self.open(id, query),
                Effect::Close(query) => self.uses.close(&query, Instant::now()),
                Effect::Verify(stream, position) => self.verify(id, stream, position),
            }
        }
    }

    fn open(&mut self, id: ViewerId, query: Arc<Query>) {
        let opening = self.uses.open(&query);
        let session = self.viewers.get_mut(&id).map(|viewer| &mut viewer.session);
        match (opening, session) {
            (None, _) => self.read(query),
            (Some((Opening::Open, shared)), Some(session)) => {
                if let Some(view) = self.engine.find(&shared) {
                    session.opened(&shared, view);
                }
            }
            (Some((Opening::Absent, _)), Some(session)) => session.absent(&query),
            (Some((Opening::Reading, _)), _) | (Some(_), None) => {}
        }
    }

    /// Reads a view from the log.
    pub(super) fn read(&mut self, query: Arc<Query>) {
        self.uses.note(&query, Opening::Reading);
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        self.spawn(async move {
            let read = hydrate(log, clock, Arc::clone(&query)).await;
            Event::Hydrated(query, read)
        });
    }

    pub(super) fn read_further(&mut self, view: View, query: Arc<Query>, at: Offset) {
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        self.spawn(async move {
            let read = hydrate_further(log, clock, view, Arc::clone(&query), at).await;
            Event::Hydrated(query, read)
        });
    }

    /// Reads a view whose stream did not exist if it exists by now.
    pub(super) fn look_again(&mut self, query: &Arc<Query>) {
        let (log, clock, query) = (Arc::clone(&self.log), Arc::clone(&self.clock), Arc::clone(query));
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move {
            if let Ok(Some(_)) = log.end(&query.stream).await {
                let read = hydrate(log, clock, Arc::clone(&query)).await;
                tell(&mailbox, Event::Hydrated(query, read)).await;
            }
        });
    }

    pub(super) fn read_after(&mut self, stream: StreamName, after: Offset) {
        let log = Arc::clone(&self.log);
        self.spawn(async move {
            let appends = log.read(&stream, after, FILL_EVENTS).await;
            Event::Filled(stream, appends)
        });
    }

    fn verify(&mut self, id: ViewerId, stream: StreamName, position: Position) {
        match self.proofs.ask(id, &stream, position, Instant::now()) {
            Asked::Known(verdict) => {
                if let Some(viewer) = self.viewers.get_mut(&id) {
                    viewer.session.verified(&stream, verdict);
                }
            }
            Asked::Already => {}
            Asked::First => {
                let log = Arc::clone(&self.log);
                self.spawn(async move {
                    let verdict = log.verify(&stream, position).await;
                    let verdict = verdict.map_or_else(|error| unverified(&error), judged);
                    Event::Verified(stream, position, verdict)
                });
            }
        }
    }

    fn verified(&mut self, stream: &StreamName, position: Position, verdict: Verdict) {
        for id in self.proofs.judged(stream, position, verdict, Instant::now()) {
            if let Some(viewer) = self.viewers.get_mut(&id) {
                viewer.session.verified(stream, verdict);
                self.dirty.insert(id);
            }
        }
    }

    fn spawn(&self, reading: impl Future<Output = Event> + Send + 'static) {
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move { tell(&mailbox, reading.await).await });
    }

    /// Tells every viewer when to return, each another time.
    pub(super) fn close(&mut self) {
        let viewers = self.viewers.len().max(1) as u64;
        let within_ms = RETURN_WITHIN_MS.max(viewers * 1_000 / u64::from(self.connects_per_second));
        for (place, (id, viewer)) in self.viewers.iter().enumerate() {
            let reconnect_after_ms = RETURN_FIRST_MS + place as u64 * within_ms / viewers;
            if viewer.outbox.closing(&Closing { reconnect_after_ms }).is_err() {
                tracing::debug!(viewer = id.number(), "gone before it was told to return");
            }
        }
    }
}

async fn tell(mailbox: &tokio::sync::mpsc::WeakSender<Event>, event: Event) {
    // A mailbox that nobody holds any more belongs to an engine that has stopped.
    if let Some(mailbox) = mailbox.upgrade()
        && mailbox.send(event).await.is_err()
    {
        tracing::trace!("the engine stopped before its read came back");
    }
}

/// The log's verdict in the words of sessions and feeds.
pub(crate) fn judged(verdict: LogVerdict) -> Verdict {
    match verdict {
        LogVerdict::Proved => Verdict::Proved,
        LogVerdict::WrongEpoch => Verdict::Refused(Reason::Epoch),
        LogVerdict::Ahead => Verdict::Refused(Reason::Ahead),
        LogVerdict::Unproved => Verdict::Refused(Reason::Unproved),
        LogVerdict::Expired => Verdict::Refused(Reason::Expired),
    }
}

fn unverified(error: &LogError) -> Verdict {
    tracing::error!(%error, "could not verify a position: its views are sent whole");
    Verdict::Refused(Reason::Unproved)
}
