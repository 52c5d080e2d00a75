//! The contract that every log keeps, and the words it uses.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::join_all;
use tideboard_model::{FieldKind, FieldName, Millis, Nanos, Offset, Position, StreamName, TagName};
use tokio::sync::{broadcast, watch};

use crate::{Append, AppendError, Batch, LogError, Receipt};

/// A future that may cross threads, so that the contract can be used as `dyn Log`.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// An ordered log of events per stream.
///
/// - Offsets of a stream are dense from 1, and a batch's events stand side by side.
/// - A [`Receipt`] is given out only for what is durable; a reader sees it from that moment on at the latest.
/// - Order is per stream; streams share none.
/// - Every read answers with whole appends, below the stream's [`Mark`] never.
pub trait Log: Send + Sync + 'static {
    /// Appends a batch; the answer comes when it is durable.
    ///
    /// Events with a reason against them are refused one by one, the others are appended. Once polled, the batch
    /// goes its way even if the future is dropped.
    ///
    /// # Errors
    /// [`AppendError`]: nothing of the batch was appended.
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, AppendError>>;

    /// Appends batches that came together; an answer for each, in order, as [`Log::append`] gives it.
    ///
    /// They are not one piece: some may be appended where others fail. A log that can makes one commit of them, and tells
    /// them together.
    fn append_all(&self, batches: Vec<Batch>) -> BoxFuture<'_, Vec<Result<Receipt, AppendError>>> {
        Box::pin(join_all(batches.into_iter().map(|batch| self.append(batch))))
    }

    /// What is committed from now on to the streams that are [attended](Log::attend), in order per stream. A receiver
    /// that lags misses some, is told so, and fills the gap with [`Log::read`].
    fn commits(&self) -> broadcast::Receiver<Commit>;

    /// Asks to be told of a stream's commits for as long as the answer is held, whether the stream exists or not.
    ///
    /// A log that many nodes share tells [`Commit::Uncertain`] once it has begun to: what was committed between this
    /// call and then may have gone by. Of a stream that nobody attends it need tell nothing.
    fn attend(&self, stream: &StreamName) -> Attention;

    /// Whether the log's storage can be reached. One that lies in this process's own folder always can.
    fn standing(&self) -> watch::Receiver<Standing>;

    /// The end of a stream; `None` if nobody ever wrote to it.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn end<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<Position>, LogError>>;

    /// What is known of one stream; `None` if nobody ever wrote to it.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn info<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<StreamInfo>, LogError>>;

    /// Every stream, by name.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn streams(&self) -> BoxFuture<'_, Result<Vec<StreamInfo>, LogError>>;

    /// The appends that end after `after`, oldest first: at least one if there is any, then as many as fit into
    /// `max_events`. If the first of them starts past `after + 1`, retention took what was between.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn read<'a>(&'a self, stream: &'a StreamName, after: Offset, max_events: usize) -> BoxFuture<'a, Appends>;

    /// One page of the appends that end in `(after, upto]` and hold an event at or after `since`, oldest first,
    /// paged like [`Log::read`]: the next page starts after the last append of this one, an empty page is the end.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn scan<'a>(&'a self, stream: &'a StreamName, range: ScanRange, max_events: usize) -> BoxFuture<'a, Appends>;

    /// The appends that end at or before `upto`, newest first, paged like [`Log::read`]: the next page goes up to
    /// [`Append::before`] of the last append of this one.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn read_back<'a>(&'a self, stream: &'a StreamName, upto: Offset, max_events: usize) -> BoxFuture<'a, Appends>;

    /// Whether this log issued a position, and still holds everything after it.
    ///
    /// # Errors
    /// [`LogError`] if storage can't be read.
    fn verify<'a>(&'a self, stream: &'a StreamName, position: Position) -> BoxFuture<'a, Result<Verdict, LogError>>;

    /// Retention: drops the longest prefix of each stream's appends whose events are all older than `before`.
    ///
    /// Answers with the new marks once they are durable. Retention only moves forward: an earlier `before` than a
    /// stream's [`Mark::retained_from`] counts as that one.
    ///
    /// # Errors
    /// [`LogError`] if nothing was dropped.
    fn trim(&self, before: Nanos) -> BoxFuture<'_, Result<Vec<Mark>, LogError>>;

    /// Finishes what is queued, and takes no more. Reads may fail afterwards.
    ///
    /// # Errors
    /// [`LogError`] if storage failed while closing; every receipt given out holds nevertheless.
    fn close(&self) -> BoxFuture<'_, Result<(), LogError>>;
}

