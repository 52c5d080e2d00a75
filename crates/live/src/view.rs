//! Views: a query's cells, at one offset and one window.

use std::sync::Arc;

use tideboard_model::{Event, Limits, Millis, Nanos, Offset, Pane, Query, Shape, Window};

use crate::feed::Feed;
use crate::panes::Panes;
use crate::series::Series;
use crate::table::Table;
use crate::{Behind, Delta, Standing};

/// A deterministic function of a prefix of a stream's log and of an aligned window.
///
/// Life cycle: [`View::new`], then [`View::fold`] for every event of the stream that can concern the window (see
/// [`View::hydrate_from`]), in the order of the log; [`View::hydrated`]; then, append by append, `fold` and
/// [`View::seal`], with [`View::slide`] as time passes. What a viewer is told is read by [`View::since`] and
/// [`View::whole`] between appends.
#[derive(Debug, Clone)]
pub struct View {
    query: Arc<Query>,
    cells: Cells,
    failure: Option<ViewFailure>,
}

#[derive(Debug, Clone)]
enum Cells {
    Series(Series),
    Table(Table),
    Feed(Feed),
}

/// A view passed one of its limits and shows nothing any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViewFailure {
    /// More groups than a view may have.
    #[error("the view has more than {limit} groups: filter, or group by a tag with fewer values")]
    TooManyGroups {
        /// The limit.
        limit: usize,
    },
    /// More cells than a view may hold.
    #[error("the view has more than {limit} cells: use wider buckets, a shorter range or fewer groups")]
    TooManyCells {
        /// The limit.
        limit: usize,
    },
}

impl View {
    /// An empty view as of `now`. `retained` is the instant before which the log keeps nothing, if it ever trimmed;
    /// `floor` the offset after which a feed will be told every event (series and tables are told all they need).
    #[must_use]
    pub fn new(query: Arc<Query>, limits: Limits, now: Millis, retained: Option<Nanos>, floor: Offset) -> Self {
        let panes = |measures: &[_], group_by: &[_], width| {
            let span = span(&query, now, retained);
            Panes::new(measures, group_by, width, limits, (span.window, span.oldest))
        };
        let cells = match &query.shape {
            Shape::Series { measures, group_by, bucket } => {
                Cells::Series(Series::new(panes(measures, group_by, *bucket)))
            }
            Shape::Table { measures, group_by, pane } => {
                Cells::Table(Table::new(panes(measures, group_by, *pane), limits.groups_per_view / 2))
            }
            Shape::Feed { events } => Cells::Feed(Feed::new(*events, floor)),
        };
        Self { query, cells, failure: None }
    }

    /// The query shown.
    #[must_use]
    pub fn query(&self) -> &Arc<Query> {
        &self.query
    }

    /// Events before this instant do not concern the view; `None` for a feed, which takes the newest events whatever
    /// their time.
    #[must_use]
    pub fn hydrate_from(&self) -> Option<Nanos> {
        let width = self.query.pane_width()?;
        Some(width.start_of(self.panes()?.oldest()).to_nanos())
    }

    /// How many events a feed still lacks; 0 for other shapes.
    #[must_use]
    pub fn events_wanted(&self) -> usize {
        match (&self.cells, &self.query.shape) {
            (Cells::Feed(feed), Shape::Feed { events }) => events.saturating_sub(feed.shown()),
            (Cells::Feed(_) | Cells::Series(_) | Cells::Table(_), _) => 0,
        }
    }

    /// Takes in an event of the stream, matching or not.
    pub fn fold(&mut self, offset: Offset, event: &Event) {
        if self.failure.is_some() || !self.query.matches(event) {
            return;
        }
        let folded = match &mut self.cells {
            Cells::Series(series) => series.fold(offset, event),
            Cells::Table(table) => table.fold(offset, event),
            Cells::Feed(feed) => {
                feed.fold(offset, event);
                Ok(())
            }
        };
        self.failure = folded.err();
    }

    /// Ends an append: everything up to `at` is folded in.
    pub fn seal(&mut self, at: Offset) {
        match &mut self.cells {
            Cells::Series(series) => series.seal(at),
            Cells::Table(_) | Cells::Feed(_) => {}
        }
    }

