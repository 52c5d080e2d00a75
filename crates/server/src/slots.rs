//! When those who return at once may connect: one after another, so that a restart is not followed by a stampede.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::config::Config;

/// So much of a second's connections may come at once.
const BURST: Duration = Duration::from_millis(500);
/// Nobody is told to wait longer; past it they are sent away, to ask again.
const LONGEST: Duration = Duration::from_secs(60);

/// Hands out moments to connect: at once while few come, at a fixed rate when many do. One number of memory, whoever asks.
pub(crate) struct Slots {
    spacing: Duration,
    /// The next slot that nobody has.
    next: Mutex<Instant>,
}

impl Slots {
    pub(crate) fn new(config: &Config, now: Instant) -> Self {
        Self { spacing: Duration::from_secs(1) / config.connects_per_second, next: Mutex::new(now) }
    }

    /// How long to wait before connecting; `None` if the line is too long to stand in.
    pub(crate) fn take(&self, now: Instant) -> Option<Duration> {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        // Time in which nobody came is credit for a burst, and for no more than one.
        let slot = (*next).max(now.checked_sub(BURST).unwrap_or(now));
        let wait = slot.saturating_duration_since(now);
        if wait > LONGEST {
            return None;
        }
        *next = slot + self.spacing;
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(per_second: u32, now: Instant) -> Slots {
        Slots { spacing: Duration::from_secs(1) / per_second, next: Mutex::new(now) }
    }

    #[test]
    fn a_few_connect_at_once_and_the_rest_at_the_rate() {
        let now = Instant::now();
        let slots = slots(100, now);
        let later = now + Duration::from_secs(10);
        let waits: Vec<_> = (0..250).map(|_| slots.take(later).unwrap().as_millis()).collect();
        // Half a second's worth, and the one whose slot is this very moment.
        assert!(waits[..51].iter().all(|wait| *wait == 0));
        assert_eq!(waits[51..54], [10, 20, 30]);
        assert_eq!(waits[249], 1_990);
    }

    #[test]
    fn the_line_is_bounded_and_gets_shorter_with_time() {
        let now = Instant::now();
        let slots = slots(1, now);
        let taken = std::iter::repeat_with(|| slots.take(now)).take_while(Option::is_some).count();
        assert_eq!(taken, 61);
        assert_eq!(slots.take(now), None, "being sent away takes no slot");
        assert_eq!(slots.take(now + Duration::from_secs(1)), Some(LONGEST));
    }

    #[test]
    fn a_quiet_day_is_credit_for_one_burst_only() {
        let now = Instant::now();
        let slots = slots(10, now);
        let tomorrow = now + Duration::from_secs(86_400);
        let at_once = std::iter::repeat_with(|| slots.take(tomorrow).unwrap()).take_while(Duration::is_zero).count();
        assert_eq!(at_once, 6);
    }
}
