//! Whether Redis can be reached: as its partitions are.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tideboard_log::{Clock, Standing};
use tideboard_model::Millis;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::layout::Partition;

/// How long a partition may be silent before Redis counts as away.
const SILENCE: Duration = Duration::from_millis(900);

/// What the tails know of their partitions, put together.
#[derive(Clone)]
pub(crate) struct Reach {
    clock: Clock,
    seen: Arc<Mutex<BTreeMap<Partition, Seen>>>,
    standing: watch::Sender<Standing>,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Instant,
    time: Millis,
    is_away: bool,
}

impl Reach {
    pub(crate) fn new(clock: Clock, standing: watch::Sender<Standing>) -> Self {
        Self { clock, seen: Arc::default(), standing }
    }

    /// A partition answered.
    pub(crate) fn reached(&self, partition: Partition) {
        let seen = Seen { at: Instant::now(), time: (self.clock)(), is_away: false };
        self.note(|all| {
            all.insert(partition, seen);
        });
    }

    /// A partition did not answer.
    pub(crate) fn lost(&self, partition: Partition) {
        let (clock, now) = (&self.clock, Instant::now());
        self.note(|all| {
            let seen = all.entry(partition).or_insert_with(|| Seen { at: now, time: clock(), is_away: false });
            seen.is_away |= now.saturating_duration_since(seen.at) >= SILENCE;
        });
    }

    /// Nobody asks a partition any more.
    pub(crate) fn ignore(&self, partition: Partition) {
        self.note(|all| {
            all.remove(&partition);
        });
    }

    fn note(&self, change: impl FnOnce(&mut BTreeMap<Partition, Seen>)) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut seen);
        let since = seen.values().filter(|seen| seen.is_away).map(|seen| seen.time).min();
        let now = since.map_or(Standing::Reached, |since| Standing::Away { since });
        self.standing.send_if_modified(|standing| {
            let is_other = *standing != now;
            *standing = now;
            is_other
        });
    }
}
