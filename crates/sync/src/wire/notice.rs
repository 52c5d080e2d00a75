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
