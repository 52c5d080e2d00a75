//! Decisions: allowed, or denied for a reason that can be told.

use std::fmt;

use crate::Role;

/// Whether an action is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Decision {
    /// Go ahead.
    Allowed,
    /// Don't, and say why.
    Denied(Denial),
}

impl Decision {
    /// Whether the answer is yes.
    #[must_use]
    pub fn is_allowed(self) -> bool {
        self == Self::Allowed
    }

    /// The decision as a result, for use with `?`.
    ///
    /// # Errors
    /// The [`Denial`] of a denied action.
    pub fn require(self) -> Result<(), Denial> {
        match self {
            Self::Allowed => Ok(()),
            Self::Denied(denial) => Err(denial),
        }
    }
}

/// Why an action was denied; the text is fit for the one who asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// The user's role does not suffice.
    NeedsRole {
        /// The least role that may.
        least: Role,
    },
    /// The API key's scope does not hold the stream.
    OutOfScope,
    /// API keys write events and do nothing else.
    KeysOnlyWrite,
    /// Parts of Tideboard write events and do nothing else.
    SourcesOnlyWrite,
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsRole { least: Role::Owner } => f.write_str("only the owner may do this"),
            Self::NeedsRole { least } => {
                write!(f, "this needs the role `{least}` or above: the owner can grant it")
            }
            Self::OutOfScope => f.write_str("the API key is not allowed to write to this stream"),
            Self::KeysOnlyWrite => f.write_str("an API key can only write events: sign in to do this"),
            Self::SourcesOnlyWrite => f.write_str("an internal source only writes events"),
        }
    }
}

impl std::error::Error for Denial {}
