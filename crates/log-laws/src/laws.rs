//! The laws, by chapter.

pub mod appending;
pub mod keys;
pub mod names;
pub mod positions;
pub mod producers;
pub mod reading;
pub mod retention;
