//! Who sent an event, and as which of its events: what tells a retry from news.

use std::fmt;
use std::sync::Arc;

/// An event's place in its producer's own count. Travels beside the event: it is neither tag nor field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serial {
    /// Who sent it.
    pub producer: ProducerId,
    /// As which of its events.
    pub sequence: Sequence,
}

/// The name that a producer gave itself.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProducerId(Arc<str>);

/// A number that a producer gave an event: rising, with gaps if it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sequence(u64);

/// Why a producer's name or number was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SerialError {
    /// The name is empty or too long.
    #[error("a producer has 1 to {max} bytes, this one has {bytes}", max = ProducerId::MAX_BYTES)]
    Length {
        /// Length of the refused name.
        bytes: usize,
    },
    /// The name holds a control character (U+0000–U+001F, U+007F–U+009F).
    #[error("a producer must not contain the control character U+{code:04X}")]
    Control {
        /// The character's code point.
        code: u32,
    },
    /// The number is past [`Sequence::MAX`].
    #[error("a sequence is at most {max}, this one is {sequence}", max = Sequence::MAX.0)]
    TooLarge {
        /// The refused number.
        sequence: u64,
    },
}

impl ProducerId {
    /// Longest name, in bytes of UTF-8.
    pub const MAX_BYTES: usize = 128;

    /// Accepts a name of 1 to 128 bytes without control characters.
    ///
    /// # Errors
    /// [`SerialError`] says which rule was broken.
    pub fn new(name: &str) -> Result<Self, SerialError> {
        if name.is_empty() || name.len() > Self::MAX_BYTES {
            return Err(SerialError::Length { bytes: name.len() });
        }
        match name.chars().find(|c| c.is_control()) {
            Some(c) => Err(SerialError::Control { code: c.into() }),
            None => Ok(Self(name.into())),
        }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Sequence {
    /// The largest number that every JSON writer keeps exact: 2^53 − 1.
    pub const MAX: Self = Self((1 << 53) - 1);

    /// Accepts a number up to [`Sequence::MAX`].
    ///
    /// # Errors
    /// [`SerialError::TooLarge`] past it.
    pub fn new(sequence: u64) -> Result<Self, SerialError> {
        if sequence > Self::MAX.0 { Err(SerialError::TooLarge { sequence }) } else { Ok(Self(sequence)) }
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProducerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producers_and_sequences_are_bounded() {
        assert_eq!(ProducerId::new("").unwrap_err().to_string(), "a producer has 1 to 128 bytes, this one has 0");
        assert!(ProducerId::new(&"x".repeat(128)).is_ok());
        assert_eq!(ProducerId::new(&"ü".repeat(65)), Err(SerialError::Length { bytes: 130 }));
        assert_eq!(ProducerId::new("a\tb"), Err(SerialError::Control { code: 9 }));
        assert_eq!(Sequence::new((1 << 53) - 1), Ok(Sequence::MAX));
        let error = Sequence::new(1 << 53).unwrap_err();
        assert_eq!(error.to_string(), "a sequence is at most 9007199254740991, this one is 9007199254740992");
    }
}
