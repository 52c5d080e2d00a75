//! Where a viewer stands in one stream, as far as its session knows.

use tideboard_model::{Offset, Position};

use crate::wire::Reason;

/// What the log said of a position that a viewer presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The log issued it.
    Proved,
    /// It cannot be honoured; the reason is one of `Epoch`, `Ahead`, `Unproved`, `Expired`.
    Refused(Reason),
}

/// Where a viewer stands in one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// It has been told nothing and claims nothing.
    Nowhere,
    /// It presented a position that the log has still to judge.
    Verifying { text: String, position: Position },
    /// It presented a position, and that is judged: the offset to start from, or why there is none.
    Claimed { text: String, start: Result<Offset, Reason> },
    /// A frame of this session took it there.
    At { text: String, offset: Offset },
}

impl Place {
    /// What the viewer holds as its position.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Nowhere => None,
            Self::Verifying { text, .. } | Self::Claimed { text, .. } | Self::At { text, .. } => Some(text),
        }
    }

    /// Whether views of this stream may still say that they hold cells at `text`.
    pub(crate) fn takes_claims(&self, text: &str) -> bool {
        match self {
            Self::Verifying { text: own, .. } | Self::Claimed { text: own, .. } => own == text,
            Self::Nowhere | Self::At { .. } => false,
        }
    }
}
