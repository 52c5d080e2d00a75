//! The servers of this crate start, serve, obey and leave nothing behind.

mod cluster;
mod postgres;
mod redis;
mod sentinel;
