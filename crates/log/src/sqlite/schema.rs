//! The file's tables, their versions, and what is read from them at open.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior};
use tideboard_model::{Epoch, FieldName, Millis, Nanos, Offset, Position, Proof, StreamName, TagName};

use super::shared::Known;
use crate::LogError;
use crate::admission::Schema;
use crate::refusals::kind_of;
use crate::stream::StreamState;

/// A page of the file.
pub(super) const PAGE_BYTES: u32 = 4_096;

/// Marks a database file as a log of Tideboard ("Tide" in ASCII).
const APPLICATION_ID: i64 = 0x5469_6465;

/// From each version to the next; a file's version is how many of them it has been through.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE streams (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        epoch INTEGER NOT NULL,
        -- The last append that retention took, and the latest event time up to it.
        base_last INTEGER NOT NULL DEFAULT 0,
        base_proof INTEGER NOT NULL DEFAULT 0,
        base_accepted INTEGER,
        base_high_time INTEGER,
        retained_from INTEGER
    ) STRICT;
    CREATE TABLE fields (
        stream INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (stream, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE tags (
        stream INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (stream, name)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE appends (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        proof INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        min_time INTEGER NOT NULL,
        max_time INTEGER NOT NULL,
        -- The latest event time up to here: rises with the offset, so that a time is found by binary search.
        high_time INTEGER NOT NULL,
        events BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX appends_by_offset ON appends (stream, last);
    CREATE INDEX appends_by_time ON appends (stream, high_time, last);
    CREATE TABLE keys (
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        principal TEXT NOT NULL,
        key TEXT NOT NULL,
        digest BLOB NOT NULL,
        accepted INTEGER NOT NULL,
        last INTEGER NOT NULL,
        proof INTEGER NOT NULL,
        appended INTEGER NOT NULL,
        refused TEXT NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX keys_by_name ON keys (stream, principal, key);
",
    "
    CREATE TABLE producers (
        -- Rises with the last use.
        id INTEGER PRIMARY KEY,
        stream INTEGER NOT NULL,
        principal TEXT NOT NULL,
        producer TEXT NOT NULL,
        used INTEGER NOT NULL,
        highest INTEGER NOT NULL,
        -- Which of those just below the highest were appended, a bit for each.
        below BLOB NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX producers_by_name ON producers (stream, principal, producer);
    ALTER TABLE keys ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0;
",
];

/// The writer's connection, with the tables at the newest version.
pub(super) fn open(file: &Path, checkpoint_bytes: u32) -> Result<Connection, LogError> {
    let mut db = Connection::open(file)?;
    if db.is_readonly("main")? {
        let folder = file.parent().unwrap_or(file).to_owned();
        return Err(LogError::Unwritable { folder, source: std::io::ErrorKind::PermissionDenied.into() });
    }
    db.busy_timeout(Duration::from_secs(5))?;
    let version = check(&db, file)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // FULL syncs the write-ahead log at every commit: an answer outlives the power.
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update(None, "wal_autocheckpoint", checkpoint_bytes.div_ceil(PAGE_BYTES).max(1))?;
    db.pragma_update(None, "journal_size_limit", 64 << 20)?;
    db.set_prepared_statement_cache_capacity(32);
    migrate(&mut db, version)?;
    Ok(db)
}

/// The file's version, if it is a log that can be read.
fn check(db: &Connection, file: &Path) -> Result<usize, LogError> {
    let not_a_log = || LogError::NotALog { file: file.to_owned() };
    let pragma = |name: &str| db.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let version = match pragma("user_version") {
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => return Err(not_a_log()),
        version => version?,
    };
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables > 0 && pragma("application_id")? != APPLICATION_ID {
        return Err(not_a_log());
    }
    match usize::try_from(version) {
        Ok(known) if known <= MIGRATIONS.len() => Ok(known),
        Ok(_) => {
            let supported = i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX);
            Err(LogError::NewerVersion { file: file.to_owned(), found: version, supported })
        }
        Err(_negative) => Err(not_a_log()),
    }
}

fn migrate(db: &mut Connection, from: usize) -> Result<(), LogError> {
    for (version, migration) in (1_i64..).zip(MIGRATIONS).skip(from) {
        let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
        step.execute_batch(migration)?;
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", version)?;
        step.commit()?;
    }
    Ok(())
}

/// Every stream as the file has it.
pub(super) fn load(db: &Connection) -> Result<BTreeMap<StreamName, Known>, LogError> {
    let snapshot = Transaction::new_unchecked(db, TransactionBehavior::Deferred)?;
    let mut statement = snapshot.prepare(
        "SELECT id, name, epoch, base_last, base_proof, retained_from, base_high_time, base_accepted FROM streams",
    )?;
    let mut rows = statement.query([])?;
    let mut streams = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let id = row.get(0)?;
        let name = StreamName::new(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        let name = name.map_err(|error| LogError::Failed(format!("stream {id}: {error}")))?;
        let state = stream(&snapshot, id, row)?;
        streams.insert(name, Known { id, state });
    }
    Ok(streams)
}

/// The end is the last append that is left, or else the last that retention took.
fn stream(db: &Connection, id: i64, row: &Row<'_>) -> Result<StreamState, LogError> {
    let epoch = Epoch(row.get::<_, i64>(2)?.cast_unsigned());
    let position = |last: i64, proof: i64| Position {
        epoch,
        offset: Offset(last.cast_unsigned()),
        proof: Proof(proof.cast_unsigned()),
    };
    let base = position(row.get(3)?, row.get(4)?);
    let mut state = StreamState {
        end: base,
        base,
        retained_from: row.get::<_, Option<i64>>(5)?.map(Nanos),
        high_time: Nanos(row.get::<_, Option<i64>>(6)?.unwrap_or(i64::MIN)),
        last_accepted: row.get::<_, Option<i64>>(7)?.map(Millis),
        schema: names(db, id)?,
    };
    let last = db
        .prepare_cached(
            "SELECT last, proof, high_time, accepted FROM appends WHERE stream = ?1 AND last > ?2
             ORDER BY last DESC LIMIT 1",
        )?
        .query_row((id, base.offset.0.cast_signed()), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
        .optional()?;
    if let Some((last, proof, high_time, accepted)) = last {
        state.end = position(last, proof);
        state.high_time = Nanos(high_time);
        state.last_accepted = Some(Millis(accepted));
    }
    Ok(state)
}

fn names(db: &Connection, id: i64) -> Result<Schema, LogError> {
    let bad_name = |error| LogError::Failed(format!("stream {id}: {error}"));
    let mut fields = BTreeMap::new();
    let mut statement = db.prepare_cached("SELECT name, kind FROM fields WHERE stream = ?1")?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        let name = FieldName::new(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?).map_err(bad_name)?;
        let kind = kind_of(row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?);
        fields.insert(name, kind.ok_or_else(|| LogError::Failed(format!("stream {id}: unknown kind of field")))?);
    }
    let mut tags = BTreeSet::new();
    let mut statement = db.prepare_cached("SELECT name FROM tags WHERE stream = ?1")?;
    let mut rows = statement.query([id])?;
    while let Some(row) = rows.next()? {
        tags.insert(TagName::new(row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?).map_err(bad_name)?);
    }
    Ok(Schema { fields: Arc::new(fields), tags: Arc::new(tags) })
}
