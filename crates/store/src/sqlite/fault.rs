//! From SQLite's errors to decisions.

use std::error::Error;
use std::str::FromStr;

use rusqlite::types::Type;
use rusqlite::{ErrorCode, Row};

use crate::StoreError;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let reason = error.to_string();
        if matches!(error, rusqlite::Error::FromSqlConversionFailure(..) | rusqlite::Error::InvalidColumnType(..)) {
            return Self::Damaged { reason };
        }
        let Some(code) = error.sqlite_error_code() else { return Self::Failed { reason } };
        if matches!(code, ErrorCode::DiskFull) {
            Self::Full
        } else if matches!(code, ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::PermissionDenied) {
            Self::Unwritable { reason }
        } else if matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) {
            Self::Busy
        } else if matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) {
            Self::Damaged { reason }
        } else {
            Self::Failed { reason }
        }
    }
}

/// Whether a row was refused because it is there already.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    let taken = [rusqlite::ffi::SQLITE_CONSTRAINT_PRIMARYKEY, rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE];
    error.sqlite_error().is_some_and(|error| taken.contains(&error.extended_code))
}

/// Whether a row was refused because what it refers to is missing.
pub(super) fn is_orphan(error: &rusqlite::Error) -> bool {
    let orphan = rusqlite::ffi::SQLITE_CONSTRAINT_FOREIGNKEY;
    error.sqlite_error().is_some_and(|error| error.extended_code == orphan)
}

/// A column that is stored as text.
pub(super) fn parsed<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<T>
where
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    let text: String = row.get(column)?;
    text.parse().map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// `NotFound` for what a look-up did not find.
pub(super) fn found<T>(found: rusqlite::Result<T>, what: &'static str) -> Result<T, StoreError> {
    match found {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(StoreError::NotFound { what }),
        other => Ok(other?),
    }
}

/// `NotFound` for a change that met no row.
pub(super) fn changed(rows: usize, what: &'static str) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::NotFound { what }) } else { Ok(()) }
}
