//! Viewers whose connections still write: they are handed the next message once the last one is out.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::ViewerId;

/// A connection writes a message in less.
const SHORTEST: Duration = Duration::from_millis(1);
/// How rarely to look after connections none of which gets anything out.
const LONGEST: Duration = Duration::from_millis(16);

/// Who they are, and when to look after them.
#[derive(Debug)]
pub(super) struct UnderWay {
    viewers: BTreeSet<ViewerId>,
    next: Instant,
    pause: Duration,
}

impl UnderWay {
    pub(super) fn new(now: Instant) -> Self {
        Self { viewers: BTreeSet::new(), next: now, pause: SHORTEST }
    }

    /// A viewer's connection writes.
    pub(super) fn add(&mut self, viewer: ViewerId) {
        if self.viewers.is_empty() {
            (self.pause, self.next) = (SHORTEST, Instant::now() + SHORTEST);
        }
        self.viewers.insert(viewer);
    }

    /// When to look after them; `None` if there is nobody.
    pub(super) fn next(&self) -> Option<Instant> {
        (!self.viewers.is_empty()).then_some(self.next)
    }

    /// All of them, if it is time: whoever still waits is to be added again.
    pub(super) fn take(&mut self, now: Instant) -> BTreeSet<ViewerId> {
        if now < self.next { BTreeSet::new() } else { std::mem::take(&mut self.viewers) }
    }

    /// All were looked after; `moved` if any got anything out.
    pub(super) fn looked_after(&mut self, moved: bool) {
        self.pause = if moved { SHORTEST } else { (self.pause * 2).min(LONGEST) };
        self.next = Instant::now() + self.pause;
    }
}
