//! Opening the file.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{installation, schema};
use crate::{FirstOpen, StoreError};

/// How long a process waits for another one's transaction: the command line beside a running server.
const BUSY: Duration = Duration::from_secs(5);
/// How long to wait before asking again where SQLite itself does not wait.
const PAUSE: Duration = Duration::from_millis(20);

/// A connection for writing, on a file that is made and brought up to date if need be.
pub(super) fn writer(path: &Path, first: Option<&FirstOpen>) -> Result<Connection, StoreError> {
    let is_new = !path.exists();
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    schema::check_version(&connection)?;
    if is_new {
        make_private(path)?;
    }
    use_write_ahead_log(&connection)?;
    // A revoked session must stay revoked after a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut connection)?;
    if let Some(first) = first {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        installation::begin(&transaction, first)?;
        transaction.commit()?;
    }
    Ok(connection)
}

/// A connection for reading, on a file that [`writer`] has opened.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path, OpenFlags::empty())?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(path: &Path, more: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// A no-op on every file but a new one. Of two processes that make the file at once, SQLite refuses one without
/// waiting, for fear of a deadlock: that one asks again.
fn use_write_ahead_log(connection: &Connection) -> Result<(), StoreError> {
    let mut left = BUSY;
    loop {
        match connection.pragma_update(None, "journal_mode", "wal").map_err(StoreError::from) {
            Err(StoreError::Busy) if !left.is_zero() => {
                left = left.saturating_sub(PAUSE);
                std::thread::sleep(PAUSE);
            }
            other => return other,
        }
    }
}

/// Makes the file readable by its owner alone before a private key is written to it; SQLite's side files follow it.
///
/// By path, never by a handle of our own: closing one would drop this process's locks on the file
/// (<https://sqlite.org/howtocorrupt.html>, section 2.2).
#[cfg(unix)]
fn make_private(path: &Path) -> Result<(), StoreError> {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    std::fs::set_permissions(path, mode).map_err(|error| StoreError::Unwritable { reason: error.to_string() })
}

#[cfg(not(unix))]
fn make_private(_: &Path) -> Result<(), StoreError> {
    Ok(())
}
