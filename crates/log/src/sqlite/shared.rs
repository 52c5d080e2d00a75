//! What the writer tells and everyone may ask.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tideboard_model::StreamName;
use tokio::sync::broadcast;

use crate::stream::StreamState;
use crate::{Commit, Options, StreamInfo};

/// What the writer and the callers share. Only the writer changes the streams, after each commit.
pub(super) struct Shared {
    pub(super) options: Options,
    /// As committed.
    streams: RwLock<BTreeMap<StreamName, Known>>,
    commits: broadcast::Sender<Commit>,
    /// Bytes of the batches that are queued or being written.
    queued_bytes: Arc<AtomicUsize>,
}

/// A stream and its number in the file.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) id: i64,
    pub(super) state: StreamState,
}

/// Room in the queue, given back when dropped.
#[derive(Debug)]
pub(super) struct QueuePlace {
    bytes: usize,
    queued_bytes: Arc<AtomicUsize>,
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Shared {
    pub(super) fn new(options: Options, streams: BTreeMap<StreamName, Known>) -> Self {
        let (commits, _) = broadcast::channel(options.commits_kept.max(1));
        Self { options, streams: RwLock::new(streams), commits, queued_bytes: Arc::default() }
    }

    /// `None` if the bytes would pass the bound; one batch of any size always finds room in an empty queue.
    pub(super) fn queue_place(&self, bytes: usize) -> Option<QueuePlace> {
        let before = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let place = QueuePlace { bytes, queued_bytes: Arc::clone(&self.queued_bytes) };
        (before == 0 || before.saturating_add(bytes) <= self.options.queue_bytes).then_some(place)
    }

    pub(super) fn known(&self, stream: &StreamName) -> Option<Known> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).get(stream).cloned()
    }

    pub(super) fn all(&self) -> BTreeMap<StreamName, Known> {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn count(&self) -> usize {
        self.streams.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    pub(super) fn infos(&self) -> Vec<StreamInfo> {
        let streams = self.streams.read().unwrap_or_else(PoisonError::into_inner);
        streams.iter().map(|(name, known)| known.state.info(name)).collect()
    }

    pub(super) fn subscribe(&self) -> broadcast::Receiver<Commit> {
        self.commits.subscribe()
    }

    /// Makes a commit known: the streams first, so that whoever hears of it finds them there.
    pub(super) fn publish(&self, touched: BTreeMap<StreamName, Known>, commits: impl Iterator<Item = Commit>) {
        self.streams.write().unwrap_or_else(PoisonError::into_inner).extend(touched);
        for commit in commits {
            // No receiver is no failure.
            drop(self.commits.send(commit));
        }
    }
}
