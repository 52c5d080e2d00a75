//! The record of who did what.

use rusqlite::{Connection, Row, params};
use tideboard_model::Millis;

use super::fault::from_json;
use crate::{AuditEntry, NewAudit, StoreError, document};

/// Adds an entry in the transaction that does what it tells of.
pub(super) fn note(connection: &Connection, entry: &NewAudit) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (number, at, who, address, action, target, detail)
               SELECT coalesce(max(number), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6 FROM audit";
    let mut statement = connection.prepare_cached(sql)?;
    let (who, address, detail) = (&entry.actor.who, &entry.actor.address, document::write(&entry.detail)?);
    statement.execute(params![entry.at.0, who, address, entry.action, entry.target, detail])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<AuditEntry> {
    Ok(AuditEntry {
        number: row.get(0)?,
        at: Millis(row.get(1)?),
        who: row.get(2)?,
        address: row.get(3)?,
        action: row.get(4)?,
        target: row.get(5)?,
        detail: from_json(row, 6)?,
    })
}

pub(super) fn entries(
    connection: &Connection,
    before: Option<i64>,
    limit: usize,
) -> Result<Vec<AuditEntry>, StoreError> {
    let sql = "SELECT number, at, who, address, action, target, detail FROM audit
               WHERE ?1 IS NULL OR number < ?1 ORDER BY number DESC LIMIT ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let entries = statement.query_map(params![before, limit], read)?;
    Ok(entries.collect::<rusqlite::Result<_>>()?)
}
