//! The record of who did what.

use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, millis};
use crate::{AuditEntry, NewAudit, document};

/// Adds an entry in the transaction that does what it tells of. Only one is under way at any time, so numbers are dense.
pub(super) async fn add(connection: &Connection, entry: NewAudit) -> Result<(), Fault> {
    let sql = "INSERT INTO audit (number, at, who, address, action, target, detail)
               SELECT coalesce(max(number), 0) + 1, $1, $2, $3, $4, $5, $6 FROM audit";
    let NewAudit { at, actor, action, target, detail } = entry;
    let detail = document::write(&detail)?;
    let added = connection.execute(sql, &[&at.0, &actor.who, &actor.address, &action, &target, &detail]).await?;
    changed(added, "entry")
}

fn read(row: &Row) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        number: column(row, 0)?,
        at: millis(row, 1)?,
        who: column(row, 2)?,
        address: column(row, 3)?,
        action: column(row, 4)?,
        target: column(row, 5)?,
        detail: document::read(column(row, 6)?)?,
    })
}

pub(super) async fn entries(
    connection: &Connection,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<AuditEntry>, Fault> {
    let sql = "SELECT number, at, who, address, action, target, detail FROM audit
               WHERE number < $1 ORDER BY number DESC LIMIT $2";
    let (before, limit) = (before.unwrap_or(i64::MAX), i64::try_from(limit).unwrap_or(i64::MAX));
    connection.rows(sql, &[&before, &limit]).await?.iter().map(read).collect()
}
