//! The servers of this crate start, serve, obey and leave nothing behind.

mod postgres;
mod redis;
