//! The server as its users meet it: over a real port, and as a process.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that panics has failed, which is what it is for"
)]

mod accounts;
mod arrange;
mod cors;
mod events;
mod guard;
mod harness;
mod idempotency;
mod influx;
mod keys;
mod limits;
mod nodes;
mod pages;
mod process;
mod regressions;
mod session;
mod stock_clients;
mod tls;
