//! What another log is built from: the pieces that make all logs answer alike, whatever they are kept in.

pub use crate::admission::{Admitted, Schema};
pub use crate::codec::{decode, encode};
pub use crate::keys::Digest;
pub use crate::random::random;
pub use crate::refusals::{kind_of, read_refused, write_refused};
pub use crate::stream::{Judgement, StreamState, judge_found, max_time};
pub use crate::window::{WINDOW, Window, Windows};
