//! The log over Redis against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a test stops where it fails"
)]

mod conformance;
mod costs;
mod equivalence;
mod failover;
mod fixture;
mod late;
mod load;
mod nodes;
mod outages;
mod setup;
mod throughput;
mod wakes;
