//! What the parts of one log share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use redis::{Pipeline, Value};
use tideboard_log::{Commit, Options, Standing};
use tideboard_model::StreamName;
use tokio::sync::{broadcast, watch};

use crate::attended::Attended;
use crate::layout::{Layout, Partition};
use crate::link::Link;
use crate::reads::Reads;
use crate::routes::Routes;
use crate::settings::Acknowledge;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// What the parts of one log share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) acknowledge: Acknowledge,
    pub(crate) layout: Layout,
    pub(crate) routes: Routes,
    pub(crate) reads: Reads,
    pub(crate) commits: broadcast::Sender<Commit>,
    pub(crate) attended: Attended,
    pub(crate) standing: watch::Sender<Standing>,
    /// Bytes of the batches that are queued or being written.
    pub(crate) queued_bytes: Arc<AtomicUsize>,
}

/// Room in the queue, given back when dropped.
#[derive(Debug)]
pub(crate) struct QueuePlace {
    bytes: usize,
    queued_bytes: Arc<AtomicUsize>,
}

impl Drop for QueuePlace {
    fn drop(&mut self) {
        self.queued_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

impl Shared {
    /// `None` if the bytes would pass the bound; one batch of any size always finds room in an empty queue.
    pub(crate) fn queue_place(&self, bytes: usize) -> Option<QueuePlace> {
        let before = self.queued_bytes.fetch_add(bytes, Ordering::Relaxed);
        let place = QueuePlace { bytes, queued_bytes: Arc::clone(&self.queued_bytes) };
        (before == 0 || before.saturating_add(bytes) <= self.options.queue_bytes).then_some(place)
    }

    /// Asks the server that has a stream.
    pub(crate) async fn ask(
        &self,
        stream: &StreamName,
        question: impl Fn(&Link) -> Pipeline,
    ) -> Result<Vec<Value>, Trouble> {
        self.reads.ask(&self.routes, self.slot(self.layout.partition(stream)), question).await
    }

    /// Asks the server that has the registry of streams.
    pub(crate) async fn ask_registry(&self, question: impl Fn(&Link) -> Pipeline) -> Result<Vec<Value>, Trouble> {
        self.reads.ask(&self.routes, Slot::of(&self.layout.streams()), question).await
    }

    pub(crate) fn slot(&self, partition: Partition) -> Slot {
        Slot::of(&self.layout.state(partition))
    }

    /// Wakes are sent within the slot's own servers where there is a Cluster.
    pub(crate) fn publish(&self) -> &'static str {
        if self.is_cluster() { "SPUBLISH" } else { "PUBLISH" }
    }

    pub(crate) fn is_cluster(&self) -> bool {
        self.layout.partitions > 1
    }

    pub(crate) fn tell(&self, commit: Commit) {
        // No receiver is no failure.
        drop(self.commits.send(commit));
    }
}
