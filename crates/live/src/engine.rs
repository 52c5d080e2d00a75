//! All streams and views of one node.

use std::collections::BTreeMap;
use std::sync::Arc;

use tideboard_model::{Millis, Nanos, Offset, Position, Query, StreamName};

use crate::stream::Stream;
use crate::{Committed, Gap, View};

/// The number of a view on this node; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ViewId(u64);

/// The views of one node, shared by all sessions that ask the same effective query.
#[derive(Debug, Default)]
pub struct Engine {
    streams: BTreeMap<StreamName, Stream>,
    by_query: BTreeMap<Arc<Query>, ViewId>,
    queries: BTreeMap<ViewId, Arc<Query>>,
    opened: u64,
}

impl Engine {
    /// Without streams and views.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The open view of an effective query, ready or about to join.
    #[must_use]
    pub fn find(&self, query: &Query) -> Option<ViewId> {
        self.by_query.get(query).copied()
    }

    /// A view that has joined its stream.
    #[must_use]
    pub fn view(&self, id: ViewId) -> Option<&View> {
        self.streams.get(&self.queries.get(&id)?.stream)?.views.get(&id)
    }

    /// Where all views of a stream stand; `None` if it has no views here.
    #[must_use]
    pub fn applied(&self, stream: &StreamName) -> Option<Position> {
        self.streams.get(stream).map(|stream| stream.applied)
    }

    /// When the newest event applied was accepted, if any was since the stream was opened here.
    #[must_use]
    pub fn accepted(&self, stream: &StreamName) -> Option<Millis> {
        self.streams.get(stream)?.accepted
    }

    /// Takes in a view that was hydrated at `at`.
    ///
    /// # Errors
    /// The view comes back if the appends since `at` are no longer remembered, or were never appended after it: hydrate
    /// it further and try again.
    pub fn join(&mut self, view: View, at: Position) -> Result<ViewId, Box<View>> {
        let query = Arc::clone(view.query());
        if let Some(id) = self.find(&query) {
            return Ok(id);
        }
        let id = ViewId(self.opened);
        self.streams.entry(query.stream.clone()).or_insert_with(|| Stream::new(at)).join(id, view, at)?;
        self.opened += 1;
        self.by_query.insert(Arc::clone(&query), id);
        self.queries.insert(id, query);
        Ok(id)
    }

    /// Lets a view go; its stream too with the last one.
    pub fn close(&mut self, id: ViewId) {
        let Some(query) = self.queries.remove(&id) else { return };
        self.by_query.remove(&query);
        if let Some(stream) = self.streams.get_mut(&query.stream) {
            stream.close(id);
            if stream.is_unused() {
                self.streams.remove(&query.stream);
            }
        }
    }

    /// Takes in the next append of a stream; whether any view here cares for that stream and did not have it yet.
    ///
    /// # Errors
    /// [`Gap`] if it does not follow on what is applied.
    pub fn apply(&mut self, name: &StreamName, append: &Committed) -> Result<bool, Gap> {
        self.streams.get_mut(name).map_or(Ok(false), |stream| stream.apply(append))
    }

    /// Follows the clock; returns the streams of which cells changed by it.
    pub fn slide(&mut self, now: Millis) -> Vec<StreamName> {
        let mut changed = Vec::new();
        for (name, stream) in &mut self.streams {
            let retained = stream.retained;
            // Every view slides: no short cut.
            if stream.views.values_mut().fold(false, |any, view| view.slide(now, retained) | any) {
                changed.push(name.clone());
            }
        }
        changed
    }

    /// Notes how far retention has trimmed a stream; takes effect with the next [`Engine::slide`].
    pub fn trim(&mut self, name: &StreamName, retained: Nanos) {
        if let Some(stream) = self.streams.get_mut(name) {
            stream.retained = stream.retained.max(Some(retained));
        }
    }

    /// Lets all views of a stream go, those about to join too: the log has lost what they hold. Returns what they show, to
    /// read it anew.
    pub fn forget(&mut self, name: &StreamName) -> Vec<Arc<Query>> {
        self.streams.remove(name);
        let gone: Vec<_> = self.queries.iter().filter(|(_, query)| query.stream == *name).map(|(id, _)| *id).collect();
        let gone = gone.into_iter().filter_map(|id| self.queries.remove(&id));
        gone.inspect(|query| {
            self.by_query.remove(query);
        })
        .collect()
    }

    /// The log holds nothing after what is applied of a stream: views that wait for more never join.
    pub fn at_end(&mut self, name: &StreamName) {
        if let Some(stream) = self.streams.get_mut(name) {
            stream.at_end();
        }
    }

    /// Views of a stream that can never join: they hold events that the log has lost since. They are to be closed and read
    /// anew.
    pub fn strays(&self, name: &StreamName) -> impl Iterator<Item = (ViewId, &Arc<Query>)> {
        let strays = self.streams.get(name).into_iter().flat_map(|stream| &stream.strays);
        strays.filter_map(|id| Some((*id, self.queries.get(id)?)))
    }

    /// The last offset applied, to ask the log for what follows.
    #[must_use]
    pub fn applied_offset(&self, stream: &StreamName) -> Option<Offset> {
        self.applied(stream).map(|position| position.offset)
    }

    /// Every open view with its number.
    pub fn views(&self) -> impl Iterator<Item = (ViewId, &View)> {
        self.streams.values().flat_map(|stream| stream.views.iter().map(|(id, view)| (*id, view)))
    }
}
