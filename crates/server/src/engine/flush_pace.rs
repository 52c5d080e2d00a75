//! When to flush: at once after quiet, else spaced, the spacing growing with the load.

use std::time::Duration;

use tokio::time::Instant;

/// The widest spacing: beyond it people see steps.
const WIDEST: Duration = Duration::from_millis(100);
/// A flush may take up to one part in so many of the time.
const SHARE: u32 = 4;

/// Decides when the next flush may start.
#[derive(Debug)]
pub(super) struct FlushPace {
    least: Duration,
    next: Instant,
}

impl FlushPace {
    pub(super) fn new(least: Duration, now: Instant) -> Self {
        Self { least, next: now }
    }

    /// When the next flush may start.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    /// A flush has run.
    pub(super) fn flushed(&mut self, started: Instant, ended: Instant) {
        let took = ended.saturating_duration_since(started);
        let spacing = self.least.max(took.saturating_mul(SHARE)).min(WIDEST.max(self.least));
        self.next = started + spacing;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spacing_grows_with_the_load_up_to_a_limit() {
        let start = Instant::now();
        let mut pace = FlushPace::new(Duration::from_millis(16), start);
        for (took, spacing) in [(0, 16), (3, 16), (10, 40), (500, 100)] {
            pace.flushed(start, start + Duration::from_millis(took));
            assert_eq!(pace.next(), start + Duration::from_millis(spacing), "after {took} ms");
        }
    }
}
