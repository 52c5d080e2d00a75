//! API keys.

use tideboard_access::{KeyId, Reach, SecretHash};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, found, millis, millis_or_none, parsed, referring};
use super::{audit, changes};
use crate::record::TOUCH_MS;
use crate::{ApiKey, Change, NewAudit, document};

const MISSING: &str = "API key";

/// Columns of a key, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "id, name, prefix, hash, purpose, scope, tags, created, created_by, expires, last_used, revoked"
    };
}

fn read(row: &Row) -> Result<ApiKey, Fault> {
    Ok(ApiKey {
        id: parsed(row, 0)?,
        name: column(row, 1)?,
        prefix: column(row, 2)?,
        hash: parsed(row, 3)?,
        purpose: parsed(row, 4)?,
        reach: Reach { streams: document::read(column(row, 5)?)?, tags: document::read(column(row, 6)?)? },
        created: millis(row, 7)?,
        created_by: parsed(row, 8)?,
        expires: millis_or_none(row, 9)?,
        last_used: millis_or_none(row, 10)?,
        revoked: millis_or_none(row, 11)?,
    })
}

pub(super) async fn add(connection: &Connection, key: ApiKey, audit: NewAudit) -> Result<(), Fault> {
    let sql = concat!("INSERT INTO keys (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
    let (id, hash, purpose, created_by) =
        (key.id.as_str(), key.hash.to_string(), key.purpose.as_str(), key.created_by.as_str());
    let (scope, tags) = (document::write(&key.reach.streams)?, document::write(&key.reach.tags)?);
    let [expires, last_used, revoked] = [key.expires, key.last_used, key.revoked].map(|at| at.map(|at| at.0));
    let params = [
        &id as _,
        &key.name as _,
        &key.prefix as _,
        &hash as _,
        &purpose as _,
        &scope as _,
        &tags as _,
        &key.created.0 as _,
        &created_by as _,
        &expires as _,
        &last_used as _,
        &revoked as _,
    ];
    referring(connection.execute(sql, &params).await, MISSING)?;
    audit::add(connection, audit).await
}

pub(super) async fn all(connection: &Connection) -> Result<Vec<ApiKey>, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM keys ORDER BY created DESC, id");
    connection.rows(sql, &[]).await?.iter().map(read).collect()
}

pub(super) async fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<ApiKey, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM keys WHERE hash = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)"
    );
    read(&found(connection.row(sql, &[&hash.to_string(), &now.0]).await?, MISSING)?)
}

pub(super) async fn by_id(connection: &Connection, id: KeyId, now: Millis) -> Result<ApiKey, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM keys WHERE id = $1 AND revoked IS NULL AND (expires IS NULL OR expires > $2)"
    );
    read(&found(connection.row(sql, &[&id.as_str(), &now.0]).await?, MISSING)?)
}

pub(super) async fn touch(connection: &Connection, id: KeyId, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE keys SET last_used = $2 WHERE id = $1 AND (last_used IS NULL OR last_used <= $3)";
    connection.execute(sql, &[&id.as_str(), &now.0, &now.0.saturating_sub(TOUCH_MS)]).await?;
    Ok(())
}

pub(super) async fn revoke(connection: &Connection, id: KeyId, audit: NewAudit) -> Result<(), Fault> {
    let sql = "UPDATE keys SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
    changed(connection.execute(sql, &[&id.as_str(), &audit.at.0]).await?, MISSING)?;
    changes::note(connection, &Change::KeyRevoked { id }).await?;
    audit::add(connection, audit).await
}
