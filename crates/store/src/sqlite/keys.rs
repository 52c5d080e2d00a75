//! API keys.

use rusqlite::types::Type;
use rusqlite::{Connection, Row, params};
use tideboard_access::{KeyId, SecretHash};
use tideboard_model::Millis;

use super::changes;
use super::fault::{changed, found, is_orphan, is_taken, parsed};
use crate::record::TOUCH_MS;
use crate::{ApiKey, Change, StoreError};

const COLUMNS: &str = "id, name, prefix, hash, scope, created, created_by, last_used, revoked";

fn read(row: &Row<'_>) -> rusqlite::Result<ApiKey> {
    let scope: String = row.get(4)?;
    let scope = serde_json::from_str(&scope)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(4, Type::Text, Box::new(error)))?;
    Ok(ApiKey {
        id: parsed(row, 0)?,
        name: row.get(1)?,
        prefix: row.get(2)?,
        hash: parsed(row, 3)?,
        scope,
        created: Millis(row.get(5)?),
        created_by: parsed(row, 6)?,
        last_used: row.get::<_, Option<i64>>(7)?.map(Millis),
        revoked: row.get::<_, Option<i64>>(8)?.map(Millis),
    })
}

pub(super) fn add(connection: &Connection, key: &ApiKey) -> Result<(), StoreError> {
    let scope = serde_json::to_string(&key.scope).map_err(|error| StoreError::Failed { reason: error.to_string() })?;
    let inserted = connection.execute(
        "INSERT INTO keys (id, name, prefix, hash, scope, created, created_by, last_used, revoked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            key.id.as_str(),
            key.name,
            key.prefix,
            key.hash.to_string(),
            scope,
            key.created.0,
            key.created_by.as_str(),
            key.last_used.map(|at| at.0),
            key.revoked.map(|at| at.0)
        ],
    );
    match inserted {
        Err(error) if is_orphan(&error) => Err(StoreError::NotFound { what: "user" }),
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what: "API key" }),
        other => changed(other?, "API key"),
    }
}

pub(super) fn all(connection: &Connection) -> Result<Vec<ApiKey>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys ORDER BY created DESC, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let keys = statement.query_map([], read)?;
    Ok(keys.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn get(connection: &Connection, hash: SecretHash) -> Result<ApiKey, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM keys WHERE hash = ?1 AND revoked IS NULL");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row([hash.to_string()], read), "API key")
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
    changed(connection.execute(sql, params![id.as_str(), now.0])?, "API key")?;
    changes::note(connection, &Change::KeyRevoked { id: id.clone() })
}
