//! The loop: takes in events and commits, keeps views at the log's end, and flushes.

mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tideboard_live::{Committed, Engine, View};
use tideboard_log::{Append, Appends, Clock, Commit, Log, LogError};
use tideboard_model::{Offset, Position, Problem, ProblemCode, Query, StreamName};
use tideboard_sync::{Encoder, Outgoing, Session, Settings as SessionSettings};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

pub(crate) use self::requests::judged;

use super::flush_pace::FlushPace;
use super::proofs::Proofs;
use super::under_way::UnderWay;
use super::uses::{Opening, Uses};
use super::viewer::{Message, Progress, Viewer, ViewerId};
use super::{Event, Settings};
use crate::metrics::Metrics;

/// How often views follow the clock.
const SLIDE_EVERY: Duration = Duration::from_millis(100);
/// Commits taken in before viewers get a turn.
const COMMITS_AT_ONCE: usize = 64;
/// Events read at once to fill a gap.
const FILL_EVENTS: usize = 10_000;
/// Longer frames come in several messages. A connection keeps a buffer as long as what it ever had to send at once, for
/// as long as it lasts: so it is handed no more than this before that is written.
const MESSAGE_BYTES: usize = 4 * 1024;

pub(super) struct Driver {
    log: Arc<dyn Log>,
    clock: Clock,
    metrics: Arc<Metrics>,
    /// For reads that answer later; weak, so that the engine stops when nobody can reach it any more.
    mailbox: mpsc::WeakSender<Event>,
    watched: watch::Sender<bool>,
    session: SessionSettings,
    engine: Engine,
    encoder: Encoder,
    uses: Uses,
    viewers: BTreeMap<ViewerId, Viewer>,
    /// Viewers by the streams they have views of.
    watchers: BTreeMap<StreamName, BTreeSet<ViewerId>>,
    /// Viewers that may have something to be told.
    dirty: BTreeSet<ViewerId>,
    under_way: UnderWay,
    proofs: Proofs,
    /// Streams whose missing appends are being read; true if more went by meanwhile.
    filling: BTreeMap<StreamName, bool>,
    connects_per_second: u32,
    pace: FlushPace,
    next_slide: Instant,
}

impl Driver {
    pub(super) fn new(
        log: Arc<dyn Log>,
        clock: Clock,
        metrics: Arc<Metrics>,
        settings: Settings,
        mailbox: mpsc::WeakSender<Event>,
        watched: watch::Sender<bool>,
    ) -> Self {
        let session = SessionSettings { max_message_bytes: MESSAGE_BYTES, ..SessionSettings::default() };
        let now = Instant::now();
        Self {
            log,
            clock,
            metrics,
            mailbox,
            watched,
            session,
            engine: Engine::new(),
            encoder: Encoder::new(session.max_message_bytes / 2),
            uses: Uses::default(),
            viewers: BTreeMap::new(),
            watchers: BTreeMap::new(),
            dirty: BTreeSet::new(),
            under_way: UnderWay::new(now),
            proofs: Proofs::default(),
            filling: BTreeMap::new(),
            connects_per_second: settings.connects_per_second,
            pace: FlushPace::new(settings.flush_spacing, now),
            next_slide: now + SLIDE_EVERY,
        }
    }

    pub(super) async fn run(mut self, mut events: mpsc::Receiver<Event>) {
        let mut commits = self.log.commits();
        loop {
            let wake = self.wake();
            tokio::select! {
                event = events.recv() => match event {
                    None => return,
                    Some(Event::Close(done)) => {
                        self.close();
                        if done.send(()).is_err() {
                            tracing::debug!("nobody waits for the engine to stop");
                        }
                        return;
                    }
                    Some(event) => self.handle(event),
                },
                commit = commits.recv() => self.take(commit),
                () = tokio::time::sleep_until(wake) => {}
            }
            self.take_more(&mut commits);
            let now = Instant::now();
            if now >= self.next_slide {
                self.slide(now);
            }
            let writing = self.under_way.take(now);
            if !writing.is_empty() {
                let moved = writing.into_iter().fold(false, |any, id| self.deliver(id) | any);
                self.under_way.looked_after(moved);
            }
            if !self.dirty.is_empty() && now >= self.pace.next() {
                self.flush(now);
            }
        }
    }

    /// When there is something to do, whatever happens.
    fn wake(&self) -> Instant {
        let flush = (!self.dirty.is_empty()).then(|| self.pace.next());
        flush.into_iter().chain(self.under_way.next()).fold(self.next_slide, Instant::min)
    }

