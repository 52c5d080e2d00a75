//! The messages of complete feeds: every event of a stream, page by page, beside the frames.

use serde::{Deserialize, Serialize};
use tideboard_model::{FilterSpec, Problem};
use ts_rs::TS;

use super::{FeedEvent, Reason};

/// Client → server: `follow`, answered by [`Followed`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// The viewer's name for the feed.
    pub id: String,
    /// The stream whose events it wants.
    pub stream: String,
    /// Conditions on tags; an event must meet all.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<FilterSpec>>")]
    pub filters: Vec<FilterSpec>,
    /// A position told by this server, or `start` or `end`.
    pub after: String,
    /// Number of the last page that may come.
    #[ts(type = "number")]
    pub until: u64,
}

/// Acknowledgement of [`Follow`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Followed {
    /// No pages will come.
    Refused {
        /// The viewer's name for the feed.
        id: String,
        /// Why.
        problem: Problem,
        /// Why the position cannot be honoured, if it is that: `epoch`, `ahead` or `unproved`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        reason: Option<Reason>,
    },
    /// Pages will come.
    Opened {
        /// The viewer's name for the feed.
        id: String,
        /// Where it starts; `null`: before the stream's first event.
        position: Option<String>,
    },
}

/// Client → server: `unfollow`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Unfollow {
    /// Feeds to close.
    pub feeds: Vec<String>,
}

/// Server → client: `page`. `E` is an event: [`FeedEvent`], or its JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(concrete(E = FeedEvent))]
pub struct Page<E> {
    /// The viewer's name for the feed.
    pub feed: String,
    /// Counts the feed's pages from 1.
    #[ts(type = "number")]
    pub seq: u64,
    /// Where the viewer must stand in the feed; `null`: before the stream's first event.
    pub from: Option<String>,
    /// Where it stands after this page.
    pub to: String,
    /// Events that retention took before this feed could tell them; they come before `events`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub gone: Option<Gone>,
    /// What matches between `from` and `to`, in the log's order.
    pub events: Vec<E>,
}

/// Offsets of events that are gone: `[from, to)`, whether or not they would have matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Gone {
    /// The first that is gone.
    #[ts(type = "number")]
    pub from: u64,
    /// The first that is there again.
    #[ts(type = "number")]
    pub to: u64,
}
