//! Which streams somebody wants to be told of.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tideboard_log::Attention;
use tideboard_model::StreamName;
use tokio::sync::Notify;

use crate::layout::{Layout, Partition};

/// Which streams somebody wants to be told of, by partition.
#[derive(Clone, Default)]
pub(crate) struct Attended {
    streams: Arc<Mutex<BTreeMap<Partition, BTreeMap<StreamName, Interest>>>>,
    changed: Arc<BTreeMap<Partition, Notify>>,
}

/// How many want it, and how often it was asked for.
#[derive(Debug, Clone, Copy, Default)]
struct Interest {
    holders: usize,
    asked: u64,
}

impl Attended {
    pub(crate) fn new(partitions: u16) -> Self {
        let changed = (0..partitions).map(|number| (Partition(number), Notify::new())).collect();
        Self { streams: Arc::default(), changed: Arc::new(changed) }
    }

    pub(crate) fn attend(&self, layout: &Layout, stream: &StreamName) -> Attention {
        let partition = layout.partition(stream);
        let mut streams = self.lock();
        let interest = streams.entry(partition).or_default().entry(stream.clone()).or_default();
        interest.holders = interest.holders.saturating_add(1);
        interest.asked = interest.asked.saturating_add(1);
        drop(streams);
        self.notify(partition);
        let (attended, stream) = (self.clone(), stream.clone());
        Attention::until(move || attended.leave(partition, &stream))
    }

    fn leave(&self, partition: Partition, stream: &StreamName) {
        let mut streams = self.lock();
        let Some(of_partition) = streams.get_mut(&partition) else { return };
        if let Some(interest) = of_partition.get_mut(stream) {
            interest.holders = interest.holders.saturating_sub(1);
            if interest.holders == 0 {
                of_partition.remove(stream);
            }
        }
        drop(streams);
        self.notify(partition);
    }

    pub(crate) fn contains(&self, partition: Partition, stream: &StreamName) -> bool {
        self.lock().get(&partition).is_some_and(|streams| streams.contains_key(stream))
    }

    /// The streams of a partition, and how often each was asked for.
    pub(crate) fn of(&self, partition: Partition) -> BTreeMap<StreamName, u64> {
        let streams = self.lock();
        let of_partition = streams.get(&partition).into_iter().flatten();
        of_partition.map(|(stream, interest)| (stream.clone(), interest.asked)).collect()
    }

    /// Waits until what [`Attended::of`] answers may have changed.
    pub(crate) async fn changed(&self, partition: Partition) {
        match self.changed.get(&partition) {
            Some(changed) => changed.notified().await,
            None => std::future::pending().await,
        }
    }

    fn notify(&self, partition: Partition) {
        if let Some(changed) = self.changed.get(&partition) {
            changed.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Partition, BTreeMap<StreamName, Interest>>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
