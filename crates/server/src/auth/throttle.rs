//! Slows down guessing, by account and by address.

use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tideboard_access::{Throttle, ThrottleSettings};
use tideboard_model::Millis;

use crate::http::{ApiError, whose};

/// Counts failures to sign in.
pub(crate) struct Slowdown {
    accounts: Mutex<Throttle>,
    addresses: Mutex<Throttle>,
}

impl Default for Slowdown {
    fn default() -> Self {
        let account = ThrottleSettings::default();
        // Many people may share an address.
        let address = ThrottleSettings { free_failures: 4 * account.free_failures, ..account };
        Self { accounts: Mutex::new(Throttle::new(account)), addresses: Mutex::new(Throttle::new(address)) }
    }
}

/// An attempt that counts as failed until it is known to be none: else many at once would all pass before the first has
/// failed.
pub(crate) struct Attempt<'a> {
    slowdown: &'a Slowdown,
    account: Option<String>,
    address: String,
}

impl Slowdown {
    /// Lets an attempt begin, unless it comes too soon after others that failed.
    pub(crate) fn attempt(&self, account: Option<&str>, address: IpAddr, now: Millis) -> Result<Attempt<'_>, ApiError> {
        let address = whose(address).to_string();
        let (mut accounts, mut addresses) = (lock(&self.accounts), lock(&self.addresses));
        let waits = [Some(addresses.may_try(&address, now)), account.map(|account| accounts.may_try(account, now))];
        let waits = waits.into_iter().flatten().filter_map(Result::err);
        if let Some(seconds) = waits.map(|wait| wait.seconds).max() {
            return Err(ApiError::rate_limited(seconds));
        }
        addresses.failed(&address, now);
        if let Some(account) = account {
            accounts.failed(account, now);
        }
        Ok(Attempt { slowdown: self, account: account.map(str::to_owned), address })
    }

    /// Forgets an account's failures.
    pub(crate) fn forgive(&self, account: &str) {
        lock(&self.accounts).succeeded(account);
    }
}

impl Attempt<'_> {
    /// It succeeded: the account's failures are forgotten; of the address, this one.
    pub(crate) fn succeeded(self) {
        if let Some(account) = &self.account {
            self.slowdown.forgive(account);
        }
        lock(&self.slowdown.addresses).excused(&self.address);
    }

    /// Nothing was tried.
    pub(crate) fn excused(self) {
        if let Some(account) = &self.account {
            lock(&self.slowdown.accounts).excused(account);
        }
        lock(&self.slowdown.addresses).excused(&self.address);
    }
}

fn lock(throttle: &Mutex<Throttle>) -> MutexGuard<'_, Throttle> {
    throttle.lock().unwrap_or_else(PoisonError::into_inner)
}
