//! Who uses which view: a view nobody uses stays warm for a while, then goes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tideboard_model::{Query, StreamName};
use tokio::time::Instant;

/// How long a view nobody uses stays warm: a page that is reloaded finds it again.
const GRACE: Duration = Duration::from_secs(30);

/// One open query.
#[derive(Debug)]
struct Use {
    sessions: usize,
    unused_since: Option<Instant>,
    opening: Opening,
}

/// How far a view is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// It is being read from the log.
    Reading,
    /// Its stream does not exist: it is read when that appears.
    Absent,
    /// The engine has it.
    Open,
}

/// All queries in use.
#[derive(Debug, Default)]
pub(super) struct Uses(BTreeMap<Arc<Query>, Use>);

impl Uses {
    /// One more use. Returns how far the view is, and the query that all uses share; `None` if it must be read now.
    pub(super) fn open(&mut self, query: &Arc<Query>) -> Option<(Opening, Arc<Query>)> {
        let shared = self.0.get_key_value(query).map(|(shared, _)| Arc::clone(shared));
        if let Some((shared, existing)) = shared.zip(self.0.get_mut(query)) {
            existing.sessions += 1;
            existing.unused_since = None;
            return Some((existing.opening, shared));
        }
        self.0.insert(Arc::clone(query), Use { sessions: 1, unused_since: None, opening: Opening::Reading });
        None
    }

    /// One use less.
    pub(super) fn close(&mut self, query: &Query, now: Instant) {
        if let Some(used) = self.0.get_mut(query) {
            used.sessions = used.sessions.saturating_sub(1);
            if used.sessions == 0 {
                used.unused_since = Some(now);
            }
        }
    }

    /// Notes how far a view is; whether anyone still cares.
    pub(super) fn note(&mut self, query: &Query, opening: Opening) -> bool {
        self.0.get_mut(query).map(|used| used.opening = opening).is_some()
    }

    /// Forgets a query at once.
    pub(super) fn forget(&mut self, query: &Query) {
        self.0.remove(query);
    }

    /// Queries of a stream that did not exist before.
    pub(super) fn absent(&self, stream: &str) -> Vec<Arc<Query>> {
        let absent =
            |(query, used): &(&Arc<Query>, &Use)| used.opening == Opening::Absent && query.stream.as_str() == stream;
        self.0.iter().filter(absent).map(|(query, _)| Arc::clone(query)).collect()
    }

    /// Whether any query of a stream is in use.
    pub(super) fn any_of(&self, stream: &StreamName) -> bool {
        self.0.keys().any(|query| query.stream == *stream)
    }

    /// Takes out the queries that nobody has used for the grace time. One that is being read stays until it is.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<Arc<Query>> {
        let over = |used: &Use| {
            used.opening != Opening::Reading
                && used.unused_since.is_some_and(|since| now.saturating_duration_since(since) >= GRACE)
        };
        let expired: Vec<_> =
            self.0.iter().filter(|(_, used)| over(used)).map(|(query, _)| Arc::clone(query)).collect();
        expired.iter().for_each(|query| self.forget(query));
        expired
    }
}