    /// What was committed meanwhile, up to a bound, so that one flush tells of all of it.
    fn take_more(&mut self, commits: &mut broadcast::Receiver<Commit>) {
        for _ in 0..COMMITS_AT_ONCE {
            match commits.try_recv() {
                Ok(commit) => self.take(Ok(commit)),
                Err(TryRecvError::Lagged(missed)) => self.take(Err(RecvError::Lagged(missed))),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn take(&mut self, commit: Result<Commit, RecvError>) {
        match commit {
            Ok(Commit::Append(append)) => self.apply(&append),
            Ok(Commit::Trim(mark)) => self.engine.trim(&mark.stream, mark.retained_from),
            Ok(Commit::Uncertain(stream)) => self.fill(stream),
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "the log is faster than its views: reading what went by");
                let streams: Vec<_> = self.watchers.keys().cloned().collect();
                streams.into_iter().for_each(|stream| self.fill(stream));
            }
            // The log has closed: nothing more will come, viewers keep what they have.
            Err(RecvError::Closed) => {}
        }
    }

    fn apply(&mut self, append: &Append) {
        if let Some(missed) = self.filling.get_mut(&append.stream) {
            *missed = true;
            return;
        }
        let absent = self.uses.absent(append.stream.as_str());
        absent.into_iter().for_each(|query| self.read(query));
        match self.engine.apply(&append.stream, &committed(append)) {
            Ok(true) => {
                let lag = (self.clock)().0.saturating_sub(append.accepted.0);
                self.metrics.fold_lag_seconds.observe(Duration::from_millis(lag.unsigned_abs()).as_secs_f64());
                self.touch(&append.stream);
            }
            Ok(false) => {}
            Err(gap) => {
                tracing::debug!(stream = %append.stream, after = %gap.after, "appends went by: reading them");
                self.fill(append.stream.clone());
            }
        }
    }

    /// Cells of a stream changed: who watches it may be told.
    fn touch(&mut self, stream: &StreamName) {
        self.encoder.clear();
        if let Some(watchers) = self.watchers.get(stream) {
            self.dirty.extend(watchers);
        }
    }

    /// Reads the appends that the engine lacks of a stream.
    fn fill(&mut self, stream: StreamName) {
        if let Some(missed) = self.filling.get_mut(&stream) {
            *missed = true;
            return;
        }
        let Some(after) = self.engine.applied_offset(&stream) else { return };
        self.filling.insert(stream.clone(), false);
        self.read_after(stream, after);
    }

    fn filled(&mut self, stream: StreamName, appends: Appends) {
        let missed = self.filling.remove(&stream).unwrap_or_default();
        let appends = match appends {
            Ok(appends) => appends,
            Err(error) => {
                // The next append shows the gap again.
                tracing::error!(%stream, %error, "could not read what views lack");
                return;
            }
        };
        for append in &appends {
            if let Err(gap) = self.engine.apply(&stream, &committed(append)) {
                return self.reopen(&stream, gap.after.offset);
            }
        }
        if !appends.is_empty() {
            self.touch(&stream);
        }
        if missed || !appends.is_empty() {
            self.fill(stream);
        }
    }

    /// Retention took appends before they were folded: the stream's views are read anew.
    fn reopen(&mut self, stream: &StreamName, after: Offset) {
        tracing::warn!(%stream, %after, "views fell behind retention: reading them anew");
        let of_stream = self.engine.views().filter(|(_, view)| view.query().stream == *stream);
        let views: Vec<_> = of_stream.map(|(id, view)| (id, Arc::clone(view.query()))).collect();
        for (id, query) in views {
            self.engine.close(id);
            self.viewers.values_mut().for_each(|viewer| viewer.session.reopening(&query));
            self.read(query);
        }
    }

    fn hydrated(&mut self, query: &Arc<Query>, read: Result<Option<(Box<View>, Position)>, LogError>) {
        match read {
            Ok(Some((view, at))) => self.join(query, *view, at),
            Ok(None) => {
                if self.uses.note(query, Opening::Absent) {
                    self.each_watching(query, |session, query| session.absent(query));
                }
                // It may have appeared since it was looked for.
                self.look_again(query);
            }
            Err(error) => {
                tracing::error!(stream = %query.stream, %error, "could not read a view");
                let problem = Problem::new(ProblemCode::StorageFailed, "the view could not be read from the log");
                self.uses.forget(query);
                self.refuse(query, &problem);
            }
        }
    }

    fn join(&mut self, query: &Arc<Query>, view: View, at: Position) {
        if !self.uses.note(query, Opening::Open) {
            return;
        }
        match self.engine.join(view, at) {
            Ok(id) => {
                self.each_watching(query, |session, query| session.opened(query, id));
                // Appends may have gone by while the stream had no views here.
                self.fill(query.stream.clone());
            }
            Err(view) => {
                self.uses.note(query, Opening::Reading);
                self.read_further(*view, Arc::clone(query), at.offset);
            }
        }
        self.metrics.views.set(i64::try_from(self.engine.views().count()).unwrap_or(i64::MAX));
    }

    fn each_watching(&mut self, query: &Arc<Query>, mut tell: impl FnMut(&mut Session, &Arc<Query>)) {
        for id in self.watchers.get(&query.stream).into_iter().flatten() {
            if let Some(viewer) = self.viewers.get_mut(id) {
                tell(&mut viewer.session, query);
                self.dirty.insert(*id);
            }
        }
    }

    fn refuse(&mut self, query: &Query, problem: &Problem) {
        let watching: Vec<_> = self.watchers.get(&query.stream).into_iter().flatten().copied().collect();
        for id in watching {
            let Some(viewer) = self.viewers.get_mut(&id) else { continue };
            let (problems, effects) = viewer.session.refused(query, problem);
            self.send(id, Outgoing { problems, effects, frame: Vec::new() });
        }
    }

    fn slide(&mut self, now: Instant) {
        self.next_slide = now + SLIDE_EVERY;
        self.proofs.forget(now);
        let changed = self.engine.slide((self.clock)());
        // Windows have moved even where no total has.
        self.encoder.clear();
        changed.iter().for_each(|stream| self.touch(stream));
        for query in self.uses.expire(now) {
            if let Some(id) = self.engine.find(&query) {
                self.engine.close(id);
            }
        }
        self.metrics.views.set(i64::try_from(self.engine.views().count()).unwrap_or(i64::MAX));
    }

    fn flush(&mut self, started: Instant) {
        let now = (self.clock)();
        let mut delivered = false;
        for id in std::mem::take(&mut self.dirty) {
            let Some(viewer) = self.viewers.get_mut(&id) else { continue };
            if viewer.is_busy() {
                // Nothing is queued behind a frame: the next one covers what came meanwhile.
                delivered = true;
                self.deliver(id);
                self.dirty.insert(id);
                continue;
            }
            let outgoing = viewer.session.flush(&self.engine, &mut self.encoder, now);
            delivered |= !outgoing.frame.is_empty();
            self.send(id, outgoing);
        }
        if !delivered {
            // Nobody had to be told anything: the next event is not to wait for it.
            return;
        }
        let ended = Instant::now();
        self.metrics.flush_seconds.observe(ended.saturating_duration_since(started).as_secs_f64());
        self.pace.flushed(started, ended);
    }

    fn send(&mut self, id: ViewerId, outgoing: Outgoing) {
        self.perform(id, outgoing.effects);
        if let Some(viewer) = self.viewers.get_mut(&id) {
            viewer.send(outgoing.problems.into_iter().map(Message::Problem));
            viewer.send(outgoing.frame.into_iter().map(Message::Frame));
            self.deliver(id);
        }
    }

    /// Hands over what a viewer's connection has room for, the rest later; whether anything was handed over.
    fn deliver(&mut self, id: ViewerId) -> bool {
        let Some(viewer) = self.viewers.get_mut(&id) else { return false };
        let (delivered, progress) = viewer.deliver(MESSAGE_BYTES);
        self.metrics.frames.inc_by(delivered.frames);
        self.metrics.frame_bytes.inc_by(delivered.bytes);
        match progress {
            Progress::Done => {}
            Progress::Share => self.under_way.add(id),
            Progress::Full => {
                self.dirty.insert(id);
            }
            // It is told so apart from this.
            Progress::Gone => tracing::trace!(viewer = id.number(), "the connection is gone"),
        }
        delivered.messages > 0
    }
}

/// An append as views and feeds take it.
pub(crate) fn committed(append: &Append) -> Committed {
    Committed {
        first: append.first,
        previous: append.previous,
        position: append.position,
        accepted: append.accepted,
        events: Arc::clone(&append.events),
    }
}
