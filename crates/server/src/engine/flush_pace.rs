//! When to flush: at once after quiet, else spaced, the spacing growing with the load.

use std::time::Duration;

use tokio::time::Instant;

/// The widest spacing: beyond it people see steps.
const WIDEST: Duration = Duration::from_millis(100);
/// A flush may take up to one part in so many of the time.
const SHARE: u32 = 4;
/// What a frame costs once it is handed over, about: nearly all of it is the kernel's (docs/benchmarks.md, the bare writer).
const FRAME: Duration = Duration::from_micros(20);
/// Sending frames may take up to one part in so many of a core.
const SENDING_SHARE: u32 = 8;

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

    /// A flush has run, and handed out so many frames.
    pub(super) fn flushed(&mut self, started: Instant, ended: Instant, frames: usize) {
        let took = ended.saturating_duration_since(started);
        let frames = u32::try_from(frames).unwrap_or(u32::MAX);
        let sending = FRAME.saturating_mul(frames).saturating_mul(SENDING_SHARE);
        let load = sending.max(took.saturating_mul(SHARE));
        let spacing = self.least.max(load).min(WIDEST.max(self.least));
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
        for (took, frames, spacing) in [
            (0, 0, 16),
            (3, 1, 16),
            (10, 1, 40),
            (500, 1, 100),
            (1, 100, 16),
            (1, 250, 40),
            (20, 250, 80),
            (1, 9_999, 100),
        ] {
            pace.flushed(start, start + Duration::from_millis(took), frames);
            let next = start + Duration::from_millis(spacing);
            assert_eq!(pace.next(), next, "after {frames} frames in {took} ms");
        }
    }
}
