//! One viewer's session as a state machine without I/O: what was asked, what was told, and the frame that moves the
//! viewer from where it stands to where the views stand. A complete feed is a second, smaller machine beside it. Two more are
//! of the node: whether its views stand on the log as it is, and whether what viewers present does.
//!
//! This room knows no axum, no Socket.IO, no Redis, no log and no clock: messages, verdicts and time come in as
//! arguments, messages and effects go out as values. Start reading at [`Session`], then [`Footing`] and
//! [`Proofs`], then [`Feed`], then [`wire`].

mod encode;
mod feed;
mod footing;
mod place;
mod proofs;
mod session;
pub mod wire;

pub use encode::Encoder;
pub use feed::{Feed, FeedNext, FeedPlace, FeedSettings};
pub use footing::{Footing, Need, Unanswered};
pub use place::Verdict;
pub use proofs::{Answered, Judged, Known, Proofs, Question};
pub use session::{Effect, FrameMessage, Outgoing, Session, Settings};
