//! Failed attempts to sign in, counted per address and minute.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use tideboard_model::Millis;

/// Failures that one address may have within one minute.
pub(crate) const MAX_FAILURES: u32 = 10;
const WINDOW_MS: i64 = 60_000;
/// Addresses that are remembered; past it the windows that are over are forgotten, then all.
const MAX_ADDRESSES: usize = 4096;

/// Counts failures; a success costs nothing. One-time tokens have 256 random bits: this keeps logs and disks quiet,
/// not guessers out.
#[derive(Default)]
pub(crate) struct Attempts(Mutex<HashMap<IpAddr, (Millis, u32)>>);

impl Attempts {
    /// Whether an address may try now.
    pub(crate) fn may_try(&self, address: IpAddr, now: Millis) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.get(&address).is_none_or(|(since, failures)| is_over(*since, now) || *failures < MAX_FAILURES)
    }

    /// Notes a failure.
    pub(crate) fn failed(&self, address: IpAddr, now: Millis) {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= MAX_ADDRESSES {
            seen.retain(|_, (since, _)| !is_over(*since, now));
        }
        if seen.len() >= MAX_ADDRESSES {
            seen.clear();
        }
        let (since, failures) = seen.entry(address).or_insert((now, 0));
        if is_over(*since, now) {
            (*since, *failures) = (now, 0);
        }
        *failures += 1;
    }
}

fn is_over(since: Millis, now: Millis) -> bool {
    !(0..WINDOW_MS).contains(&now.0.saturating_sub(since.0))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn an_address_waits_after_its_failures_and_others_do_not() {
        let attempts = Attempts::default();
        let (one, other) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv4Addr::BROADCAST));
        for _ in 0..MAX_FAILURES {
            assert!(attempts.may_try(one, Millis(5)));
            attempts.failed(one, Millis(5));
        }
        assert!(!attempts.may_try(one, Millis(5 + WINDOW_MS - 1)));
        assert!(attempts.may_try(other, Millis(5)));
        assert!(attempts.may_try(one, Millis(5 + WINDOW_MS)));
    }
}
