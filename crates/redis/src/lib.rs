//! The log over Redis: one Redis, Sentinel or Cluster that many nodes share.
//!
//! It knows the contract of a log and Redis (7 or later); it knows no queries, no viewers and no metadata. Start reading
//! at [`RedisLog`], then `scripts/append.lua`, in which every append is made in one step; the keys are listed in
//! `layout.rs`, and why it is built this way in `docs/decisions/0010-the-log-in-redis.md`.
//!
//! What an acknowledgement promises is declared by [`Acknowledge`]; whatever is lost nevertheless is noticed by its proofs.
//! The rights that a user needs are in `rights.txt` beside this crate's manifest, as `ACL SETUSER` takes them.

mod address;
mod answer;
mod attended;
mod error;
mod fitness;
mod layout;
mod link;
mod log;
mod number;
mod open;
mod pages;
mod reach;
mod reads;
mod records;
mod request;
mod retention;
mod routes;
mod scripts;
mod settings;
mod shared;
mod slot;
mod stored;
mod tail;
mod trouble;
mod writer;

pub use error::RedisError;
pub use log::RedisLog;
pub use settings::{Acknowledge, Settings};
