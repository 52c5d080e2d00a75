//! For tests only: the recompute oracle, a viewer written from the protocol, and a simulated world in which logs, views,
//! sessions and viewers meet every misfortune under virtual time.
//!
//! Nothing here is fast or bounded; everything is plain, so that it can be trusted. Start reading at [`oracle`], then
//! [`World`].
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test's support fails by panicking"
)]

mod dice;
pub mod generate;
mod mirror;
pub mod oracle;
pub mod proxy;
mod trace;
mod world;

pub use dice::Dice;
pub use mirror::Mirror;
pub use trace::trace;
pub use world::{FeedOp, FeedWorld, Op, StartOver, World};
