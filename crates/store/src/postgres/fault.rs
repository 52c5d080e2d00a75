//! From PostgreSQL's errors to decisions.

use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use tideboard_model::Millis;
use tokio_postgres::Row;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::FromSql;

use crate::StoreError;

/// Why work on a connection ended, and what to do about it.
#[derive(Debug)]
pub(super) enum Fault {
    /// An answer for the caller: trying again gives the same.
    Answer(StoreError),
    /// A row was refused because it is there already.
    Taken(StoreError),
    /// A row was refused because what it refers to is missing.
    Orphan(StoreError),
    /// Others were in the way: the transaction may succeed when it is run again.
    Again(StoreError),
    /// The connection, or the server it leads to, is of no use any more: another one may be.
    Elsewhere(StoreError),
    /// There was no answer in time: nor may other connections give one.
    Hung(StoreError),
}

impl Fault {
    pub(super) fn hung(limit: Duration) -> Self {
        Self::Hung(StoreError::Unreachable { reason: format!("no answer within {} seconds", limit.as_secs()) })
    }

    /// What the caller is told if it ends here.
    pub(super) fn into_error(self) -> StoreError {
        match self {
            Self::Answer(error)
            | Self::Taken(error)
            | Self::Orphan(error)
            | Self::Again(error)
            | Self::Elsewhere(error)
            | Self::Hung(error) => error,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Answer(error)
    }
}

impl From<tideboard_boards::BoardError> for Fault {
    fn from(error: tideboard_boards::BoardError) -> Self {
        Self::Answer(error.into())
    }
}

impl From<tokio_postgres::Error> for Fault {
    fn from(error: tokio_postgres::Error) -> Self {
        let reason = told(&error);
        match error.code() {
            Some(code) => from_state(code, reason),
            None if is_of_network(&error) => Self::Elsewhere(StoreError::Unreachable { reason }),
            None => Self::Elsewhere(StoreError::Failed { reason }),
        }
    }
}

/// Whether the connection broke or nobody answered. What TLS has against the other side is told apart from that by its
/// kind: it comes as an error of input too.
pub(super) fn is_of_network(error: &tokio_postgres::Error) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<std::io::Error>());
    error.is_closed() || source.is_some_and(|source| source.kind() != std::io::ErrorKind::InvalidData)
}

/// The error with what caused it: the library says the first part only.
fn told(error: &tokio_postgres::Error) -> String {
    if let Some(database) = error.as_db_error() {
        return format!("{} ({})", database.message(), database.code().code());
    }
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}

/// The states are told apart by what can be done about them (PostgreSQL's documentation, appendix A).
fn from_state(state: &SqlState, reason: String) -> Fault {
    let code = state.code();
    match code {
        // unique_violation
        "23505" => Fault::Taken(StoreError::Failed { reason }),
        // foreign_key_violation
        "23503" => Fault::Orphan(StoreError::Failed { reason }),
        // serialization_failure, deadlock_detected
        "40001" | "40P01" => Fault::Again(StoreError::Busy),
        // lock_not_available, query_canceled, out_of_memory
        "55P03" | "57014" | "53200" => Fault::Answer(StoreError::Busy),
        // disk_full
        "53100" => Fault::Answer(StoreError::Full),
        // insufficient_privilege
        "42501" => Fault::Answer(StoreError::Unwritable { reason }),
        // read_only_sql_transaction: what was the primary server is one no more.
        "25006" => Fault::Elsewhere(StoreError::Unreachable { reason }),
        // invalid_sql_statement_name, feature_not_supported: statements that were prepared before a change of schema,
        // or on another server behind a proxy.
        "26000" | "0A000" => Fault::Elsewhere(StoreError::Failed { reason }),
        // data_corrupted, index_corrupted
        "XX001" | "XX002" => Fault::Answer(StoreError::Damaged { reason }),
        // idle_in_transaction_session_timeout
        "25P03" => Fault::Elsewhere(StoreError::Unreachable { reason }),
        // Connection exceptions; too many connections and other lacks; stopped, crashed, or still starting.
        _ if ["08", "53", "57"].iter().any(|class| code.starts_with(class)) => {
            Fault::Elsewhere(StoreError::Unreachable { reason })
        }
        _ => Fault::Answer(StoreError::Failed { reason }),
    }
}

/// A column as it is stored.
pub(super) fn column<'a, T: FromSql<'a>>(row: &'a Row, index: usize) -> Result<T, Fault> {
    row.try_get(index).map_err(|error| damaged(&told(&error)))
}

/// A column that is stored as text.
pub(super) fn parsed<T>(row: &Row, index: usize) -> Result<T, Fault>
where
    T: FromStr,
    T::Err: Error,
{
    parse(column(row, index)?)
}

/// The same, where it may be missing.
pub(super) fn parsed_or_none<T>(row: &Row, index: usize) -> Result<Option<T>, Fault>
where
    T: FromStr,
    T::Err: Error,
{
    column::<Option<&str>>(row, index)?.map(parse).transpose()
}

/// Lists of such texts, in whatever holds them.
pub(super) fn all_parsed<T, C>(row: &Row, index: usize) -> Result<C, Fault>
where
    T: FromStr,
    T::Err: Error,
    C: FromIterator<T>,
{
    column::<Vec<&str>>(row, index)?.into_iter().map(parse).collect()
}

/// What was stored as text.
pub(super) fn parse<T>(text: &str) -> Result<T, Fault>
where
    T: FromStr,
    T::Err: Error,
{
    text.parse().map_err(|error: T::Err| damaged(&error))
}

/// What is stored makes no sense.
pub(super) fn damaged(reason: &dyn fmt::Display) -> Fault {
    Fault::Answer(StoreError::Damaged { reason: reason.to_string() })
}

/// A time.
pub(super) fn millis(row: &Row, index: usize) -> Result<Millis, Fault> {
    column(row, index).map(Millis)
}

/// A time at which something may have happened.
pub(super) fn millis_or_none(row: &Row, index: usize) -> Result<Option<Millis>, Fault> {
    Ok(column::<Option<i64>>(row, index)?.map(Millis))
}

/// A revision, which PostgreSQL keeps in a wider column.
pub(super) fn revision(row: &Row, index: usize) -> Result<u32, Fault> {
    let wide: i64 = column(row, index)?;
    u32::try_from(wide).map_err(|error| damaged(&error))
}

/// A row that refers to a user: the user may be missing, or the row there already.
pub(super) fn referring(inserted: Result<u64, Fault>, what: &'static str) -> Result<(), Fault> {
    match inserted {
        Err(Fault::Orphan(_)) => Err(StoreError::NotFound { what: "user" }.into()),
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what }.into()),
        other => changed(other?, what),
    }
}

/// `NotFound` for what a look-up did not find.
pub(super) fn found<T>(found: Option<T>, what: &'static str) -> Result<T, Fault> {
    found.ok_or(Fault::Answer(StoreError::NotFound { what }))
}

/// `NotFound` for a change that met no row.
pub(super) fn changed(rows: u64, what: &'static str) -> Result<(), Fault> {
    if rows == 0 { Err(StoreError::NotFound { what }.into()) } else { Ok(()) }
}
