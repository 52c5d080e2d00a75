//! The examples in `deploy/`, used as they are: balancers in front of nodes that answer as Tideboard's do, as far as a
//! balancer can tell.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics has failed, which is what it is for"
)]

mod balancer;
mod client;
mod files;
mod node;
mod requests;
mod sockets;
