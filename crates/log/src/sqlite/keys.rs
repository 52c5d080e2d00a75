//! Idempotency keys: each stored with its receipt in the transaction of its append.

use rusqlite::{Connection, OptionalExtension};
use tideboard_model::{Epoch, FieldName, Millis, Offset, Position, ProducerId, Proof, Sequence, StreamName, TagName};

use super::schema::kind_of;
use crate::keys::Digest;
use crate::{IdempotencyKey, KeyWindow, Receipt, Refusal, Refused};

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

/// One line of parts between tabs: names hold no control characters.
fn write_refused(refused: &Refused) -> String {
    let index = refused.index;
    match &refused.reason {
        Refusal::FieldConflict { field, is, was } => {
            format!("{index}\tfield_conflict\t{field}\t{}\t{}\n", is.as_str(), was.as_str())
        }
        Refusal::TooManyFields { field, limit } => format!("{index}\ttoo_many_fields\t{field}\t{limit}\n"),
        Refusal::TooManyTags { tag, limit } => format!("{index}\ttoo_many_tags\t{tag}\t{limit}\n"),
        Refusal::OtherStream { stream } => format!("{index}\tother_stream\t{stream}\n"),
        Refusal::SequenceBehind { producer, sequence, highest } => {
            format!("{index}\tsequence_behind\t{producer}\t{sequence}\t{highest}\n")
        }
    }
}

fn read_refused(line: &str) -> Option<Refused> {
    let parts: Vec<&str> = line.split('\t').collect();
    let (index, reason) = match *parts.as_slice() {
        [index, "field_conflict", field, is, was] => {
            (index, Refusal::FieldConflict { field: FieldName::new(field).ok()?, is: kind_of(is)?, was: kind_of(was)? })
        }
        [index, "too_many_fields", field, limit] => {
            (index, Refusal::TooManyFields { field: FieldName::new(field).ok()?, limit: limit.parse().ok()? })
        }
        [index, "too_many_tags", tag, limit] => {
            (index, Refusal::TooManyTags { tag: TagName::new(tag).ok()?, limit: limit.parse().ok()? })
        }
        [index, "sequence_behind", producer, sequence, highest] => {
            let number = |text: &str| Sequence::new(text.parse().ok()?).ok();
            let (sequence, highest) = (number(sequence)?, number(highest)?);
            (index, Refusal::SequenceBehind { producer: ProducerId::new(producer).ok()?, sequence, highest })
        }
        [index, "other_stream", stream] => (index, Refusal::OtherStream { stream: StreamName::new(stream).ok()? }),
        _ => return None,
    };
    Some(Refused { index: index.parse().ok()?, reason })
}

#[cfg(test)]
mod tests {
    use tideboard_model::FieldKind;

    use super::*;

    #[test]
    fn every_refusal_survives_storage() {
        let (field, tag) = (FieldName::new("a \u{2028} b").unwrap(), TagName::new("t").unwrap());
        let reasons = [
            Refusal::FieldConflict { field: field.clone(), is: FieldKind::Text, was: FieldKind::Number },
            Refusal::TooManyFields { field, limit: 1_000 },
            Refusal::TooManyTags { tag, limit: 7 },
            Refusal::OtherStream { stream: StreamName::new("s").unwrap() },
            Refusal::SequenceBehind {
                producer: ProducerId::new("a \u{2028} b").unwrap(),
                sequence: Sequence::new(3).unwrap(),
                highest: Sequence::MAX,
            },
        ];
        for (index, reason) in reasons.into_iter().enumerate() {
            let refused = Refused { index, reason };
            let line = write_refused(&refused);
            assert_eq!(line.lines().count(), 1);
            assert_eq!(read_refused(line.trim_end_matches('\n')), Some(refused));
        }
    }
}
