//! One clock for all that this process sends and receives.

use std::sync::LazyLock;

use tokio::time::Instant;

static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Microseconds since the clock was first asked.
pub(crate) fn since_start() -> u64 {
    micros(Instant::now())
}

/// The same of an instant.
pub(crate) fn micros(at: Instant) -> u64 {
    u64::try_from(at.saturating_duration_since(*START).as_micros()).unwrap_or(u64::MAX)
}
