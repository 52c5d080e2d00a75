//! Queries as they are written: in messages, in dashboards, in REST bodies.

use serde::{Deserialize, Serialize};

use super::{FilterOp, MeasureFn};

/// A query as written. See `docs/protocol.md` for the meaning of each part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuerySpec {
    /// The stream whose events are shown.
    pub stream: String,
    /// `series`, `table` or `feed`.
    pub shape: ShapeSpec,
    /// What is measured; at least one for a series or table, none for a feed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<MeasureSpec>>"))]
    pub measures: Vec<MeasureSpec>,
    /// Tags to group by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<String>>"))]
    pub group_by: Vec<String>,
    /// Conditions on tags; all must hold.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "ts", ts(optional, as = "Option<Vec<FilterSpec>>"))]
    pub filters: Vec<FilterSpec>,
    /// Which time is shown; needed for a series or table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub range: Option<RangeSpec>,
    /// Width of a bucket in milliseconds (series only); chosen from the range if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "number"))]
    pub bucket: Option<i64>,
    /// How many events a feed shows (feed only); 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub limit: Option<u32>,
}

/// What comes out of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ShapeSpec {
    /// One value per measure, group and bucket.
    Series,
    /// One value per measure and group, over the whole window.
    Table,
    /// The last events.
    Feed,
}

/// One measure as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MeasureSpec {
    /// How values become one number.
    #[serde(rename = "fn")]
    pub function: MeasureFn,
    /// Which field; may be left out for `count` and `rate`, which then count events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional))]
    pub field: Option<String>,
}

/// One condition on a tag as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct FilterSpec {
    /// Which tag.
    pub tag: String,
    /// `in` (present with one of the values) or `not_in` (absent, or with none of them).
    pub op: FilterOp,
    /// Values to compare with; at least one.
    pub values: Vec<String>,
}

/// A range as written: `{"last": ms}` or `{"from": ms, "to": ms}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(untagged, deny_unknown_fields)]
pub enum RangeSpec {
    /// The last so many milliseconds, up to now.
    Last {
        /// Milliseconds; at least 1.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        last: i64,
    },
    /// From (inclusive) to (exclusive), in milliseconds since 1970.
    Between {
        /// First millisecond.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        from: i64,
        /// First millisecond no longer shown.
        #[cfg_attr(feature = "ts", ts(type = "number"))]
        to: i64,
    },
}
