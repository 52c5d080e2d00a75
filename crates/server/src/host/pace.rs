//! When the next sample is due.

use std::time::Duration;

use tokio::time::Instant;

/// Not quite a fifth of a second: the system's CPU times are read at most every 200 ms, and a tick that came late must
/// not bring the next one too near.
const WATCHED: Duration = Duration::from_millis(210);
const UNWATCHED: Duration = Duration::from_secs(1);

/// Whether anyone looks at what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attention {
    Watched,
    Unwatched,
}

impl Attention {
    pub(super) fn of(watched: bool) -> Self {
        if watched { Self::Watched } else { Self::Unwatched }
    }

    fn period(self) -> Duration {
        match self {
            Self::Watched => WATCHED,
            Self::Unwatched => UNWATCHED,
        }
    }
}

/// Ticks without drift: each is due a period after the one before *was due*, not after it came.
pub(super) struct Pace {
    /// When the last tick was due.
    last: Instant,
}

impl Pace {
    pub(super) fn new(start: Instant) -> Self {
        Self { last: start }
    }

    pub(super) fn next(&self, attention: Attention) -> Instant {
        self.last + attention.period()
    }

    /// A tick came. One that came more than a period late starts a new count: missed ticks are not made up for.
    pub(super) fn took(&mut self, now: Instant, attention: Attention) {
        let due = self.next(attention);
        self.last = if now.saturating_duration_since(due) > attention.period() { now } else { due };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_do_not_drift_and_missed_ones_are_not_made_up_for() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut pace = Pace::new(start);
        pace.took(after(225), Attention::Watched);
        assert_eq!(pace.next(Attention::Watched), after(420), "15 ms of delay are not carried on");
        pace.took(after(1_500), Attention::Watched);
        assert_eq!(pace.next(Attention::Watched), after(1_710), "a pause starts a new count");
    }

    #[test]
    fn a_tick_is_due_at_once_when_someone_starts_to_look() {
        let pace = Pace::new(Instant::now());
        assert!(pace.next(Attention::Watched) < pace.next(Attention::Unwatched));
    }
}
