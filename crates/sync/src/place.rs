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
    /// It presented a position of the log that this node's views have not reached: they may get there, or get to another
    /// log's offset of that number.
    Ahead { text: String, position: Position },
    /// It presented a position, and that is judged: where to start from, which the views of this node have passed, or why
    /// there is none.
    Claimed { text: String, start: Result<Position, Reason> },
    /// A frame of this session took it there.
    At { text: String, position: Position },
}

impl Place {
    /// What the viewer holds as its position.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Nowhere => None,
            Self::Verifying { text, .. }
            | Self::Ahead { text, .. }
            | Self::Claimed { text, .. }
            | Self::At { text, .. } => Some(text),
        }
    }

    /// Whether views of this stream may still say that they hold cells at `text`.
    pub(crate) fn takes_claims(&self, text: &str) -> bool {
        match self {
            Self::Verifying { text: own, .. } | Self::Ahead { text: own, .. } | Self::Claimed { text: own, .. } => {
                own == text
            }
            Self::Nowhere | Self::At { .. } => false,
        }
    }

    /// Takes in the log's verdict, given against views that stood at `reached`.
    pub(crate) fn judged(&mut self, verdict: Verdict, reached: Offset) {
        if let Self::Verifying { text, position } = self {
            let (text, position) = (std::mem::take(text), *position);
            *self = match verdict {
                Verdict::Refused(reason) => Self::Claimed { text, start: Err(reason) },
                Verdict::Proved if position.offset <= reached => Self::Claimed { text, start: Ok(position) },
                Verdict::Proved => Self::Ahead { text, position },
            };
        }
    }

    /// What was judged is to be judged again; the position to ask for, if there is one.
    pub(crate) fn doubt(&mut self) -> Option<Position> {
        let (text, position) = match self {
            Self::Nowhere | Self::At { .. } | Self::Claimed { start: Err(_), .. } => return None,
            Self::Verifying { text, position }
            | Self::Ahead { text, position }
            | Self::Claimed { text, start: Ok(position) } => (std::mem::take(text), *position),
        };
        *self = Self::Verifying { text, position };
        Some(position)
    }

    /// The views have reached `applied`. Returns a position to ask for if they have passed the one presented unseen.
    pub(crate) fn reached(&mut self, applied: Position) -> Option<Position> {
        let Self::Ahead { text, position } = self else { return None };
        if applied.offset < position.offset {
            // Ahead of this node is not ahead of the log: it will get there.
            return None;
        }
        if applied.offset > position.offset {
            return self.doubt();
        }
        let start = if applied == *position { Ok(applied) } else { Err(Reason::Unproved) };
        *self = Self::Claimed { text: std::mem::take(text), start };
        None
    }
}
