//! Waiting for a condition, with an end.

use crate::error::ServiceError;
use std::time::{Duration, Instant};

/// Room for a server to come up on a slow machine.
pub(crate) const START_LIMIT: Duration = Duration::from_secs(30);

const STEP: Duration = Duration::from_millis(5);

/// Asks again and again until the answer is yes; an error ends the waiting. Returns how long it took.
pub(crate) fn wait_until(
    what: &str,
    limit: Duration,
    mut condition: impl FnMut() -> Result<bool, ServiceError>,
) -> Result<Duration, ServiceError> {
    let started = Instant::now();
    while !condition()? {
        if started.elapsed() >= limit {
            return Err(ServiceError::Late { what: what.to_owned(), waited: limit });
        }
        std::thread::sleep(STEP);
    }
    Ok(started.elapsed())
}
