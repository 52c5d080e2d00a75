//! A log in memory: the contract at its plainest, for tests. Nothing survives the process.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tideboard_model::{Epoch, Millis, Nanos, Offset, Position, ProducerId, Proof, StreamName};
use tokio::sync::{broadcast, watch};

use crate::contract::always_reached;
use crate::keys::Digest;
use crate::random::random;
use crate::stream::{Judgement, StreamState, judge_found, max_time};
use crate::window::{Window, Windows};
use crate::{
    Append, AppendError, Appends, Attention, Batch, BoxFuture, Commit, IdempotencyKey, Log, LogError, Mark, Options,
    Receipt, ScanRange, Standing, StreamInfo, Verdict,
};

/// A log in memory.
#[derive(Debug)]
pub struct MemoryLog {
    options: Options,
    commits: broadcast::Sender<Commit>,
    state: Mutex<State>,
}

/// A failure to order, for tests of what is built on a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Every append answers [`AppendError::Busy`].
    Busy,
    /// Every append answers [`AppendError::Full`].
    Full,
    /// Every append and every read answers that storage failed.
    Away,
}

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<StreamName, Stream>,
    /// Remembered receipts, oldest first.
    keys: VecDeque<Remembered>,
    /// The least recently used first.
    producers: VecDeque<Producer>,
    fault: Option<Fault>,
    closed: bool,
}

#[derive(Debug)]
struct Stream {
    state: StreamState,
    /// What is retained, oldest first.
    appends: VecDeque<Arc<Append>>,
}

#[derive(Debug)]
struct Remembered {
    stream: StreamName,
    principal: Arc<str>,
    key: IdempotencyKey,
    digest: Digest,
    accepted: Millis,
    receipt: Receipt,
}

#[derive(Debug)]
struct Producer {
    stream: StreamName,
    principal: Arc<str>,
    id: ProducerId,
    window: Window,
    used: Millis,
}

