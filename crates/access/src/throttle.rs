//! Slowing guesses down: who failed a few times has to wait, a little longer each time, and never for long.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use tideboard_model::Millis;

/// A failure so little ahead of the clock is one of now: only what is further ahead shows that the clock was put back.
const AT_ONCE_MILLIS: i64 = 5_000;

/// How failures are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThrottleSettings {
    /// So many failures in a row are what it takes to wait: a second after the last of them.
    pub free_failures: u32,
    /// Longest wait. Short enough that nobody can keep someone else out by failing in their name.
    pub wait_max_seconds: u64,
    /// After so long without a failure all are forgotten.
    pub forget_seconds: u64,
    /// So many names are remembered at most.
    pub names_max: usize,
}

impl Default for ThrottleSettings {
    fn default() -> Self {
        Self { free_failures: 5, wait_max_seconds: 60, forget_seconds: 15 * 60, names_max: 4096 }
    }
}

/// Too early: ask again later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many attempts: try again in {seconds} s")]
pub struct Wait {
    /// In how many seconds, at least one.
    pub seconds: u64,
}

/// Counts failures by name, such as that of an account or an address.
///
/// Many attempts at once would all pass before the first has failed: where checking takes its time, tell that an
/// attempt [`failed`](Self::failed) before checking, and that it [`succeeded`](Self::succeeded) after. An attempt that
/// had to wait is none: don't count it, or waiting would never end.
///
/// Memory is bounded: names are kept as hashes, and when there are too many, the one that failed longest ago is
/// forgotten. Making a name forgotten so takes as many failures under other names as are kept.
#[derive(Debug)]
pub struct Throttle {
    settings: ThrottleSettings,
    counts: BTreeMap<[u8; 32], Count>,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    failures: u32,
    last: Millis,
}

impl Throttle {
    /// Nobody has failed yet.
    #[must_use]
    pub fn new(settings: ThrottleSettings) -> Self {
        Self { settings, counts: BTreeMap::new() }
    }

    /// Whether this name may try now.
    ///
    /// # Errors
    /// [`Wait`] says for how long not.
    pub fn may_try(&self, who: &str, now: Millis) -> Result<(), Wait> {
        let Some(count) = self.counts.get(&name(who)) else { return Ok(()) };
        // A clock that was put back lets people in early rather than keeping them out until it is where it was.
        let Some(passed) = passed(count.last, now) else { return Ok(()) };
        let left = self.wait_millis(count.failures).saturating_sub(passed);
        if left == 0 { Ok(()) } else { Err(Wait { seconds: left.div_ceil(1000) }) }
    }

    /// Counts a failure of this name.
    pub fn failed(&mut self, who: &str, now: Millis) {
        let who = name(who);
        let before = self.counts.get(&who).filter(|count| !self.is_forgotten(count, now));
        let failures = before.map_or(0, |count| count.failures).saturating_add(1);
        if !self.counts.contains_key(&who) {
            self.make_room(now);
        }
        self.counts.insert(who, Count { failures, last: now });
    }

    /// Forgets the failures of this name.
    pub fn succeeded(&mut self, who: &str) {
        self.counts.remove(&name(who));
    }

    /// Takes one failure of this name back, for names that many share: one of them who succeeds excuses no other.
    pub fn excused(&mut self, who: &str) {
        let who = name(who);
        match self.counts.get_mut(&who) {
            Some(count) if count.failures > 1 => count.failures -= 1,
            Some(_) | None => drop(self.counts.remove(&who)),
        }
    }

    /// A second from the first failure on that is not free, then twice as long each time.
    fn wait_millis(&self, failures: u32) -> u64 {
        let Some(doublings) = failures.checked_sub(self.settings.free_failures) else { return 0 };
        let seconds = 1u64.checked_shl(doublings).unwrap_or(u64::MAX).min(self.settings.wait_max_seconds);
        seconds.saturating_mul(1000)
    }

    fn is_forgotten(&self, count: &Count, now: Millis) -> bool {
        passed(count.last, now).is_some_and(|passed| passed >= self.settings.forget_seconds.saturating_mul(1000))
    }

    fn make_room(&mut self, now: Millis) {
        if self.counts.len() < self.settings.names_max {
            return;
        }
        let forgotten: Vec<_> =
            self.counts.iter().filter(|(_, count)| self.is_forgotten(count, now)).map(|(who, _)| *who).collect();
        for who in &forgotten {
            self.counts.remove(who);
        }
        while self.counts.len() >= self.settings.names_max.max(1) {
            let oldest = self.counts.iter().min_by_key(|(_, count)| count.last).map(|(who, _)| *who);
            let Some(oldest) = oldest else { return };
            self.counts.remove(&oldest);
        }
    }
}

/// How long ago that was, in milliseconds; `None` if it is yet to come. Attempts at once read the clock in any order.
fn passed(last: Millis, now: Millis) -> Option<u64> {
    let passed = now.0.saturating_sub(last.0);
    u64::try_from(if passed >= -AT_ONCE_MILLIS { passed.max(0) } else { passed }).ok()
}

/// Names come from outside and may be long: what is kept of each has the same size.
fn name(who: &str) -> [u8; 32] {
    Sha256::digest(who).into()
}

#[cfg(test)]
mod tests;
