//! How far a complete feed has got: an append that the log proves, or a place inside one.

use std::fmt;
use std::str::FromStr;

use tideboard_model::{Offset, Position, PositionParseError};

/// How far a complete feed has got.
///
/// An append may be longer than a page, so unlike a [`Position`] it may lie inside an append: that append's position says
/// which, and `short` how many of its events are still to come. As text `epoch.offset.proof` at an append's end, else
/// `epoch.offset.proof-short`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedPlace {
    append: Position,
    short: u64,
}

impl FeedPlace {
    /// The end of an append.
    #[must_use]
    pub fn end_of(append: Position) -> Self {
        Self { append, short: 0 }
    }

    /// After the event at `offset`, which is one of the append's.
    pub(super) fn within(append: Position, offset: Offset) -> Self {
        Self { append, short: append.offset.0.saturating_sub(offset.0) }
    }

    /// The append that it ends or lies in.
    #[must_use]
    pub fn append(&self) -> Position {
        self.append
    }

    /// The last offset passed.
    #[must_use]
    pub fn offset(&self) -> Offset {
        Offset(self.append.offset.0.saturating_sub(self.short))
    }

    /// Whether events of its append are still to come.
    #[must_use]
    pub fn is_inside(&self) -> bool {
        self.short > 0
    }
}

impl fmt::Display for FeedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.short {
            0 => fmt::Display::fmt(&self.append, f),
            short => write!(f, "{}-{short}", self.append),
        }
    }
}

impl FromStr for FeedPlace {
    type Err = PositionParseError;

    fn from_str(text: &str) -> Result<Self, PositionParseError> {
        let (append, short) = text.split_once('-').unwrap_or((text, "0"));
        let append: Position = append.parse()?;
        let short = short.parse().map_err(|std::num::ParseIntError { .. }| PositionParseError)?;
        // One text per place, and none before the first event.
        let place = Self { append, short };
        if place.to_string() == text && short < append.offset.0.max(1) { Ok(place) } else { Err(PositionParseError) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tideboard_model::{Epoch, Proof};

    use super::*;

    proptest! {
        #[test]
        fn text_holds_a_place_exactly(epoch: u64, offset in 1..1u64 << 53, proof: u64, back: u64) {
            let append = Position { epoch: Epoch(epoch), offset: Offset(offset), proof: Proof(proof) };
            let place = FeedPlace::within(append, Offset(offset - back % offset));
            prop_assert_eq!(place.to_string().parse(), Ok(place));
            prop_assert_eq!(place.is_inside(), place.offset() < offset_of(append));
        }

        #[test]
        fn any_text_is_a_place_or_refused(text in "[0-9a-f]{1,3}\\.[0-9]{1,3}\\.[0-9a-f]{1,3}[-0-9a-f+ ]{0,6}") {
            if let Ok(place) = text.parse::<FeedPlace>() {
                prop_assert_eq!(place.to_string(), text);
            }
        }
    }

    fn offset_of(append: Position) -> Offset {
        append.offset
    }
}