    /// Ends hydration at `at`.
    pub fn hydrated(&mut self, at: Offset) {
        self.seal(at);
        match &mut self.cells {
            Cells::Table(table) => table.hydrated(at),
            Cells::Series(_) | Cells::Feed(_) => {}
        }
    }

    /// Follows the clock and retention. The window never goes back: an earlier `now` changes nothing. Returns whether
    /// a total changed by it. (Viewers drop buckets that left a series' window by themselves.)
    pub fn slide(&mut self, now: Millis, retained: Option<Nanos>) -> bool {
        let Some(held) = self.window() else { return false };
        let span = span(&self.query, now, retained);
        let window = Window { from: span.window.from.max(held.from), to: span.window.to.max(held.to) };
        if window == held {
            return false;
        }
        match &mut self.cells {
            Cells::Series(series) => {
                series.slide(window, span.oldest);
                false
            }
            Cells::Table(table) => table.slide(window, span.oldest),
            Cells::Feed(_) => false,
        }
    }

    /// The panes shown; `None` for a feed.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        self.panes().map(Panes::window)
    }

    /// The panes shown as `[from, to)` in ms; `None` for a feed.
    #[must_use]
    pub fn window_millis(&self, window: Window) -> Option<(i64, i64)> {
        let width = self.query.pane_width()?;
        Some((width.start_of(window.from).0, width.start_of(window.to).0))
    }

    /// The window that `[from, to)` in ms stands for; `None` for a feed or if it is not aligned.
    #[must_use]
    pub fn window_from_millis(&self, (from, to): (i64, i64)) -> Option<Window> {
        let width = self.query.pane_width()?;
        let window = Window { from: width.pane_at(Millis(from)), to: width.pane_at(Millis(to)) };
        (self.window_millis(window) == Some((from, to)) && window.from <= window.to).then_some(window)
    }

    /// Everything shown.
    #[must_use]
    pub fn whole(&self) -> Delta {
        match &self.cells {
            Cells::Series(series) => series.whole(),
            Cells::Table(table) => table.whole(),
            Cells::Feed(feed) => feed.whole(),
        }
    }

    /// What changed since a standing of this very view: applied to the cells of then it gives the cells of now.
    ///
    /// # Errors
    /// [`Behind`] if that is not known; then [`View::whole`] is what to tell.
    pub fn since(&self, standing: Standing) -> Result<Delta, Behind> {
        match &self.cells {
            Cells::Series(series) => series.since(standing),
            Cells::Table(table) => table.since(standing),
            Cells::Feed(feed) => feed.since(standing),
        }
    }

    /// Why the view shows nothing any more, if it passed a limit.
    #[must_use]
    pub fn failure(&self) -> Option<ViewFailure> {
        self.failure
    }

    /// Groups and cells held, or events for a feed: what the view costs.
    #[must_use]
    pub fn size(&self) -> (usize, usize) {
        match &self.cells {
            Cells::Series(series) => (series.panes().group_count(), series.panes().cell_count()),
            Cells::Table(table) => (table.panes().group_count(), table.panes().cell_count()),
            Cells::Feed(feed) => (0, feed.shown()),
        }
    }

    fn panes(&self) -> Option<&Panes> {
        match &self.cells {
            Cells::Series(series) => Some(series.panes()),
            Cells::Table(table) => Some(table.panes()),
            Cells::Feed(_) => None,
        }
    }
}

/// What is shown and kept at an instant.
struct Span {
    window: Window,
    /// One pane before the window: there the growth of a counter starts.
    oldest: Pane,
}

/// Retention cuts a window so that the pane before it is whole too: no pane shown depends on events half taken.
fn span(query: &Query, now: Millis, retained: Option<Nanos>) -> Span {
    let window = query.window_at(now).unwrap_or(Window { from: Pane(0), to: Pane(0) });
    let first = retained.zip(query.pane_width()).map_or(window.from, |(retained, width)| {
        let pane = width.pane_of(retained);
        let whole = width.start_of(pane).to_nanos() == retained;
        Pane(pane.0.saturating_add(if whole { 1 } else { 2 }))
    });
    // Past the clock's end, if the clock went back: what retention took must not show as something that lies ahead.
    let from = window.from.max(first);
    let window = Window { from, to: window.to.max(from) };
    Span { window, oldest: Pane(window.from.0.saturating_sub(1)) }
}