/// What a read answers with.
pub type Appends = Result<Vec<Arc<Append>>, LogError>;

/// What [`Log::scan`] looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScanRange {
    /// Appends whose latest event is earlier are passed over.
    pub since: Nanos,
    /// Appends that end at or before this offset are passed over.
    pub after: Offset,
    /// Appends that end after this offset are passed over.
    pub upto: Offset,
}

/// What happened to the log.
#[derive(Debug, Clone)]
pub enum Commit {
    /// Batches were appended, in this order.
    Appends(Arc<[Arc<Append>]>),
    /// Retention took the start of a stream.
    Trim(Mark),
    /// Commits of a stream may have gone by untold, and what was told may be no more: telling has just begun, the
    /// storage was away, or it lost its latest appends. Whoever holds something of the stream asks [`Log::verify`]
    /// whether it still stands, then reads what it lacks. What is told after this follows on the log as it is now.
    Uncertain(StreamName),
}

impl From<Arc<Append>> for Commit {
    fn from(append: Arc<Append>) -> Self {
        Self::Appends([append].into())
    }
}

/// Held by whoever wants to be told of a stream's commits; letting it go ends that.
#[must_use = "commits are told for as long as this is held"]
pub struct Attention(Option<Box<dyn FnOnce() + Send + Sync>>);

impl Attention {
    /// Of a log that tells everything anyway.
    pub fn always() -> Self {
        Self(None)
    }

    /// Calls `end` when it is let go.
    pub fn until(end: impl FnOnce() + Send + Sync + 'static) -> Self {
        Self(Some(Box::new(end)))
    }
}

impl Drop for Attention {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

impl fmt::Debug for Attention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attention").finish_non_exhaustive()
    }
}

/// Whether a log's storage can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Commits are told within moments.
    Reached,
    /// Nothing is told, read or appended; what was told is complete up to this time, by the log's clock.
    Away {
        /// When it last answered.
        since: Millis,
    },
}

/// The standing of a log that is always reached.
pub(crate) fn always_reached() -> watch::Receiver<Standing> {
    // Without a sender the value stays as it is.
    watch::channel(Standing::Reached).1
}

/// Where a stream starts since retention took what was before. Both parts only ever rise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Which stream.
    pub stream: StreamName,
    /// The first offset that is still there (or that will be given next).
    pub first_retained: Offset,
    /// Every event at or after this time is still there; of those before, some are gone.
    pub retained_from: Nanos,
}

/// What the log says of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Issued by this log, and everything after it is there.
    Proved,
    /// Of another log: one that was wiped, or never was here.
    WrongEpoch,
    /// Past this log's end.
    Ahead,
    /// No append of this log ended there with that proof.
    Unproved,
    /// Older than what is retained, or than the time for which proofs are honoured.
    Expired,
}

/// What is known of a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// Its name.
    pub name: StreamName,
    /// Its end.
    pub end: Position,
    /// The first offset that is still there (or that will be given next).
    pub first_retained: Offset,
    /// See [`Mark::retained_from`]; `None` if nothing was ever dropped.
    pub retained_from: Option<Nanos>,
    /// Fields with their kinds, fixed by the first append of each.
    pub fields: BTreeMap<FieldName, FieldKind>,
    /// Tag names seen so far.
    pub tags: BTreeSet<TagName>,
    /// When the last append was taken; `None` if nothing was ever appended.
    pub last_accepted: Option<Millis>,
}
