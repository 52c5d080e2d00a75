//! The log against its contract: one suite for every kind of log, then what only the one on disk promises.
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
mod crash;
mod disk;
mod equivalence;
mod faults;
mod fixture;
mod naive;
mod power;
mod throughput;
mod trace;
