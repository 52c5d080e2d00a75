//! Pages of appends: each one short read of a snapshot.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Params};
use tideboard_model::{Millis, Offset, Position, Proof, StreamName};

use super::shared::Known;
use crate::codec::decode;
use crate::{Append, Appends, LogError, ScanRange};

/// Which appends a page is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wanted {
    After(Offset),
    Since(ScanRange),
    BackFrom(Offset),
}

const READ: &str = "SELECT first, last, proof, accepted, events FROM appends
    WHERE stream = ?1 AND last > ?2 AND last <= ?3 ORDER BY last";

const SCAN: &str = "SELECT first, last, proof, accepted, events FROM appends
    WHERE stream = ?1 AND last > ?2 AND last <= ?3 AND max_time >= ?4 ORDER BY last";

const READ_BACK: &str = "SELECT first, last, proof, accepted, events FROM appends
    WHERE stream = ?1 AND last > ?2 AND last <= ?3 ORDER BY last DESC";

/// Reads a page of a stream, between its mark and its end as its state has them.
pub(super) fn page(db: &Connection, stream: &StreamName, known: &Known, wanted: Wanted, max_events: usize) -> Appends {
    let (base, end) = (known.state.base.offset, known.state.end.offset);
    let within = |after: Offset, upto: Offset| (after.max(base).0.cast_signed(), upto.min(end).0.cast_signed());
    let page = Page { db, stream, known, max_events };
    match wanted {
        Wanted::After(after) => {
            // Past every offset, nothing: a cast would turn it negative.
            let (after, upto) = within(after.min(end), end);
            page.select(READ, (known.id, after, upto))
        }
        Wanted::Since(range) => {
            let Some(start) = start_of(db, known.id, range)? else { return Ok(Vec::new()) };
            let (after, upto) = within(range.after.min(end).max(start), range.upto);
            page.select(SCAN, (known.id, after, upto, range.since.0))
        }
        Wanted::BackFrom(upto) => {
            let (after, upto) = within(Offset::ZERO, upto);
            page.select(READ_BACK, (known.id, after, upto))
        }
    }
}

/// Just before the first append with an event at or after a time; every append up to there is older.
fn start_of(db: &Connection, stream: i64, range: ScanRange) -> Result<Option<Offset>, LogError> {
    let last = db
        .prepare_cached(
            "SELECT last FROM appends WHERE stream = ?1 AND high_time >= ?2 ORDER BY high_time, last LIMIT 1",
        )?
        .query_row((stream, range.since.0), |row| row.get::<_, i64>(0))
        .optional()?;
    Ok(last.map(|last| Offset(last.saturating_sub(1).cast_unsigned())))
}

/// The proof and acceptance of the append that ends at an offset.
pub(super) fn proof_of(db: &Connection, stream: i64, last: Offset) -> Result<Option<(Proof, Millis)>, LogError> {
    let found = db
        .prepare_cached("SELECT proof, accepted FROM appends WHERE stream = ?1 AND last = ?2")?
        .query_row((stream, last.0.cast_signed()), |row| {
            Ok((Proof(row.get::<_, i64>(0)?.cast_unsigned()), Millis(row.get(1)?)))
        })
        .optional()?;
    Ok(found)
}

struct Page<'a> {
    db: &'a Connection,
    stream: &'a StreamName,
    known: &'a Known,
    max_events: usize,
}

impl Page<'_> {
    /// Whole appends, until they hold as many events as were asked for; one at least.
    fn select(&self, sql: &str, params: impl Params) -> Appends {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let (mut appends, mut events) = (Vec::<Arc<Append>>::new(), 0_usize);
        while let Some(row) = rows.next()? {
            let (first, last): (i64, i64) = (row.get(0)?, row.get(1)?);
            let last = Offset(last.cast_unsigned());
            let count = usize::try_from(last.0.saturating_add(1).saturating_sub(first.cast_unsigned())).unwrap_or(0);
            events = events.saturating_add(count);
            if events > self.max_events && !appends.is_empty() {
                break;
            }
            let corrupt = |reason| LogError::Corrupt { stream: self.stream.clone(), last, reason };
            let blob = row.get_ref(4)?.as_blob().map_err(rusqlite::Error::from)?;
            let events = decode(self.stream, blob).map_err(corrupt)?;
            if events.len() != count {
                return Err(corrupt("the number of events differs"));
            }
            let proof = Proof(row.get::<_, i64>(2)?.cast_unsigned());
            let before = Offset(first.cast_unsigned().saturating_sub(1));
            let previous = match appends.last() {
                Some(last) if last.position.offset == before => last.position.proof,
                Some(_) | None => self.proof_at(before)?.ok_or_else(|| corrupt("the append before it is missing"))?,
            };
            appends.push(Arc::new(Append {
                stream: self.stream.clone(),
                first: Offset(first.cast_unsigned()),
                previous,
                position: Position { epoch: self.known.state.end.epoch, offset: last, proof },
                accepted: Millis(row.get(3)?),
                events,
            }));
        }
        Ok(appends)
    }

    /// The proof at an append's end, or at the stream's base.
    fn proof_at(&self, offset: Offset) -> Result<Option<Proof>, LogError> {
        let base = self.known.state.base;
        if offset == base.offset {
            return Ok(Some(base.proof));
        }
        Ok(proof_of(self.db, self.known.id, offset)?.map(|(proof, _)| proof))
    }
}
