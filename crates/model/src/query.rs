//! Queries: what a view shows. A [`QuerySpec`] is what people write; a [`Query`] is valid by construction.

mod parse;
mod spec;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use parse::QueryError;
pub use spec::{FilterSpec, MeasureSpec, QuerySpec, RangeSpec, ShapeSpec};

use crate::{Event, FieldName, Identity, Millis, Pane, PaneWidth, StreamName, TagName, Window};

/// An effective query: normalised, within its limits, with every default filled in. Folding by it cannot fail.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Query {
    /// The stream whose events are folded.
    pub stream: StreamName,
    /// What comes out.
    pub shape: Shape,
    /// All must match; sorted.
    pub filters: Vec<Filter>,
    /// Which time is shown.
    pub range: Range,
    identity: Identity,
}

/// What a view comes out as.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Cells `(group, bucket) → values`.
    Series {
        /// At least one, in the order asked for.
        measures: Vec<Measure>,
        /// In the order asked for, without repeats.
        group_by: Vec<TagName>,
        /// Width of a bucket.
        bucket: PaneWidth,
    },
    /// Cells `group → values`, each over the whole window.
    Table {
        /// At least one, in the order asked for.
        measures: Vec<Measure>,
        /// In the order asked for, without repeats.
        group_by: Vec<TagName>,
        /// The step by which the window slides.
        pane: PaneWidth,
    },
    /// The last events, newest last. The range plays no part.
    Feed {
        /// How many; at least 1.
        events: usize,
    },
}

/// One number per cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Measure {
    /// How values become one number.
    pub function: MeasureFn,
    /// Which field; `None` only for [`MeasureFn::Count`] and [`MeasureFn::Rate`], which then count events.
    pub field: Option<FieldName>,
}

/// How the values of a cell become one number.
///
/// Every function depends on the set of events alone, not on their order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum MeasureFn {
    /// How many events (with the field, if one is named).
    Count,
    /// The exact sum, rounded once.
    Sum,
    /// The exact sum, rounded once, divided by the count.
    Avg,
    /// The least value.
    Min,
    /// The greatest value.
    Max,
    /// The value of the earliest event by (time, offset).
    First,
    /// The value of the latest event by (time, offset).
    Last,
    /// Without a field: events per second of the cell's width. With one: growth per second of a counter, from the
    /// last sample of the bucket before (the first of its own, if that bucket is empty) to the last of its own; a
    /// fall counts as a restart from zero.
    Rate,
}

impl MeasureFn {
    /// The word for it in queries.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
            Self::Rate => "rate",
        }
    }
}

/// A condition on one tag.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Filter {
    /// Which tag.
    pub tag: TagName,
    /// How the values count.
    pub op: FilterOp,
    /// Values to compare with; at least one.
    pub values: BTreeSet<Arc<str>>,
}

/// How a filter's values count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum FilterOp {
    /// The tag is present with one of the values.
    In,
    /// The tag is absent or has none of the values.
    NotIn,
}

/// Which time a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Range {
    /// The last `millis` up to now, aligned outward to panes.
    Last {
        /// At least 1.
        millis: i64,
    },
    /// From (inclusive) to (exclusive), aligned outward to panes.
    Between {
        /// First millisecond.
        from: Millis,
        /// First millisecond no longer shown; after `from`.
        to: Millis,
    },
}

impl Query {
    /// The short name of this effective query.
    #[must_use]
    pub fn identity(&self) -> Identity {
        self.identity
    }

    /// Whether an event of the query's stream passes all filters.
    #[must_use]
    pub fn matches(&self, event: &Event) -> bool {
        self.filters.iter().all(|filter| {
            let listed = event.tags.get(&filter.tag).is_some_and(|value| filter.values.contains(value));
            match filter.op {
                FilterOp::In => listed,
                FilterOp::NotIn => !listed,
            }
        })
    }

    /// Width of the panes that events are folded into; `None` for a feed.
    #[must_use]
    pub fn pane_width(&self) -> Option<PaneWidth> {
        match &self.shape {
            Shape::Series { bucket, .. } => Some(*bucket),
            Shape::Table { pane, .. } => Some(*pane),
            Shape::Feed { .. } => None,
        }
    }

    /// The panes shown at an instant; `None` for a feed. The pane that holds `now` is the last of a relative range.
    #[must_use]
    pub fn window_at(&self, now: Millis) -> Option<Window> {
        let width = self.pane_width()?;
        Some(match self.range {
            Range::Last { millis } => {
                let to = width.pane_at(now).0.saturating_add(1);
                let panes = millis.saturating_add(width.millis() - 1).div_euclid(width.millis()).max(1);
                Window { from: Pane(to.saturating_sub(panes)), to: Pane(to) }
            }
            Range::Between { from, to } => Window {
                from: width.pane_at(from),
                to: Pane(width.pane_at(Millis(to.0.saturating_sub(1))).0.saturating_add(1)),
            },
        })
    }
}
