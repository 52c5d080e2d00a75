//! A viewer: a session, and the way to whoever watches.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::value::RawValue;
use tideboard_sync::Session;
use tideboard_sync::wire::{Closing, Frame, Hello, ProblemMessage};

/// The number of a connection; never used twice in one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ViewerId(u64);

impl ViewerId {
    /// The next number.
    pub(crate) fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }

    /// The number as such, to spread viewers evenly.
    pub(crate) fn number(self) -> u64 {
        self.0
    }
}

/// The message was not handed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// The connection's buffer is full: it may go through later.
    Full,
    /// The connection is gone.
    Gone,
}

/// The way to a viewer. Never waits.
pub(crate) trait Outbox: Send {
    fn hello(&self, message: &Hello) -> Result<(), Undelivered>;
    fn frame(&self, message: &Frame<Box<RawValue>>) -> Result<(), Undelivered>;
    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered>;
    fn closing(&self, message: &Closing) -> Result<(), Undelivered>;
}

pub(super) struct Viewer {
    pub(super) session: Session,
    pub(super) outbox: Box<dyn Outbox>,
}
