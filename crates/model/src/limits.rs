//! Limits: what bounds memory and work. Past one there is a clear error, never a silent cut.

/// Bounds on one view and one session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Groups in one view.
    pub groups_per_view: usize,
    /// Panes times groups held by one view.
    pub cells_per_view: usize,
    /// Buckets across one range.
    pub buckets_per_range: i64,
    /// Events held by one feed.
    pub feed_events: usize,
    /// Views in one session.
    pub views_per_session: usize,
    /// Measures in one query.
    pub measures_per_query: usize,
    /// Group-by tags in one query.
    pub group_tags_per_query: usize,
    /// Filters in one query, and values in one filter.
    pub filters_per_query: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            groups_per_view: 500,
            cells_per_view: 200_000,
            buckets_per_range: 4_000,
            feed_events: 500,
            views_per_session: 100,
            measures_per_query: 8,
            group_tags_per_query: 4,
            filters_per_query: 64,
        }
    }
}
