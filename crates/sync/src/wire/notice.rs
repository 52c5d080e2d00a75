//! What the server tells a viewer beside its views: that it is cut off, and what others changed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Server → client: `stale`. The server is cut off from the events: views stand still, and say nothing of what happened
/// since. They go on by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Stale {
    /// Up to when views are complete, in ms; `null`: the server is cut off no longer.
    #[ts(type = "number | null")]
    pub since: Option<i64>,
}

/// Server → client: `rights`. What this viewer may do is no longer what it was: ask who you are again. If the connection ends
/// after it, connect anew with another token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Rights {
    /// What changed.
    pub reason: RightsReason,
}

/// What changed about a viewer's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RightsReason {
    /// The session has ended: signed out here or elsewhere, or shut out. The connection ends.
    Session,
    /// The key was revoked or has expired. The connection ends.
    Key,
    /// The role.
    Role,
    /// What of the events may be seen. The connection ends, and what may be seen no longer goes with it.
    Reach,
    /// Teams, and with them the dashboards that may be seen.
    Grants,
    /// It is not known what. The connection ends.
    Unknown,
}

/// Server → client: `changed`. Documents that this viewer may hold were changed, by whomever: fetch them again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Changed {
    /// What was changed is not known one by one: fetch everything again.
    pub all: bool,
    /// Dashboards that were added, saved, deleted or moved, by id.
    #[ts(type = "readonly string[]")]
    pub dashboards: Vec<String>,
    /// Dashboards over which the viewer's own personal view was changed, by id.
    #[ts(type = "readonly string[]")]
    pub views: Vec<String>,
}
