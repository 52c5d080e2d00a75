//! The log over Redis: one Redis, Sentinel or Cluster that many nodes share.
//!
//! It knows the contract of a log and Redis; it knows no queries, no viewers and no metadata. Start reading at
//! [`RedisLog`], then the scripts, in which every change is made in one step.

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
