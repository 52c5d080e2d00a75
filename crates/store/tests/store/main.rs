//! What every metadata store must keep (`suite`), run on each implementation, and what is particular to each.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod backend;
mod contention;
mod failover;
mod moving;
mod outage;
mod postgres;
mod protection;
mod sample;
mod sqlite;
mod suite;
mod upgrade;
