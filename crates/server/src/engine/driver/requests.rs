//! What viewers ask.

use tideboard_sync::wire::{Closing, Subscribe};
use tideboard_sync::{Effect, Session};
use tokio::time::Instant;

use super::super::viewer::{Outbox, Viewer, ViewerId};
use super::super::{Answer, Event};
use super::Driver;

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
            Event::Presented(question, answer) => self.presented(&question, answer),
            Event::Judged(stream, position, answer) => self.judged(&stream, position, answer),
            Event::Filled(stream, answer) => self.filled(&stream, answer),
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
                Effect::Verify(stream, position) => self.verify(id, &stream, position),
            }
        }
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
