//! What is remembered of keys and producers.

use tideboard_log::implement::{Digest, WINDOW, Window, read_refused, write_refused};
use tideboard_log::{Receipt, Refused};
use tideboard_model::{Epoch, Millis, Offset, Position, Proof, Sequence};

use crate::number::{from_hex, from_ordered, hex, ordered};

/// What comes before and after the position in a key's record, which the script knows.
pub(crate) struct KeyRecord {
    pub(crate) head: String,
    pub(crate) tail: String,
}

/// A key's record: `accepted digest last proof appended duplicates`, then a line for each refused event.
pub(crate) fn write_key(
    digest: Digest,
    now: Millis,
    (accepted, duplicates): (usize, usize),
    refused: &[Refused],
) -> KeyRecord {
    let refused: String = refused.iter().map(write_refused).collect();
    KeyRecord {
        head: format!("{} {:032x}", ordered(now.0), digest.0),
        tail: format!("{accepted} {duplicates}\n{refused}"),
    }
}

/// What a key was used for.
pub(crate) fn read_key(record: &str, epoch: Epoch) -> Option<(Digest, Receipt)> {
    let (line, refused) = record.split_once('\n')?;
    let parts: Vec<&str> = line.split(' ').collect();
    let [_accepted, digest, last, proof, accepted, duplicates] = parts.as_slice() else { return None };
    let position = Position { epoch, offset: Offset(last.parse().ok()?), proof: Proof(from_hex(proof)?) };
    let receipt = Receipt {
        position,
        accepted: accepted.parse().ok()?,
        duplicates: duplicates.parse().ok()?,
        refused: refused.lines().filter_map(read_refused).collect(),
        replayed: true,
    };
    Some((Digest(u128::from_str_radix(digest, 16).ok()?), receipt))
}

/// Texts of sixteen digits at the start of a producer's record: revision, last use, highest sequence.
const DIGITS: usize = 16;

/// What is remembered of a producer.
#[derive(Debug, Clone)]
pub(crate) struct ProducerRecord {
    /// Changes with the record.
    pub(crate) revision: String,
    pub(crate) used: Millis,
    pub(crate) window: Window,
}

impl ProducerRecord {
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut bytes =
            format!("{}{}{}", self.revision, ordered(self.used.0), hex(self.window.highest.get())).into_bytes();
        bytes.extend(self.window.below.iter().flat_map(|word| word.to_le_bytes()));
        bytes
    }

    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (digits, words) = bytes.split_at_checked(3 * DIGITS)?;
        let digits = std::str::from_utf8(digits).ok()?;
        let (revision, rest) = digits.split_at_checked(DIGITS)?;
        let (used, highest) = rest.split_at_checked(DIGITS)?;
        let (words, rest) = words.as_chunks::<8>();
        let words: Vec<u64> = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let below = <[u64; (WINDOW / 64) as usize]>::try_from(words).ok().filter(|_| rest.is_empty())?;
        Some(Self {
            revision: revision.to_owned(),
            used: Millis(from_ordered(used)?),
            window: Window { highest: Sequence::new(from_hex(highest)?).ok()?, below },
        })
    }
}

#[cfg(test)]
mod tests {
    use tideboard_log::Refusal;
    use tideboard_model::StreamName;

    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written() {
        let reason = Refusal::OtherStream { stream: StreamName::new("other").unwrap() };
        let refused = vec![Refused { index: 3, reason }];
        let record = write_key(Digest(7), Millis(-5), (4, 1), &refused);
        let whole = format!("{} 12 00000000000000ff {}", record.head, record.tail);
        let position = Position { epoch: Epoch(9), offset: Offset(12), proof: Proof(255) };
        let receipt = Receipt { position, accepted: 4, duplicates: 1, refused, replayed: true };
        assert_eq!(read_key(&whole, Epoch(9)), Some((Digest(7), receipt)));
        assert_eq!(whole.get(..16), Some(ordered(-5).as_str()), "the age comes first");
    }

    #[test]
    fn a_producer_is_read_as_it_is_written() {
        let mut window = Window { highest: Sequence::new(5_000).unwrap(), below: [0; 16] };
        window.below[3] = u64::MAX - 1;
        let record = ProducerRecord { revision: hex(77), used: Millis(-1), window };
        let read = ProducerRecord::read(&record.write()).unwrap();
        assert_eq!((read.revision, read.used, read.window), (record.revision, record.used, record.window));
        assert!(ProducerRecord::read(&[0; 40]).is_none());
    }
}
