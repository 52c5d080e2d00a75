//! Positions: how far into a stream something has got, and the proof of it.

use std::fmt;
use std::str::FromStr;

/// Where an event stands in its stream. Dense, from 1; below 2^53, so that JSON numbers hold it.
///
/// As the end of something read, `Offset(n)` means "events 1 to n"; `Offset::ZERO` means "nothing".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Offset(pub u64);

impl Offset {
    /// Before the first event.
    pub const ZERO: Self = Self(0);

    /// The offset `count` events further on.
    #[must_use]
    pub fn plus(self, count: usize) -> Self {
        Self(self.0.saturating_add(count as u64))
    }

    /// The next offset.
    #[must_use]
    pub fn next(self) -> Self {
        self.plus(1)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// The identity of one log of a stream: drawn at random when the stream's log begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub u64);

/// The unguessable id of one append, drawn at random by the log; proves that its offsets were issued by it.
///
/// The proof of [`Offset::ZERO`] is `Proof(0)`: a new log has issued nothing to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Proof(pub u64);

/// How far into a stream: issued only at append boundaries.
///
/// As text `epoch.offset.proof` (hexadecimal, decimal, hexadecimal). Viewers treat the text as opaque and
/// compare it for equality alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Which log.
    pub epoch: Epoch,
    /// The last offset of the append.
    pub offset: Offset,
    /// The append's proof.
    pub proof: Proof,
}

impl Position {
    /// The position before the first event of a log.
    #[must_use]
    pub fn start(epoch: Epoch) -> Self {
        Self { epoch, offset: Offset::ZERO, proof: Proof(0) }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}.{}.{:x}", self.epoch.0, self.offset.0, self.proof.0)
    }
}

/// The text is no position.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a position: expected the text of a `to` received in a frame")]
pub struct PositionParseError;

impl FromStr for Position {
    type Err = PositionParseError;

    fn from_str(text: &str) -> Result<Self, PositionParseError> {
        let mut parts = text.split('.');
        let (Some(epoch), Some(offset), Some(proof), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(PositionParseError);
        };
        let hex = |text: &str| u64::from_str_radix(text, 16).ok();
        let position = hex(epoch).zip(offset.parse().ok()).zip(hex(proof)).map(|((epoch, offset), proof)| Self {
            epoch: Epoch(epoch),
            offset: Offset(offset),
            proof: Proof(proof),
        });
        // One text per position: signs, leading zeros and capitals are refused.
        position.filter(|p| p.to_string() == text).ok_or(PositionParseError)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_holds_a_position_exactly(epoch: u64, offset in 0..1u64 << 53, proof: u64) {
            let position = Position { epoch: Epoch(epoch), offset: Offset(offset), proof: Proof(proof) };
            prop_assert_eq!(position.to_string().parse(), Ok(position));
        }

        #[test]
        fn any_text_is_parsed_or_refused(text in "[0-9a-fA-F.+ -]{0,40}") {
            if let Ok(position) = text.parse::<Position>() {
                prop_assert_eq!(position.to_string(), text);
            }
        }
    }
}
