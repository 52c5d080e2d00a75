//! Decoders: bytes of a protocol become events, and every refused event or line is named with its place, what is wrong
//! with it and how to mend it. One bad part never spoils the good ones beside it.
//!
//! This room knows no HTTP, no sockets and no clock: the instant of arrival comes in as input. Start reading at
//! [`Decoded`], then [`line::decode`] and [`json::decode`]; `docs/ingest.md` tells producers the same story.

mod decoded;
mod draft;
mod encoding;
mod error;
mod excerpt;
mod intern;
pub mod json;
mod limits;
pub mod line;
mod repeats;
mod timestamp;

pub use decoded::{Decoded, Rejected, Sent};
pub use encoding::{ContentEncoding, decompress};
pub use error::BodyError;
pub use limits::Limits;
