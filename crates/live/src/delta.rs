//! What moves a viewer of one view from one standing to another.

use std::sync::Arc;

use tideboard_model::{Fields, Millis, Nanos, Offset, Tags, Window};

use crate::Group;

/// What a viewer's cells of a view stand at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Standing {
    /// Every event up to here is folded in, none after.
    pub offset: Offset,
    /// The panes shown; `None` for a feed.
    pub window: Option<Window>,
}

/// What changes in one view: the rows that differ, or all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Delta {
    /// The panes shown afterwards; `None` for a feed.
    pub window: Option<Window>,
    /// Rows that are new or have other values.
    pub rows: Rows,
    /// Groups of a table that are no longer there.
    pub removed: Vec<Group>,
    /// Feed: matching events after the viewer's standing that `rows` passes over; `None` if not known.
    pub skipped: Option<u64>,
}

/// Rows by the view's shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// By group, then by pane.
    Series(Vec<SeriesRow>),
    /// By group.
    Table(Vec<TableRow>),
    /// In the order of the log.
    Feed(Vec<Arc<FeedItem>>),
}

/// Cells of one group in a series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRow {
    /// The group.
    pub group: Group,
    /// Pane numbers, rising.
    pub panes: Vec<i64>,
    /// Per measure one value per pane.
    pub values: Vec<Vec<Option<f64>>>,
}

/// The cell of one group in a table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRow {
    /// The group.
    pub group: Group,
    /// One value per measure.
    pub values: Vec<Option<f64>>,
}

/// An event in a feed.
#[derive(Debug, Clone, PartialEq)]
pub struct FeedItem {
    /// Its offset.
    pub offset: Offset,
    /// When it happened.
    pub time: Nanos,
    /// Its tags.
    pub tags: Tags,
    /// Its fields.
    pub fields: Fields,
}

impl FeedItem {
    /// When it happened, in ms.
    #[must_use]
    pub fn millis(&self) -> Millis {
        self.time.to_millis()
    }
}

impl Delta {
    /// Whether nothing differs but, perhaps, the window.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.weight() == 0 && self.removed.is_empty() && self.skipped == Some(0)
    }

    /// Roughly how long it is: values, events and removals.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.rows.weight() + self.removed.len()
    }
}

impl Rows {
    fn weight(&self) -> usize {
        match self {
            Self::Series(rows) => rows.iter().map(|row| row.panes.len()).sum(),
            Self::Table(rows) => rows.len(),
            Self::Feed(items) => items.len(),
        }
    }
}

/// Why the changes since a standing cannot be told: the view must be sent whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behind {
    /// Below the floor: changes since then are known only in part.
    Floor,
    /// The viewer's window reaches back less far, or further ahead, than the view's.
    Window,
}
