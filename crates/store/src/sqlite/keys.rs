//! API keys.

use rusqlite::{Connection, Row, params};
use tideboard_access::{KeyId, Reach, SecretHash};
use tideboard_model::Millis;

use super::changes;
use super::fault::{changed, found, from_json, parsed, referring, time};
use crate::record::TOUCH_MS;
use crate::{ApiKey, Change, StoreError, document};

const MISSING: &str = "API key";
const COLUMNS: &str = "id, name, prefix, hash, purpose, scope, tags, created, created_by, expires, last_used, revoked";
/// What is so of a key that opens something, at `?2`.
const COUNTS: &str = "revoked IS NULL AND (expires IS NULL OR expires > ?2)";

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    Ok(ApiKey {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        prefix: row.get(2)?,
        hash: parsed(row, 3)?,
        purpose: parsed(row, 4)?,
        reach: Reach { streams: from_json(row, 5)?, tags: from_json(row, 6)? },
        created: Millis(row.get(7)?),
        created_by: parsed(row, 8)?,
        expires: time(row, 9)?,
        last_used: time(row, 10)?,
        revoked: time(row, 11)?,
    })
}

pub(super) fn add(connection: &Connection, key: &ApiKey) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO keys ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
    let inserted = connection.execute(
        &sql,
        params![
            key.id.as_str(),
            key.name,
            key.prefix,
            key.hash.to_string(),
            key.purpose.as_str(),
            document::write(&key.reach.streams)?,
            document::write(&key.reach.tags)?,
            key.created.0,
            key.created_by.as_str(),
            key.expires.map(|at| at.0),
            key.last_used.map(|at| at.0),
            key.revoked.map(|at| at.0)
        ],
    );
    referring(inserted, MISSING)
}

pub(super) fn all(connection: &Connection) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys ORDER BY created DESC, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let keys = statement.query_map([], read)?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<ApiKey, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE hash = ?1 AND {COUNTS}");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row(params![hash.to_string(), now.0], read), MISSING)
}

pub(super) fn of_id(connection: &Connection, id: &KeyId, now: Millis) -> Result<ApiKey, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE id = ?1 AND {COUNTS}");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row(params![id.as_str(), now.0], read), MISSING)
}

pub(super) fn is_stale(connection: &Connection, id: &KeyId, now: Millis) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM keys WHERE id = ?1 AND (last_used IS NULL OR last_used <= ?2))";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![id.as_str(), now.0.saturating_sub(TOUCH_MS)], |row| row.get(0))?)
}

pub(super) fn touch(connection: &Connection, id: &KeyId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE keys SET last_used = ?2 WHERE id = ?1 AND (last_used IS NULL OR last_used < ?2)";
    connection.execute(sql, params![id.as_str(), now.0])?;
    Ok(())
}

pub(super) fn revoke(connection: &Connection, id: &KeyId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE keys SET revoked = ?2 WHERE id = ?1 AND revoked IS NULL";
    changed(connection.execute(sql, params![id.as_str(), now.0])?, MISSING)?;
    changes::note(connection, &Change::KeyRevoked { id: id.clone() })
}
