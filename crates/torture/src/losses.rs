//! Acts by which a log may lose its latest events, and what they excuse.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// How long after such an act an acknowledgement may still be read that was given during it: no producer waits longer.
const READ_LATE: Duration = Duration::from_secs(8);
/// A replica is never further behind than this, unless it was cut off.
const BEHIND: Duration = Duration::from_secs(2);

/// What an act may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Events that nobody was told are kept; viewers may have seen them.
    Unacknowledged,
    /// Acknowledged events, too.
    Acknowledged,
}

/// Acts by which the log may have lost its latest events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Losses(Arc<Mutex<Acts>>);

#[derive(Debug, Default)]
struct Acts {
    /// How many have begun.
    begun: u64,
    /// How many had begun when all was last compared.
    settled: u64,
    /// From when until when acknowledged events may have been lost; open while the act goes on.
    windows: Vec<(Instant, Option<Instant>)>,
}

impl Losses {
    fn acts(&self) -> MutexGuard<'_, Acts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Such an act begins.
    pub(crate) fn begin(&self, cost: Cost) {
        let mut acts = self.acts();
        acts.begun += 1;
        if cost == Cost::Acknowledged {
            let from = Instant::now().checked_sub(BEHIND).unwrap_or_else(Instant::now);
            acts.windows.push((from, None));
        }
    }

    /// All such acts are over.
    pub(crate) fn end(&self) {
        self.acts().windows.iter_mut().for_each(|(_, to)| *to = to.or(Some(Instant::now() + READ_LATE)));
    }

    /// All was compared: from here on nothing is excused by what was before.
    pub(crate) fn settle(&self) {
        let mut acts = self.acts();
        acts.settled = acts.begun;
        acts.windows.clear();
    }

    /// What counts as known for sure now.
    pub(crate) fn settled(&self) -> u64 {
        self.acts().settled
    }

    /// Whether what was known then may have been lost since.
    pub(crate) fn any_since(&self, settled: u64) -> bool {
        self.acts().begun > settled
    }

    /// Whether an event may be gone whose acknowledgement was read then.
    pub(crate) fn excuse(&self, acknowledged: Instant) -> bool {
        let within =
            |(from, to): &(Instant, Option<Instant>)| *from <= acknowledged && to.is_none_or(|to| acknowledged <= to);
        self.acts().windows.iter().any(within)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_was_acknowledged_around_the_act_is_excused() {
        let losses = Losses::default();
        let long_before = Instant::now();
        tokio::time::advance(Duration::from_secs(10)).await;
        let known = losses.settled();
        losses.begin(Cost::Unacknowledged);
        assert!(losses.any_since(known) && !losses.excuse(Instant::now()), "what is acknowledged must survive");
        losses.begin(Cost::Acknowledged);
        assert!(losses.excuse(Instant::now()) && !losses.excuse(long_before));
        losses.end();
        tokio::time::advance(READ_LATE + Duration::from_secs(1)).await;
        assert!(!losses.excuse(Instant::now()));
        losses.settle();
        assert!(!losses.any_since(losses.settled()) && losses.any_since(known));
    }
}
