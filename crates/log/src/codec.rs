//! How an append's events are written: one compact blob, readable for as long as its version is.
//!
//! ```text
//! blob   = version(1 byte) dictionary events crc32(4 bytes, little-endian, of all before)
//! dictionary = count { length bytes }          each text once, by first use
//! events = count { time tags fields }
//! time   = difference to the event before, zigzag
//! tags   = count { name value }                numbers of the dictionary
//! fields = count { name kind value }           kind 0 float (8 bytes), 1 integer (zigzag), 2 false, 3 true, 4 text
//! ```
//! Counts, lengths and numbers are LEB128 varints. The stream stands beside the blob, once.

mod checksum;
mod decode;
mod encode;

pub use decode::decode;
pub use encode::encode;

const VERSION: u8 = 1;

/// What follows a field's name.
mod kind {
    pub(super) const FLOAT: u8 = 0;
    pub(super) const INT: u8 = 1;
    pub(super) const FALSE: u8 = 2;
    pub(super) const TRUE: u8 = 3;
    pub(super) const TEXT: u8 = 4;
}

#[cfg(test)]
mod tests;
