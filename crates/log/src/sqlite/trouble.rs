//! What SQLite's errors mean to a caller.

use rusqlite::{Error, ErrorCode, ffi};

use crate::{AppendError, LogError};

enum Trouble {
    Full,
    Other(String),
}

fn trouble(error: &Error) -> Trouble {
    match error.sqlite_error() {
        Some(cause) if cause.code == ErrorCode::DiskFull => Trouble::Full,
        // The shared-memory file could not grow.
        Some(cause) if cause.extended_code == ffi::SQLITE_IOERR_SHMSIZE => Trouble::Full,
        Some(_) | None => Trouble::Other(error.to_string()),
    }
}

impl From<Error> for AppendError {
    fn from(error: Error) -> Self {
        match trouble(&error) {
            Trouble::Full => Self::Full,
            Trouble::Other(reason) => Self::Failed(reason),
        }
    }
}

impl From<Error> for LogError {
    fn from(error: Error) -> Self {
        match trouble(&error) {
            Trouble::Full => Self::Full,
            Trouble::Other(reason) => Self::Failed(reason),
        }
    }
}
