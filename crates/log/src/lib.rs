//! The log: gives each event of a stream its offset, durably and in order, and reads events back by offset or by time.
//!
//! This room knows no queries, no viewers and no protocol; time comes in through a [`Clock`]. Start reading at
//! [`Log`], the contract, then [`MemoryLog`], its plainest form, then [`SqliteLog`], the one that keeps its word
//! through power loss.

mod admission;
mod append;
mod codec;
mod contract;
mod error;
pub mod implement;
mod keys;
mod memory;
mod options;
mod random;
mod refusals;
mod sqlite;
mod stream;
mod window;

pub use append::{Append, Batch, IdempotencyKey, Receipt, Refused};
pub use contract::{Appends, Attention, BoxFuture, Commit, Log, Mark, ScanRange, Standing, StreamInfo, Verdict};
pub use error::{AppendError, BadKey, LogError, Refusal};
pub use memory::{Fault, MemoryLog};
pub use options::{Clock, KeyWindow, Options, StreamLimits};
pub use sqlite::SqliteLog;
