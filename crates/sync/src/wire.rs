//! The messages on the wire, as `docs/protocol.md` describes them. Version [`PROTOCOL`].

mod feed;
mod notice;
mod typescript;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tideboard_model::{Problem, QuerySpec};
use ts_rs::TS;

pub use feed::{Follow, Followed, Gone, Page, Unfollow};
pub use notice::{Changed, Rights, RightsReason, Stale};
pub use typescript::typescript;

/// The version in CONNECT `auth`. Any change of a message changes it (a test holds the types' hash).
pub const PROTOCOL: u32 = 5;

/// CONNECT `auth`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Auth {
    /// The short-lived socket token.
    pub token: String,
    /// [`PROTOCOL`] of the client.
    pub protocol: u32,
}

/// Server → client, once after connecting: `hello`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Hello {
    /// [`PROTOCOL`] of the server.
    pub protocol: u32,
    /// The server's clock in ms.
    #[ts(type = "number")]
    pub now: i64,
    /// Frames up to this number may come before a grant.
    #[ts(type = "number")]
    pub credit: u64,
    /// Frames longer than this come in several messages.
    #[ts(type = "number")]
    pub max_message_bytes: usize,
}

/// Client → server: `subscribe`, answered by [`Subscribed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Subscribe {
    /// Views to open.
    pub views: Vec<SubscribeView>,
    /// Resume: the viewer's whole position, stream → position text.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, String>>", optional)]
    pub position: BTreeMap<String, String>,
}

/// One view to open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SubscribeView {
    /// The viewer's name for it.
    pub id: String,
    /// What it shows.
    pub query: QuerySpec,
    /// Resume: what the viewer still holds of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub have: Option<Have>,
}

/// What a viewer still holds of a view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Have {
    /// The identity that the acknowledgement told.
    pub identity: String,
    /// The last window told, in ms; absent for a feed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "[number, number]")]
    pub window: Option<(i64, i64)>,
}

/// Acknowledgement of [`Subscribe`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Subscribed {
    /// One entry per view asked for, in the same order.
    pub views: Vec<SubscribedView>,
}

/// What a view became, or why it was refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum SubscribedView {
    /// Opened: frames will carry it.
    Opened {
        /// The viewer's name for it.
        id: String,
        /// Names the query as understood; present it when resuming.
        identity: String,
        /// The stream whose position it goes by.
        stream: String,
        /// Bucket width (series) or window step (table) in ms; absent for a feed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        width: Option<i64>,
    },
    /// Refused.
    Refused {
        /// The viewer's name for it.
        id: String,
        /// Why.
        problem: Problem,
    },
}

/// Client → server: `unsubscribe`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Unsubscribe {
    /// Views to close.
    pub views: Vec<String>,
}

/// Client → server: `credit`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Credit {
    /// The complete feed whose pages are granted; absent: frames are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub feed: Option<String>,
    /// Number of the last frame, or page, that may come.
    #[ts(type = "number")]
    pub until: u64,
}

/// Acknowledgement of `clock`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Clock {
    /// The server's clock in ms.
    #[ts(type = "number")]
    pub now: i64,
}

/// Server → client: `problem`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ProblemMessage {
    /// The view that failed and is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub view: Option<String>,
    /// The complete feed that failed and is gone; neither it nor a view: a message of the viewer's was in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub feed: Option<String>,
    /// What went wrong.
    pub problem: Problem,
}

/// Server → client before a planned stop: `closing`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Closing {
    /// When to connect again, in ms from now.
    #[ts(type = "number")]
    pub reconnect_after_ms: u64,
}

/// Server → client: `frame`. `P` is a part: [`Part`], or its JSON encoded once for many viewers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(concrete(P = Part))]
pub struct Frame<P> {
    /// Counts frames per connection from 1; the messages of one frame share it.
    #[ts(type = "number")]
    pub seq: u64,
    /// Another message of this frame follows; this one has no `from` and `to`.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub more: bool,
    /// The server's clock in ms.
    #[ts(type = "number")]
    pub now: i64,
    /// When the newest event in it was accepted, in ms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub accepted: Option<i64>,
    /// Where the viewer must stand, per moving stream; `null`: nowhere yet. A moving stream that is not here starts where
    /// the last frame of this connection that moved it led.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, Option<String>>>", optional)]
    pub from: BTreeMap<String, Option<String>>,
    /// Where the viewer stands after it, per moving stream. A leading `~` stands for what is before the first dot where the
    /// stream starts, the dot included; only with streams that are not in `from`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(as = "Option<BTreeMap<String, String>>", optional)]
    pub to: BTreeMap<String, String>,
    /// With the last message of a frame that came in several: how many. Who counted another number has lost one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub messages: Option<u64>,
    /// What changes, to be applied in order.
    pub parts: Vec<P>,
}

/// What changes in one view: exactly one of `replace` and `diff` is present.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Part {
    /// The viewer's name for the view.
    pub view: String,
    /// What changes.
    #[serde(flatten)]
    pub change: Change,
}

/// A [`Part`] without the viewer's name for the view: the same for all viewers that move from A to B.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, TS)]
pub struct Change {
    /// Why the view is replaced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<Reason>,
    /// `[from, to)` in ms, if it changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "[number, number]")]
    pub window: Option<(i64, i64)>,
    /// Feed: matching events passed over; `null`: not known; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    #[ts(optional, type = "number | null")]
    pub skipped: Option<Option<u64>>,
    /// Table: groups to drop.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Group>>", optional)]
    pub removed: Vec<Group>,
    /// All rows: forget the others first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub replace: Option<Vec<Row>>,
    /// Changed rows: keep the others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub diff: Option<Vec<Row>>,
}

/// Tells `null` (known to be unknown) from an absent member.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<u64>>, D::Error> {
    Option::deserialize(from).map(Some)
}

/// Values of the group-by tags, in the query's order; `null`: the event has no such tag.
pub type Group = Vec<Option<String>>;

/// One row of a part, by the view's shape.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Row {
    /// Series: group, buckets, and per measure one value per bucket.
    #[ts(type = "[(string | null)[], number[], (number | null)[][]]")]
    Series(Group, Vec<i64>, Vec<Vec<Option<f64>>>),
    /// Table: group, and one value per measure.
    #[ts(type = "[(string | null)[], (number | null)[]]")]
    Table(Group, Vec<Option<f64>>),
    /// Feed: an event.
    Feed(FeedEvent),
}

/// An event as a feed shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FeedEvent {
    /// When it happened, in ms.
    #[ts(type = "number")]
    pub time: i64,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
    /// Its fields.
    pub fields: BTreeMap<String, FeedValue>,
}

/// A field's value; an integer beyond ±2^53 is text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum FeedValue {
    /// True or false.
    Bool(bool),
    /// An integer within ±2^53.
    #[ts(type = "number")]
    Int(i64),
    /// A number.
    Number(f64),
    /// Text, or a long integer.
    Text(String),
}

/// Why a view is replaced whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// First time, or nothing was claimed.
    New,
    /// The identity presented is not this query's.
    Query,
    /// Changes since the position are known only in part.
    Floor,
    /// The whole is shorter than the difference.
    Smaller,
    /// The viewer's window reaches back less far.
    Window,
    /// The position is of another log.
    Epoch,
    /// The position lies beyond the log's end.
    Ahead,
    /// The log did not issue the position.
    Unproved,
    /// The proof is no longer kept.
    Expired,
}
