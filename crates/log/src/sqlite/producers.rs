//! Producers' windows: each stored in the transaction of the append that moved it, in the order of their last use.

use rusqlite::{Connection, OptionalExtension, Row};
use tideboard_model::{Millis, ProducerId, Sequence};

use crate::window::{Window, Windows};
use crate::{AppendError, Options};

/// How many producers are remembered.
pub(super) fn count(db: &Connection) -> rusqlite::Result<usize> {
    db.query_row("SELECT count(*) FROM producers", [], |row| row.get(0)).map(isize::cast_unsigned)
}

/// What is remembered of one principal's producers in a stream.
pub(super) fn recall(
    db: &Connection,
    (stream, principal): (i64, &str),
    windows: &mut Windows,
    opens: Millis,
) -> Result<(), AppendError> {
    for (producer, window) in &mut windows.0 {
        let found = db
            .prepare_cached(
                "SELECT highest, below FROM producers
                 WHERE stream = ?1 AND principal = ?2 AND producer = ?3 AND used >= ?4",
            )?
            .query_row((stream, principal, producer.as_str(), opens.0), read)
            .optional()?;
        *window = found.map(|found| found.ok_or_else(|| damaged(producer))).transpose()?;
    }
    Ok(())
}

/// Stores the windows of a batch as the ones used last; answers with how many producers came in addition.
pub(super) fn remember(
    db: &Connection,
    (stream, principal): (i64, &str),
    windows: &Windows,
    now: Millis,
) -> rusqlite::Result<usize> {
    let mut added = 0_usize;
    for (producer, window) in &windows.0 {
        let Some(window) = window else { continue };
        let row = (stream, principal, producer.as_str(), write(window), now.0, window.highest.get().cast_signed());
        let known = db
            .prepare_cached(
                "UPDATE producers SET id = (SELECT max(id) FROM producers) + 1, below = ?4, used = ?5, highest = ?6
                 WHERE stream = ?1 AND principal = ?2 AND producer = ?3",
            )?
            .execute(row)?;
        if known == 0 {
            db.prepare_cached(
                "INSERT INTO producers (stream, principal, producer, below, used, highest)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(row)?;
            added = added.saturating_add(1);
        }
    }
    Ok(added)
}

/// Drops the least recently used of `count` producers as far as there are too many, and of those whose time has passed
/// more than the `used` that may have come; answers with how many went.
pub(super) fn forget(db: &Connection, count: usize, used: usize, options: &Options) -> rusqlite::Result<usize> {
    let excess = count.saturating_sub(options.producers as usize);
    let mut gone = 0_usize;
    if excess > 0 {
        gone = db
            .prepare_cached("DELETE FROM producers WHERE id IN (SELECT id FROM producers ORDER BY id LIMIT ?1)")?
            .execute([excess.cast_signed()])?;
    }
    let opens = options.keys.opens((options.clock)());
    let expired = db
        .prepare_cached(
            "DELETE FROM producers WHERE id IN (
                 SELECT id FROM (SELECT id, used FROM producers ORDER BY id LIMIT ?1) WHERE used < ?2
             )",
        )?
        .execute((used.saturating_add(16).cast_signed(), opens.0))?;
    gone = gone.saturating_add(expired);
    Ok(gone)
}

/// `None` if what is stored is not what was written.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<Window>> {
    let highest = Sequence::new(row.get::<_, i64>(0)?.cast_unsigned());
    let bytes = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
    let (words, rest) = bytes.as_chunks::<8>();
    let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
    Ok(match (highest, <[u64; 16]>::try_from(words), rest) {
        (Ok(highest), Ok(below), []) => Some(Window { highest, below }),
        _ => None,
    })
}

fn write(window: &Window) -> [u8; 128] {
    let mut bytes = [0; 128];
    for (chunk, word) in bytes.as_chunks_mut::<8>().0.iter_mut().zip(window.below) {
        *chunk = word.to_le_bytes();
    }
    bytes
}

fn damaged(producer: &ProducerId) -> AppendError {
    AppendError::Failed(format!("what is remembered of producer {producer} is damaged"))
}
