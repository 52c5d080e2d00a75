//! From SQLite's errors to decisions.

use std::error::Error;
use std::str::FromStr;

use rusqlite::types::{Type, ValueRef};
use rusqlite::{ErrorCode, Row};
use serde::de::DeserializeOwned;
use tideboard_model::Millis;

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
fn is_orphan(error: &rusqlite::Error) -> bool {
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

/// A column that is stored as text, if there is one.
pub(super) fn parsed_if_any<T>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>>
where
    T: FromStr,
    T::Err: Error + Send + Sync + 'static,
{
    let is_there = !matches!(row.get_ref(column)?, ValueRef::Null);
    is_there.then(|| parsed(row, column)).transpose()
}

/// A column that is stored as JSON.
pub(super) fn from_json<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let json: String = row.get(column)?;
    serde_json::from_str(&json)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error)))
}

/// A column that is a time, if there is one.
pub(super) fn time(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Millis>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Millis))
}

/// A row that refers to a user: the user may be missing, or the row there already.
pub(super) fn referring(inserted: rusqlite::Result<usize>, what: &'static str) -> Result<(), StoreError> {
    match inserted {
        Err(error) if is_orphan(&error) => Err(StoreError::NotFound { what: "user" }),
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what }),
        other => changed(other?, what),
    }
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
