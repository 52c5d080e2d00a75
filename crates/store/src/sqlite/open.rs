//! Opening the file.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::{schema, users};
use crate::{FirstOpen, StoreError};

/// How long a process waits for another one's transaction: the command line beside a running server.
const BUSY: Duration = Duration::from_secs(5);

/// A connection for writing, on a file that is made and brought up to date if need be.
pub(super) fn writer(path: &Path, first: &FirstOpen) -> Result<Connection, StoreError> {
    create_private(path)?;
    let mut connection = connect(path)?;
    schema::check_version(&connection)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // A revoked session must stay revoked after a power cut.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    schema::migrate(&mut connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    users::begin(&transaction, first)?;
    transaction.commit()?;
    Ok(connection)
}

/// A connection for reading, on a file that [`writer`] has opened.
pub(super) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let connection = connect(path)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    Ok(connection)
}

/// Makes the file readable by its owner alone, for it holds a private key; SQLite's side files follow it.
fn create_private(path: &Path) -> Result<(), StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(StoreError::Full),
        Err(error) => Err(StoreError::Unwritable { reason: error.to_string() }),
    }
}
