//! Whether the server can serve.

use std::sync::atomic::{AtomicI64, Ordering};

use tideboard_log::{Clock, Standing};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long trouble with storage counts. After that traffic is let in again: only a write can show that it is over.
const TROUBLE_MS: i64 = 10_000;

/// What decides whether requests should come here.
pub(crate) struct Health {
    clock: Clock,
    standing: watch::Receiver<Standing>,
    /// Cancelled once viewers are to go elsewhere.
    draining: CancellationToken,
    /// When storage last refused a write; `i64::MIN` if the last write went well.
    trouble: AtomicI64,
}

/// Why requests should go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotReady {
    /// The server is about to stop.
    Stopping,
    /// Storage refuses writes.
    Storage,
    /// The log's storage can't be reached.
    Away,
}

impl Health {
    pub(crate) fn new(clock: Clock, standing: watch::Receiver<Standing>, draining: CancellationToken) -> Self {
        Self { clock, standing, draining, trouble: AtomicI64::new(i64::MIN) }
    }

    /// Storage refused a write. While it can't be reached that is no news, and is over once it can.
    pub(crate) fn write_failed(&self) {
        if self.is_away() {
            return;
        }
        self.trouble.store((self.clock)().0, Ordering::Relaxed);
    }

    /// Storage took a write.
    pub(crate) fn write_went_well(&self) {
        self.trouble.store(i64::MIN, Ordering::Relaxed);
    }

    fn is_away(&self) -> bool {
        matches!(*self.standing.borrow(), Standing::Away { .. })
    }

    /// Whether requests should come here.
    pub(crate) fn check(&self) -> Result<(), NotReady> {
        if self.draining.is_cancelled() {
            return Err(NotReady::Stopping);
        }
        if self.is_away() {
            return Err(NotReady::Away);
        }
        let age = (self.clock)().0.saturating_sub(self.trouble.load(Ordering::Relaxed));
        if (0..TROUBLE_MS).contains(&age) { Err(NotReady::Storage) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tideboard_model::Millis;

    use super::*;

    #[test]
    fn trouble_counts_until_a_write_goes_well_or_time_passes() {
        let now = Arc::new(AtomicI64::new(1_000_000));
        let draining = CancellationToken::new();
        let (stand, standing) = watch::channel(Standing::Reached);
        let read = now.clone();
        let clock: Clock = Arc::new(move || Millis(read.load(Ordering::Relaxed)));
        let health = Health::new(clock, standing, draining.clone());
        assert_eq!(health.check(), Ok(()));
        health.write_failed();
        assert_eq!(health.check(), Err(NotReady::Storage));
        health.write_went_well();
        assert_eq!(health.check(), Ok(()));
        health.write_failed();
        now.fetch_add(TROUBLE_MS, Ordering::Relaxed);
        assert_eq!(health.check(), Ok(()));
        stand.send_replace(Standing::Away { since: Millis(1) });
        assert_eq!(health.check(), Err(NotReady::Away));
        health.write_failed();
        stand.send_replace(Standing::Reached);
        assert_eq!(health.check(), Ok(()), "what failed meanwhile is over with it");
        draining.cancel();
        assert_eq!(health.check(), Err(NotReady::Stopping));
    }
}
