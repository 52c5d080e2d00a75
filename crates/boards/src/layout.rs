//! Layouts: where widgets stand, for each width of screen.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::WidgetId;

/// Lowest row that a widget may start in.
pub const PLACE_MAX_Y: u16 = 10_000;
/// Tallest widget, in rows.
pub const PLACE_MAX_HEIGHT: u16 = 100;

/// A class of screen widths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub enum Breakpoint {
    /// Desks and walls.
    Wide,
    /// Tablets and narrow windows.
    Tablet,
    /// Phones.
    Phone,
}

impl Breakpoint {
    /// Every breakpoint, the widest first.
    pub const ALL: [Self; 3] = [Self::Wide, Self::Tablet, Self::Phone];

    /// How many columns its grid has.
    #[must_use]
    pub fn columns(self) -> u16 {
        match self {
            Self::Wide => 24,
            Self::Tablet => 12,
            Self::Phone => 4,
        }
    }
}

/// Where a widget stands: the top left corner and the size, in columns and rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// First column, from 0.
    pub x: u16,
    /// First row, from 0, at most [`PLACE_MAX_Y`].
    pub y: u16,
    /// Columns; at least 1, and none beyond the grid's last.
    pub w: u16,
    /// Rows; 1 to [`PLACE_MAX_HEIGHT`].
    pub h: u16,
}

impl Place {
    /// The first row below.
    #[must_use]
    pub fn bottom(self) -> u16 {
        self.y.saturating_add(self.h)
    }

    /// The first column to the right.
    #[must_use]
    pub fn right(self) -> u16 {
        self.x.saturating_add(self.w)
    }

    /// Whether two places share a cell of the grid.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.x < other.right() && other.x < self.right() && self.y < other.bottom() && other.y < self.bottom()
    }
}

/// Where each widget stands at one breakpoint.
pub type Layout = BTreeMap<WidgetId, Place>;

/// A dashboard's layouts. Widgets without a place stand below the placed ones.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layouts {
    /// 24 columns.
    #[cfg_attr(feature = "ts", ts(type = "Record<string, Place>"))]
    pub wide: Layout,
    /// 12 columns; follows the wide one until someone arranges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "Record<string, Place>"))]
    pub tablet: Option<Layout>,
    /// 4 columns; follows the wide one until someone arranges it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "ts", ts(optional, type = "Record<string, Place>"))]
    pub phone: Option<Layout>,
}

/// The widgets of a layout from top to bottom, and from left to right among those that start in the same row.
pub(crate) fn reading_order(layout: &Layout) -> Vec<(&WidgetId, Place)> {
    let mut order: Vec<_> = layout.iter().map(|(id, place)| (id, *place)).collect();
    order.sort_by_key(|(_, place)| (place.y, place.x));
    order
}
