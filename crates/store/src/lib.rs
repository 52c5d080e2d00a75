//! Metadata: the installation, people, sessions, API keys, dashboards, personal views and the record of who did what, kept in
//! SQLite or PostgreSQL.
//!
//! This room knows no events, no HTTP, no clock and no random generator: time, ids and secrets' hashes come in as
//! input. Start reading at [`Store`], the contract; then [`SqliteStore`] for one machine,
//! [`PostgresStore`] for several.

mod change;
mod contents;
mod contract;
mod copy;
mod document;
mod error;
mod postgres;
mod record;
mod sqlite;

pub use change::{CHANGES_MAX, Change, ChangePoint, Changed, Changes};
pub use contents::{Contents, Tally};
pub use contract::{Store, StoreFuture};
pub use copy::copy;
pub use error::StoreError;
pub use postgres::{PostgresAddress, PostgresStore};
pub use record::{
    Actor, ApiKey, AuditEntry, Credentials, DashboardSummary, Device, FirstOpen, INVITE_MAX_MS, Installation, Invite,
    LINK_MAX_MS, LinkPurpose, NewAccount, NewAudit, NewLink, NewSession, NewUser, Refreshed, SESSION_LIFETIME_MS,
    Session, Team, Totp, USER_AGENT_MAX_CHARS, User,
};
pub use sqlite::SqliteStore;
