//! API keys.

use tideboard_access::{KeyId, SecretHash};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::changes;
use super::connection::Connection;
use super::fault::{Fault, changed, column, found, parsed};
use crate::record::TOUCH_MS;
use crate::{ApiKey, Change, StoreError, document};

fn read(row: &Row) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: parsed(row, 0)?,
        name: column(row, 1)?,
        prefix: column(row, 2)?,
        hash: parsed(row, 3)?,
        scope: document::read(column(row, 4)?)?,
        created: Millis(column(row, 5)?),
        created_by: parsed(row, 6)?,
        last_used: column::<Option<i64>>(row, 7)?.map(Millis),
        revoked: column::<Option<i64>>(row, 8)?.map(Millis),
    })
}

pub(super) async fn add(connection: &Connection, key: ApiKey) -> Result<(), Fault> {
    let sql = "INSERT INTO keys (id, name, prefix, hash, scope, created, created_by, last_used, revoked)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let (id, hash, created_by) = (key.id.as_str(), key.hash.to_string(), key.created_by.as_str());
    let scope = document::write(&key.scope)?;
    let (last_used, revoked) = (key.last_used.map(|at| at.0), key.revoked.map(|at| at.0));
    let inserted = connection
        .execute(sql, &[&id, &key.name, &key.prefix, &hash, &scope, &key.created.0, &created_by, &last_used, &revoked])
        .await;
    match inserted {
        Err(Fault::Orphan(_)) => Err(StoreError::NotFound { what: "user" }.into()),
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what: "API key" }.into()),
        other => changed(other?, "API key"),
    }
}

pub(super) async fn all(connection: &Connection) -> Result<Vec<ApiKey>, Fault> {
    let sql = "SELECT id, name, prefix, hash, scope, created, created_by, last_used, revoked FROM keys
               ORDER BY created DESC, id";
    connection.rows(sql, &[]).await?.iter().map(read).collect()
}

pub(super) async fn get(connection: &Connection, hash: SecretHash) -> Result<ApiKey, Fault> {
    let sql = "SELECT id, name, prefix, hash, scope, created, created_by, last_used, revoked FROM keys
               WHERE hash = $1 AND revoked IS NULL";
    read(&found(connection.row(sql, &[&hash.to_string()]).await?, "API key")?)
}

pub(super) async fn touch(connection: &Connection, id: KeyId, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used <= $3)";
    connection.execute(sql, &[&id.as_str(), &now.0, &now.0.saturating_sub(TOUCH_MS)]).await?;
    Ok(())
}

pub(super) async fn revoke(connection: &Connection, id: KeyId, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
    changed(connection.execute(sql, &[&id.as_str(), &now.0]).await?, "API key")?;
    changes::note(connection, &Change::KeyRevoked { id }).await
}