impl MemoryLog {
    /// An empty log.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let (commits, _) = broadcast::channel(options.commits_kept.max(1));
        Self { options, commits, state: Mutex::default() }
    }

    /// Makes appends (and reads) fail from now on, or lets them pass again.
    pub fn inject(&self, fault: Option<Fault>) {
        self.lock().fault = fault;
    }

    /// Loses a stream's last so many appends, as a failover may: their offsets are given out anew. Tells nobody.
    pub fn lose(&self, stream: &StreamName, appends: usize) {
        if let Some(stream) = self.lock().streams.get_mut(stream) {
            let kept = stream.appends.len().saturating_sub(appends);
            stream.appends.truncate(kept);
            stream.state.end = stream.appends.back().map_or(stream.state.base, |last| last.position);
        }
    }

    /// Tells that a stream is [uncertain](Commit::Uncertain).
    pub fn doubt(&self, stream: &StreamName) {
        // No receiver is no failure.
        drop(self.commits.send(Commit::Uncertain(stream.clone())));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn append_now(&self, batch: Batch) -> Result<Receipt, AppendError> {
        let mut state = self.lock();
        state.admits()?;
        let now = (self.options.clock)();
        state.forget(self.options.keys.opens(now));
        let keyed = batch.key.map(|key| (key, Digest::of(&batch.events, &batch.serials)));
        let of_batch = |known: &&Remembered| known.stream == batch.stream && known.principal == batch.principal;
        if let Some((key, digest)) = &keyed
            && let Some(known) = state.keys.iter().filter(of_batch).find(|known| known.key == *key)
        {
            return if known.digest == *digest {
                Ok(Receipt { replayed: true, ..known.receipt.clone() })
            } else {
                Err(AppendError::KeyReused)
            };
        }
        let limits = self.options.limits;
        let mut windows = state.recall(&batch.stream, &batch.principal, Windows::of(&batch.serials));
        let stream = state.stream(&batch.stream, limits.streams)?;
        let sent = (&batch.events.into(), batch.serials.as_slice());
        let admitted = stream.state.schema.admit(&batch.stream, sent, &mut windows, limits);
        let accepted = admitted.events.len();
        if accepted > 0 {
            let append = Arc::new(stream.state.extend(&batch.stream, admitted.events, Proof(random()?), now));
            stream.appends.push_back(Arc::clone(&append));
            // No receiver is no failure.
            drop(self.commits.send(append.into()));
        }
        let (duplicates, refused) = (admitted.duplicates, admitted.refused);
        let receipt = Receipt { position: stream.state.end, accepted, duplicates, refused, replayed: false };
        state.remember(&batch.stream, &batch.principal, windows, now);
        if let Some((key, digest)) = keyed {
            let (stream, principal, receipt) = (batch.stream, batch.principal, receipt.clone());
            state.keys.push_back(Remembered { stream, principal, key, digest, accepted: now, receipt });
        }
        state.make_room(&self.options);
        Ok(receipt)
    }

    fn trim_now(&self, before: Nanos) -> Vec<Mark> {
        let mut marks = Vec::new();
        for (name, stream) in &mut self.lock().streams {
            let before = stream.state.trim_before(before);
            let mut base = None;
            while let Some(append) = stream.appends.pop_front_if(|append| max_time(&append.events) < before) {
                base = Some(append.position);
            }
            if let Some(base) = base {
                let mark = stream.state.trim(name, base, before);
                drop(self.commits.send(Commit::Trim(mark.clone())));
                marks.push(mark);
            }
        }
        marks
    }

    /// What is read from.
    fn reached(&self) -> Result<MutexGuard<'_, State>, LogError> {
        let state = self.lock();
        if state.fault == Some(Fault::Away) { Err(LogError::Failed("away".to_owned())) } else { Ok(state) }
    }

    fn verify_now(&self, stream: &StreamName, position: Position) -> Result<Verdict, LogError> {
        let state = self.reached()?;
        let Some(stream) = state.streams.get(stream) else { return Ok(Verdict::WrongEpoch) };
        Ok(match stream.state.judge(position) {
            Judgement::Settled(verdict) => verdict,
            Judgement::LookUp => {
                let found = stream.appends.iter().find(|append| append.position.offset == position.offset);
                let found = found.map(|append| (append.position.proof, append.accepted));
                judge_found(position, found, self.options.proofs_open())
            }
        })
    }

    /// Whole appends that pass, until they hold `max_events`.
    fn page(&self, stream: &StreamName, max_events: usize, order: Order, passes: impl Fn(&Append) -> bool) -> Appends {
        let state = self.reached()?;
        let Some(stream) = state.streams.get(stream) else { return Ok(Vec::new()) };
        let passing = stream.appends.iter().filter(|append| passes(append));
        Ok(match order {
            Order::OldestFirst => take_events(passing, max_events),
            Order::NewestFirst => take_events(passing.rev(), max_events),
        })
    }
}

#[derive(Clone, Copy)]
enum Order {
    OldestFirst,
    NewestFirst,
}

fn take_events<'a>(appends: impl Iterator<Item = &'a Arc<Append>>, max_events: usize) -> Vec<Arc<Append>> {
    let mut events = 0_usize;
    let fits = |append: &&Arc<Append>| {
        let first = events == 0;
        events = events.saturating_add(append.events.len());
        first || events <= max_events
    };
    appends.take_while(fits).cloned().collect()
}

impl State {
    fn admits(&self) -> Result<(), AppendError> {
        match self.fault {
            _ if self.closed => Err(AppendError::Closed),
            Some(Fault::Busy) => Err(AppendError::Busy),
            Some(Fault::Full) => Err(AppendError::Full),
            Some(Fault::Away) => Err(AppendError::Failed("away".to_owned())),
            None => Ok(()),
        }
    }

    fn forget(&mut self, opens: Millis) {
        while self.keys.pop_front_if(|known| known.accepted < opens).is_some() {}
        self.producers.retain(|producer| producer.used >= opens);
    }

