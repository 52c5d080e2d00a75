//! The loop: takes in events and commits, keeps views at the log's end, and flushes.

mod doubt;
mod opening;
mod requests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tideboard_live::{Committed, Engine};
use tideboard_log::{Append, Attention, Clock, Commit, Log, Standing};
use tideboard_model::{Query, StreamName};
use tideboard_sync::{Encoder, Footing, Outgoing, Proofs, Session, Settings as SessionSettings};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{broadcast, mpsc, watch};
use tokio::time::Instant;

pub(crate) use self::doubt::judged;

use super::flush_pace::FlushPace;
use super::under_way::UnderWay;
use super::uses::Uses;
use super::viewer::{Message, Progress, Viewer, ViewerId};
use super::{Event, Settings};
use crate::metrics::Metrics;

/// How often views follow the clock.
const SLIDE_EVERY: Duration = Duration::from_millis(100);
/// Commits taken in before viewers get a turn.
const COMMITS_AT_ONCE: usize = 64;
/// How long it is remembered that the log proved a position.
const PROOFS_REMEMBERED: Duration = Duration::from_secs(2);
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
    proofs: Proofs<ViewerId>,
    proofs_age: Instant,
    footing: Footing,
    /// Streams of which the log tells, because they are watched here.
    attended: BTreeMap<StreamName, Attention>,
    standing: watch::Receiver<Standing>,
    /// Views that could not be read, and are to be read once more.
    unread: BTreeSet<Arc<Query>>,
    /// The log left the last question unanswered.
    unanswered: bool,
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
            standing: log.standing(),
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
            proofs_age: now,
            footing: Footing::new(),
            attended: BTreeMap::new(),
            unread: BTreeSet::new(),
            unanswered: false,
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
            Ok(Commit::Appends(appends)) => appends.iter().for_each(|append| self.commit(append)),
            Ok(Commit::Trim(mark)) => self.engine.trim(&mark.stream, mark.retained_from),
            Ok(Commit::Uncertain(stream)) => self.uncertain(&stream),
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "the log is faster than its views: reading what went by");
                // That something is uncertain may have gone by as well.
                let streams: Vec<_> = self.attended.keys().cloned().collect();
                streams.iter().for_each(|stream| self.uncertain(stream));
            }
            // The log has closed: nothing more will come, viewers keep what they have.
            Err(RecvError::Closed) => {}
        }
    }

    /// Cells of a stream changed: who watches it may be told.
    fn touch(&mut self, stream: &StreamName) {
        self.encoder.clear();
        if let Some(watchers) = self.watchers.get(stream) {
            self.dirty.extend(watchers);
        }
    }

    fn each_watching(&mut self, query: &Arc<Query>, mut tell: impl FnMut(&mut Session, &Arc<Query>)) {
        for id in self.watchers.get(&query.stream).into_iter().flatten() {
            if let Some(viewer) = self.viewers.get_mut(id) {
                tell(&mut viewer.session, query);
                self.dirty.insert(*id);
            }
        }
    }

    fn slide(&mut self, now: Instant) {
        self.next_slide = now + SLIDE_EVERY;
        if now.saturating_duration_since(self.proofs_age) >= PROOFS_REMEMBERED {
            self.proofs_age = now;
            self.proofs.age();
        }
        let changed = self.engine.slide((self.clock)());
        // Windows have moved even where no total has.
        self.encoder.clear();
        changed.iter().for_each(|stream| self.touch(stream));
        self.expire(now);
        self.retry();
        self.metrics.views.set(i64::try_from(self.engine.views().count()).unwrap_or(i64::MAX));
    }

    fn flush(&mut self, started: Instant) {
        let now = (self.clock)();
        let mut delivered = 0_usize;
        for id in std::mem::take(&mut self.dirty) {
            let Some(viewer) = self.viewers.get_mut(&id) else { continue };
            if viewer.is_busy() {
                // Nothing is queued behind a frame: the next one covers what came meanwhile.
                delivered += 1;
                self.deliver(id);
                self.dirty.insert(id);
                continue;
            }
            let outgoing = viewer.session.flush(&self.engine, &mut self.encoder, now);
            delivered += usize::from(!outgoing.frame.is_empty());
            self.send(id, outgoing);
        }
        if delivered == 0 {
            // Nobody had to be told anything: the next event is not to wait for it.
            return;
        }
        let ended = Instant::now();
        self.metrics.flush_seconds.observe(ended.saturating_duration_since(started).as_secs_f64());
        self.pace.flushed(started, ended, delivered);
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
