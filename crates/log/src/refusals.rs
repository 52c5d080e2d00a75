//! Refusals as text: how a log that keeps receipts writes them down.

use tideboard_model::{FieldKind, FieldName, ProducerId, Sequence, StreamName, TagName};

use crate::{Refusal, Refused};

/// One line of parts between tabs: names hold no control characters.
#[must_use]
pub fn write_refused(refused: &Refused) -> String {
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

/// The inverse of [`write_refused`]; `None` if that did not write the line.
#[must_use]
pub fn read_refused(line: &str) -> Option<Refused> {
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

/// The inverse of [`FieldKind::as_str`].
#[must_use]
pub fn kind_of(text: &str) -> Option<FieldKind> {
    [FieldKind::Number, FieldKind::Bool, FieldKind::Text].into_iter().find(|kind| kind.as_str() == text)
}

#[cfg(test)]
mod tests {
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
