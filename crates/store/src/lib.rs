//! Metadata: the installation, users, sessions, API keys, dashboards and personal views, kept in SQLite.
//!
//! This room knows no events, no HTTP, no clock and no random generator: time, ids and secrets' hashes come in as
//! input. Start reading at [`Store`], the contract; then [`SqliteStore`].

mod change;
mod contract;
mod error;
mod record;
mod sqlite;

pub use change::{CHANGES_MAX, Change, ChangePoint, Changed, Changes};
pub use contract::{Store, StoreFuture};
pub use error::StoreError;
pub use record::{
    ApiKey, DashboardSummary, FirstOpen, Installation, NewSession, NewSignIn, SESSION_LIFETIME_MS, SIGN_IN_MAX_MS,
    Session, USER_AGENT_MAX_CHARS, User,
};
pub use sqlite::SqliteStore;
