//! Idempotency keys: each stored with its receipt in the transaction of its append.

use rusqlite::{Connection, OptionalExtension};
use tideboard_model::{Epoch, Millis, Offset, Position, Proof};

use crate::keys::Digest;
use crate::refusals::{read_refused, write_refused};
use crate::{IdempotencyKey, KeyWindow, Receipt};

/// What a key was used for.
pub(super) struct Remembered {
    pub(super) digest: Digest,
    pub(super) receipt: Receipt,
}

/// The receipt of an earlier batch with this key, if it is within the window.
pub(super) fn recall(
    db: &Connection,
    (stream, epoch, principal): (i64, Epoch, &str),
    key: &IdempotencyKey,
    opens: Millis,
) -> rusqlite::Result<Option<Remembered>> {
    db.prepare_cached(
        "SELECT digest, last, proof, appended, refused, duplicates FROM keys
         WHERE stream = ?1 AND principal = ?2 AND key = ?3 AND accepted >= ?4",
    )?
    .query_row((stream, principal, key.as_str(), opens.0), |row| {
        let position = Position {
            epoch,
            offset: Offset(row.get::<_, i64>(1)?.cast_unsigned()),
            proof: Proof(row.get::<_, i64>(2)?.cast_unsigned()),
        };
        let refused = row.get_ref(4)?.as_str().map_err(rusqlite::Error::from)?;
        Ok(Remembered {
            digest: Digest(u128::from_le_bytes(row.get(0)?)),
            receipt: Receipt {
                position,
                accepted: row.get::<_, isize>(3)?.cast_unsigned(),
                duplicates: row.get::<_, isize>(5)?.cast_unsigned(),
                refused: refused.lines().filter_map(read_refused).collect(),
                replayed: true,
            },
        })
    })
    .optional()
}

/// Stores a key with its receipt, in place of an older use that fell out of the window.
pub(super) fn remember(
    db: &Connection,
    (stream, principal): (i64, &str),
    (key, digest): (&IdempotencyKey, Digest),
    now: Millis,
    receipt: &Receipt,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT OR REPLACE INTO keys
         (stream, principal, key, digest, accepted, last, proof, appended, refused, duplicates)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute((
        stream,
        principal,
        key.as_str(),
        digest.0.to_le_bytes(),
        now.0,
        receipt.position.offset.0.cast_signed(),
        receipt.position.proof.0.cast_signed(),
        receipt.accepted.cast_signed(),
        receipt.refused.iter().map(write_refused).collect::<String>(),
        receipt.duplicates.cast_signed(),
    ))?;
    Ok(())
}

/// Drops keys that fell out of the window, few at a time: more than are added, so that none pile up.
pub(super) fn forget(db: &Connection, window: KeyWindow, now: Millis) -> rusqlite::Result<()> {
    db.prepare_cached(
        "DELETE FROM keys WHERE id IN (
             SELECT id FROM (SELECT id, accepted FROM keys ORDER BY id LIMIT 16)
             WHERE accepted < ?1 OR id <= (SELECT max(id) FROM keys) - ?2
         )",
    )?
    .execute((window.opens(now).0, window.count))?;
    Ok(())
}
