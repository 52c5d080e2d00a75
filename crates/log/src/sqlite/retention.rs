//! Retention: a mark moves at once, and the rows behind it go in slices.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, TransactionBehavior};
use tideboard_model::{Nanos, Offset, Position, Proof, StreamName};

use super::shared::{Known, Shared};
use crate::{LogError, Mark};

/// Rows in one slice: short enough for an append to wait behind.
const SLICE_ROWS: i64 = 200;

/// Moves the marks of all streams; durable when it returns. Reads pass over what is behind a mark from now on.
pub(super) fn mark(
    db: &mut Connection,
    shared: &Shared,
    before: Nanos,
) -> Result<(BTreeMap<StreamName, Known>, Vec<Mark>), LogError> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let (mut touched, mut marks) = (BTreeMap::new(), Vec::new());
    for (name, mut known) in shared.all() {
        let before = known.state.trim_before(before);
        if let Some(row) = last_before(&transaction, known.id, known.state.base.offset, before)? {
            let base = Position {
                epoch: known.state.end.epoch,
                offset: Offset(row.last.cast_unsigned()),
                proof: Proof(row.proof.cast_unsigned()),
            };
            transaction
                .prepare_cached(
                    "UPDATE streams SET base_last = ?2, base_proof = ?3, base_accepted = ?4, base_high_time = ?5,
                     retained_from = ?6 WHERE id = ?1",
                )?
                .execute((known.id, row.last, row.proof, row.accepted, row.high_time, before.0))?;
            marks.push(known.state.trim(&name, base, before));
            touched.insert(name, known);
        }
    }
    transaction.commit()?;
    Ok((touched, marks))
}

struct Last {
    last: i64,
    proof: i64,
    accepted: i64,
    high_time: i64,
}

/// The last append of the longest prefix whose events are all older.
fn last_before(db: &Connection, stream: i64, base: Offset, before: Nanos) -> rusqlite::Result<Option<Last>> {
    db.prepare_cached(
        "SELECT last, proof, accepted, high_time FROM appends
         WHERE stream = ?1 AND high_time < ?2 ORDER BY high_time DESC, last DESC LIMIT 1",
    )?
    .query_row((stream, before.0), |row| {
        Ok(Last { last: row.get(0)?, proof: row.get(1)?, accepted: row.get(2)?, high_time: row.get(3)? })
    })
    .optional()
    .map(|row| row.filter(|row| row.last.cast_unsigned() > base.0))
}

/// Deletes one slice of what is behind a stream's mark; says whether more may be there.
pub(super) fn sweep(db: &Connection, stream: i64) -> Result<bool, LogError> {
    let deleted = db
        .prepare_cached(
            "DELETE FROM appends WHERE id IN (
                 SELECT id FROM appends
                 WHERE stream = ?1 AND last <= (SELECT base_last FROM streams WHERE id = ?1)
                 ORDER BY last LIMIT ?2
             )",
        )?
        .execute((stream, SLICE_ROWS))?;
    Ok(i64::try_from(deleted).is_ok_and(|deleted| deleted >= SLICE_ROWS))
}
