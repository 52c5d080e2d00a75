//! Making a replica miss what its primary has answered.

use super::Redis;
use super::settings::CONTROL;
use crate::error::ServiceError;
use crate::wait::wait_until;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(30);

/// What came of a failover that lost what the old primary had answered last.
#[derive(Debug)]
pub struct LostTail<T> {
    /// What the writes returned.
    pub written: T,
    /// From the primary's death until another serves in its place.
    pub failover: Duration,
}

/// Lets `write` reach the primary only: the replica is cut off before, and when this returns it can follow again, but the
/// primary is dead.
///
/// Pausing the replica would not do: what the primary sent meanwhile waits in the socket, and is read on resuming. Its
/// password is changed instead, so that it is refused when it comes back, and stays a replica in everybody's eyes.
pub(super) fn write_unseen<T>(
    primary: &Redis,
    replica: &Redis,
    write: impl FnOnce(&Redis) -> T,
) -> Result<T, ServiceError> {
    wait_until("the replica to hold what its primary holds", LIMIT, || {
        Ok(primary.info("master_repl_offset")? == replica.info("slave_repl_offset")?)
    })?;
    replica.command(&["CONFIG", "SET", "masterauth", "wrong"])?;
    primary.command(&["CLIENT", "KILL", "TYPE", "replica"])?;
    wait_until("the replica to be cut off", LIMIT, || Ok(replica.info("master_link_status")? == "down"))?;
    let written = write(primary);
    primary.kill()?;
    replica.command(&["CONFIG", "SET", "masterauth", CONTROL])?;
    Ok(written)
}
