//! The list of changes.

use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, column, found};
use crate::change::{CHANGES_KEPT, CHANGES_PRUNED_EVERY, CHANGES_READ, ChangePoint, Noted};
use crate::{Change, Changed, Changes, document};

/// Notes a change in the transaction that makes it. Only one is under way at any time, so numbers are dense.
pub(super) async fn note(connection: &Connection, change: &Change) -> Result<(), Fault> {
    let sql = "INSERT INTO changes (number, mark, change)
               SELECT coalesce(max(number), 0) + 1, floor(random() * 9e18)::bigint, $1 FROM changes RETURNING number";
    let row = connection.row(sql, &[&document::write(change)?]).await?;
    let number: i64 = column(&found(row, "change")?, 0)?;
    // The last change is never among them: the next one is numbered from it.
    if number % CHANGES_PRUNED_EVERY == 0 {
        let old = number.saturating_sub(CHANGES_KEPT);
        connection.execute("DELETE FROM changes WHERE number <= $1", &[&old]).await?;
    }
    Ok(())
}

fn point(row: &Row) -> Result<ChangePoint, Fault> {
    Ok(ChangePoint { number: column(row, 0)?, mark: column(row, 1)? })
}

async fn last(connection: &Connection) -> Result<ChangePoint, Fault> {
    let sql = "SELECT number, mark FROM changes ORDER BY number DESC LIMIT 1";
    let row = connection.row(sql, &[]).await?;
    row.map_or(Ok(ChangePoint::START), |row| point(&row))
}

pub(super) async fn since(connection: &Connection, after: Option<ChangePoint>) -> Result<Changes, Fault> {
    if let Some(after) = after {
        let sql = "SELECT number, mark, change FROM changes WHERE number >= $1 ORDER BY number LIMIT $2";
        let rows = connection.rows(sql, &[&after.number, &CHANGES_READ]).await?;
        let noted = rows.iter().map(|row| Ok(Noted { point: point(row)?, change: column(row, 2)? }));
        let noted: Vec<_> = noted.collect::<Result<_, Fault>>()?;
        if let Some(changes) = Changes::following(after, &noted) {
            return Ok(changes);
        }
    }
    Ok(Changes { upto: last(connection).await?, changed: Changed::Everything })
}
