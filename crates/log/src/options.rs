//! How a log is set up: its clock and its bounds.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tideboard_model::Millis;

/// Tells the time of day; the only clock a log reads.
pub type Clock = Arc<dyn Fn() -> Millis + Send + Sync>;

/// The clock and the bounds of a log.
#[derive(Clone)]
pub struct Options {
    /// Stamps appends and ages keys and proofs.
    pub clock: Clock,
    /// Bounds on what is kept in memory per stream.
    pub limits: StreamLimits,
    /// How long a batch's key recognises a retry, and how long a producer's sequences do.
    pub keys: KeyWindow,
    /// Producers of the whole log that are remembered; the least recently used give way.
    pub producers: u32,
    /// How long after its append a position is honoured (the end of a stream always is).
    pub proof_window: Duration,
    /// Batches that may wait to be written; past it [`AppendError::Busy`](crate::AppendError::Busy).
    pub queue_batches: usize,
    /// Bytes (encoded) that may wait to be written; past it [`AppendError::Busy`](crate::AppendError::Busy).
    pub queue_bytes: usize,
    /// Batches that share one commit at most.
    pub group_batches: usize,
    /// Bytes (encoded) from which a commit takes no further batch.
    pub group_bytes: usize,
    /// Size at which the write-ahead log is folded into the file.
    pub checkpoint_bytes: u32,
    /// Commits that a receiver may lag behind before it must fill from [`Log::read`](crate::Log::read).
    pub commits_kept: usize,
}

/// Bounds on streams and their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamLimits {
    /// Streams in the log.
    pub streams: usize,
    /// Field names in one stream.
    pub fields: usize,
    /// Tag names in one stream.
    pub tags: usize,
}

/// How long idempotency keys are remembered: until either bound is passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyWindow {
    /// Age of a key; time since a producer was last used.
    pub age: Duration,
    /// Keys of the whole log; the oldest give way.
    pub count: u32,
}

impl KeyWindow {
    /// The earliest acceptance that is still remembered.
    #[must_use]
    pub fn opens(self, now: Millis) -> Millis {
        back(now, self.age)
    }
}

impl Options {
    /// The default bounds: 10,000 streams of 1,000 fields and tags, keys and producers for 24 hours and up to
    /// 100,000 of each, proofs for 7 days.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            clock,
            limits: StreamLimits { streams: 10_000, fields: 1_000, tags: 1_000 },
            keys: KeyWindow { age: Duration::from_secs(24 * 3_600), count: 100_000 },
            producers: 100_000,
            proof_window: Duration::from_secs(7 * 24 * 3_600),
            queue_batches: 1_024,
            queue_bytes: 64 << 20,
            group_batches: 256,
            group_bytes: 4 << 20,
            checkpoint_bytes: 16 << 20,
            commits_kept: 256,
        }
    }

    /// The earliest acceptance whose proof is still honoured.
    #[must_use]
    pub fn proofs_open(&self) -> Millis {
        back((self.clock)(), self.proof_window)
    }
}

fn back(now: Millis, by: Duration) -> Millis {
    Millis(now.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("limits", &self.limits)
            .field("keys", &self.keys)
            .field("producers", &self.producers)
            .field("proof_window", &self.proof_window)
            .field("queue_batches", &self.queue_batches)
            .field("queue_bytes", &self.queue_bytes)
            .field("group_batches", &self.group_batches)
            .field("group_bytes", &self.group_bytes)
            .field("checkpoint_bytes", &self.checkpoint_bytes)
            .field("commits_kept", &self.commits_kept)
            .finish_non_exhaustive()
    }
}
