//! The list of changes.

use rusqlite::{Connection, Row, params};

use crate::change::{CHANGES_KEPT, CHANGES_PRUNED_EVERY, CHANGES_READ, ChangePoint, Noted};
use crate::{Change, Changed, Changes, StoreError, document};

/// Notes a change in the transaction that makes it.
pub(super) fn note(connection: &Connection, change: &Change) -> Result<(), StoreError> {
    let sql = "INSERT INTO changes (number, mark, change)
               SELECT coalesce(max(number), 0) + 1, random(), ?1 FROM changes RETURNING number";
    let mut statement = connection.prepare_cached(sql)?;
    let number: i64 = statement.query_row([document::write(change)?], |row| row.get(0))?;
    // The last change is never among them: the next one is numbered from it.
    if number % CHANGES_PRUNED_EVERY == 0 {
        connection.execute("DELETE FROM changes WHERE number <= ?1", [number.saturating_sub(CHANGES_KEPT)])?;
    }
    Ok(())
}

fn point(row: &Row<'_>) -> rusqlite::Result<ChangePoint> {
    Ok(ChangePoint { number: row.get(0)?, mark: row.get(1)? })
}

fn last(connection: &Connection) -> Result<ChangePoint, StoreError> {
    let sql = "SELECT number, mark FROM changes ORDER BY number DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    Ok(rows.next()?.map(point).transpose()?.unwrap_or(ChangePoint::START))
}

pub(super) fn since(connection: &Connection, after: Option<ChangePoint>) -> Result<Changes, StoreError> {
    if let Some(after) = after {
        let sql = "SELECT number, mark, change FROM changes WHERE number >= ?1 ORDER BY number LIMIT ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let read = |row: &Row<'_>| Ok(Noted { point: point(row)?, change: row.get(2)? });
        let noted = statement.query_map(params![after.number, CHANGES_READ], read)?;
        let noted: Vec<_> = noted.collect::<rusqlite::Result<_>>()?;
        if let Some(changes) = Changes::following(after, &noted) {
            return Ok(changes);
        }
    }
    Ok(Changes { upto: last(connection)?, changed: Changed::Everything })
}