    /// What is remembered of a batch's producers.
    fn recall(&self, stream: &StreamName, principal: &Arc<str>, mut windows: Windows) -> Windows {
        for (id, window) in &mut windows.0 {
            let known = self.producers.iter().find(|known| known.is(stream, principal, id));
            *window = known.map(|known| known.window.clone());
        }
        windows
    }

    fn remember(&mut self, stream: &StreamName, principal: &Arc<str>, windows: Windows, used: Millis) {
        for (id, window) in windows.0 {
            let Some(window) = window else { continue };
            self.producers.retain(|known| !known.is(stream, principal, &id));
            let (stream, principal) = (stream.clone(), Arc::clone(principal));
            self.producers.push_back(Producer { stream, principal, id, window, used });
        }
    }

    fn make_room(&mut self, options: &Options) {
        while self.keys.len() > options.keys.count as usize {
            self.keys.pop_front();
        }
        while self.producers.len() > options.producers as usize {
            self.producers.pop_front();
        }
    }

    fn stream(&mut self, name: &StreamName, limit: usize) -> Result<&mut Stream, AppendError> {
        if !self.streams.contains_key(name) {
            if self.streams.len() >= limit {
                return Err(AppendError::TooManyStreams { limit });
            }
            let state = StreamState::new(Epoch(random()?));
            self.streams.insert(name.clone(), Stream { state, appends: VecDeque::new() });
        }
        self.streams.get_mut(name).ok_or(AppendError::Closed)
    }
}

impl Producer {
    fn is(&self, stream: &StreamName, principal: &Arc<str>, id: &ProducerId) -> bool {
        self.stream == *stream && self.principal == *principal && self.id == *id
    }
}

impl Log for MemoryLog {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move { self.append_now(batch) })
    }

    fn commits(&self) -> broadcast::Receiver<Commit> {
        self.commits.subscribe()
    }

    fn attend(&self, _stream: &StreamName) -> Attention {
        Attention::always()
    }

    fn standing(&self) -> watch::Receiver<Standing> {
        always_reached()
    }

    fn end<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<Position>, LogError>> {
        Box::pin(async move { Ok(self.reached()?.streams.get(stream).map(|stream| stream.state.end)) })
    }

    fn info<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<StreamInfo>, LogError>> {
        Box::pin(async move { Ok(self.reached()?.streams.get(stream).map(|known| known.state.info(stream))) })
    }

    fn streams(&self) -> BoxFuture<'_, Result<Vec<StreamInfo>, LogError>> {
        Box::pin(async move { Ok(self.lock().streams.iter().map(|(name, stream)| stream.state.info(name)).collect()) })
    }

    fn read<'a>(&'a self, stream: &'a StreamName, after: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        let passes = move |append: &Append| append.position.offset > after;
        Box::pin(async move { self.page(stream, max_events, Order::OldestFirst, passes) })
    }

    fn scan<'a>(&'a self, stream: &'a StreamName, range: ScanRange, max_events: usize) -> BoxFuture<'a, Appends> {
        let passes = move |append: &Append| {
            let end = append.position.offset;
            range.after < end && end <= range.upto && max_time(&append.events) >= range.since
        };
        Box::pin(async move { self.page(stream, max_events, Order::OldestFirst, passes) })
    }

    fn read_back<'a>(&'a self, stream: &'a StreamName, upto: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        let passes = move |append: &Append| append.position.offset <= upto;
        Box::pin(async move { self.page(stream, max_events, Order::NewestFirst, passes) })
    }

    fn verify<'a>(&'a self, stream: &'a StreamName, position: Position) -> BoxFuture<'a, Result<Verdict, LogError>> {
        Box::pin(async move { self.verify_now(stream, position) })
    }

    fn trim(&self, before: Nanos) -> BoxFuture<'_, Result<Vec<Mark>, LogError>> {
        Box::pin(async move { Ok(self.trim_now(before)) })
    }

    fn close(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(async move {
            self.lock().closed = true;
            Ok(())
        })
    }
}
