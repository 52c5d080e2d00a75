//! Time as numbers: instants, panes and windows. Nobody reads a clock here.

use serde::{Deserialize, Serialize};

/// Nanoseconds since 1970-01-01T00:00:00Z: the resolution of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(pub i64);

impl Nanos {
    /// The millisecond that holds this instant.
    #[must_use]
    pub fn to_millis(self) -> Millis {
        Millis(self.0.div_euclid(1_000_000))
    }
}

/// Milliseconds since 1970-01-01T00:00:00Z: the resolution of panes and of everything on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Millis(pub i64);

impl Millis {
    /// The first nanosecond of this millisecond; saturates at the ends of [`Nanos`].
    #[must_use]
    pub fn to_nanos(self) -> Nanos {
        Nanos(self.0.saturating_mul(1_000_000))
    }
}

/// The width of a view's panes in milliseconds; at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PaneWidth(i64);

impl PaneWidth {
    /// Accepts a width of at least 1 ms.
    #[must_use]
    pub fn new(millis: i64) -> Option<Self> {
        (millis >= 1).then_some(Self(millis))
    }

    /// The width in milliseconds.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// The pane that holds an instant.
    #[must_use]
    pub fn pane_of(self, time: Nanos) -> Pane {
        Pane(time.to_millis().0.div_euclid(self.0))
    }

    /// The pane that holds a millisecond.
    #[must_use]
    pub fn pane_at(self, time: Millis) -> Pane {
        Pane(time.0.div_euclid(self.0))
    }

    /// The first millisecond of a pane; saturates.
    #[must_use]
    pub fn start_of(self, pane: Pane) -> Millis {
        Millis(pane.0.saturating_mul(self.0))
    }
}

/// The number of a pane: `floor(time / width)`. A series' bucket is one pane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pane(pub i64);

/// Panes `from` (inclusive) to `to` (exclusive): what a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Window {
    /// First pane shown.
    pub from: Pane,
    /// First pane no longer shown.
    pub to: Pane,
}

impl Window {
    /// Whether a pane is shown.
    #[must_use]
    pub fn contains(self, pane: Pane) -> bool {
        self.from <= pane && pane < self.to
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panes_are_aligned_below_zero_too() {
        let width = PaneWidth::new(1000).unwrap();
        assert_eq!(width.pane_of(Nanos(0)), Pane(0));
        assert_eq!(width.pane_of(Nanos(999_999_999)), Pane(0));
        assert_eq!(width.pane_of(Nanos(1_000_000_000)), Pane(1));
        assert_eq!(width.pane_of(Nanos(-1)), Pane(-1));
        assert_eq!(width.start_of(Pane(-1)), Millis(-1000));
        assert_eq!(PaneWidth::new(0), None);
    }
}
