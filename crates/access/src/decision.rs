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

    /// Allowed if that holds, denied for this reason otherwise.
    pub(crate) fn given(holds: bool, otherwise: Denial) -> Self {
        if holds { Self::Allowed } else { Self::Denied(otherwise) }
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
    /// The user has no grant for it.
    NoGrant,
    /// Someone would get, or has, a mightier role than who asks.
    Mightier,
    /// The stream is out of the principal's reach.
    OutOfReach,
    /// Only who sees all events may.
    NeedsAll,
    /// A key for writing writes events and does nothing else.
    KeyOnlyWrites,
    /// A key for reading watches streams and does nothing else.
    KeyOnlyReads,
    /// Parts of Tideboard write events and do nothing else.
    SourcesOnlyWrite,
}

impl Denial {
    /// Whether the very existence of what was asked for must not be told.
    #[must_use]
    pub fn hides(self) -> bool {
        self == Self::NoGrant
    }
}

impl fmt::Display for Denial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeedsRole { least: Role::Owner } => f.write_str("only an owner may do this"),
            Self::NeedsRole { least } => {
                write!(f, "this needs the role `{least}` or above: an owner or admin can give it to you")
            }
            Self::NoGrant => f.write_str("this was not shared with you: an owner or admin can do so"),
            Self::Mightier => f.write_str("nobody can change, or make, someone with a mightier role than their own"),
            Self::OutOfReach => f.write_str("this stream is out of reach here: an owner or admin can widen it"),
            Self::NeedsAll => f.write_str("only who may see all events may see this"),
            Self::KeyOnlyWrites => f.write_str("this API key can only write events: sign in to do this"),
            Self::KeyOnlyReads => f.write_str("this API key can only watch streams: sign in to do this"),
            Self::SourcesOnlyWrite => f.write_str("an internal source only writes events"),
        }
    }
}

impl std::error::Error for Denial {}
