//! Views on their way: read from the log, joined to their stream, given up.

use std::future::Future;
use std::sync::Arc;

use tideboard_live::View;
use tideboard_log::LogError;
use tideboard_model::{Position, Problem, ProblemCode, Query, StreamName};
use tideboard_sync::Outgoing;
use tokio::time::Instant;

use super::super::Event;
use super::super::hydrate::{hydrate, hydrate_further};
use super::super::uses::Opening;
use super::super::viewer::ViewerId;
use super::Driver;

impl Driver {
    /// One use more of a view.
    pub(super) fn open(&mut self, id: ViewerId, query: Arc<Query>) {
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
        // Before it is read, so that nothing goes by in between.
        let stream = query.stream.clone();
        self.attended.entry(stream).or_insert_with_key(|stream| self.log.attend(stream));
        self.uses.note(&query, Opening::Reading);
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        self.spawn(async move {
            let read = hydrate(log, clock, Arc::clone(&query)).await;
            Event::Hydrated(query, read)
        });
    }

    fn read_further(&mut self, view: View, query: Arc<Query>, at: Position) {
        let (log, clock) = (Arc::clone(&self.log), Arc::clone(&self.clock));
        self.spawn(async move { Event::Hydrated(query, hydrate_further(log, clock, view, at).await) });
    }

    /// Reads a view whose stream did not exist if it exists by now.
    fn look_again(&mut self, query: &Arc<Query>) {
        let (log, clock, query) = (Arc::clone(&self.log), Arc::clone(&self.clock), Arc::clone(query));
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move {
            let read = match log.end(&query.stream).await {
                Ok(None) => return,
                Ok(Some(_)) => hydrate(log, clock, Arc::clone(&query)).await,
                Err(error) => Err(error),
            };
            tell(&mailbox, Event::Hydrated(query, read)).await;
        });
    }

    pub(super) fn hydrated(&mut self, query: &Arc<Query>, read: Result<Option<(Box<View>, Position)>, LogError>) {
        match read {
            Ok(Some((view, at))) => self.join(query, *view, at),
            // It was read twice, and this is the older word, or the newer one: then its stream is in doubt.
            Ok(None) if self.engine.find(query).is_some() => {
                let need = self.footing.doubt(&self.engine, &query.stream);
                self.follow_up(&query.stream, need);
            }
            Ok(None) => {
                if self.uses.note(query, Opening::Absent) {
                    self.each_watching(query, |session, query| session.absent(query));
                }
                // It may have appeared since it was looked for.
                self.look_again(query);
            }
            Err(error) if error.is_transient() => {
                self.unanswered(&query.stream, &error);
                if self.uses.note(query, Opening::Reading) {
                    self.unread.insert(Arc::clone(query));
                }
            }
            Err(error) => {
                tracing::error!(stream = %query.stream, %error, "could not read a view");
                let problem = Problem::new(ProblemCode::StorageFailed, "the view could not be read from the log");
                self.uses.forget(query);
                self.refuse(query, &problem);
                self.let_go(&query.stream);
            }
        }
    }

    fn join(&mut self, query: &Arc<Query>, view: View, at: Position) {
        if !self.uses.note(query, Opening::Open) {
            return self.let_go(&query.stream);
        }
        let stream = &query.stream;
        match self.engine.join(view, at) {
            Ok(id) => {
                self.each_watching(query, |session, query| session.opened(query, id));
                // Appends may have gone by while the stream had no views here, and what was read may be no more.
                let need = self.footing.doubt(&self.engine, stream);
                self.follow_up(stream, need);
                let waiting = self.proofs.waiting(&self.engine, Some(stream));
                waiting.into_iter().for_each(|question| self.present(question));
            }
            Err(view) => {
                self.uses.note(query, Opening::Reading);
                self.read_further(*view, Arc::clone(query), at);
            }
        }
        self.metrics.views.set(i64::try_from(self.engine.views().count()).unwrap_or(i64::MAX));
    }

    fn refuse(&mut self, query: &Query, problem: &Problem) {
        for id in self.watching(&query.stream) {
            let Some(viewer) = self.viewers.get_mut(&id) else { continue };
            let (problems, effects) = viewer.session.refused(query, problem);
            self.send(id, Outgoing { problems, effects, frame: Vec::new() });
        }
    }

    /// Closes views that nobody has used for a while.
    pub(super) fn expire(&mut self, now: Instant) {
        for query in self.uses.expire(now) {
            if let Some(id) = self.engine.find(&query) {
                self.engine.close(id);
            }
            self.let_go(&query.stream);
        }
    }

    /// Ends what is kept of a stream without views.
    fn let_go(&mut self, stream: &StreamName) {
        if self.engine.applied(stream).is_none() {
            self.footing.forget(stream);
            self.proofs.doubt(stream);
        }
        if !self.uses.any_of(stream) {
            self.attended.remove(stream);
        }
    }

    pub(super) fn spawn(&self, reading: impl Future<Output = Event> + Send + 'static) {
        let mailbox = self.mailbox.clone();
        tokio::spawn(async move { tell(&mailbox, reading.await).await });
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
