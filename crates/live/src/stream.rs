//! One stream on this node: all its views stand at one applied offset.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use tideboard_model::{Event, Millis, Nanos, Offset, Position, Proof};

use crate::{View, ViewId};

/// Appends that are remembered, so that a view hydrated meanwhile can catch up.
const RECENT_APPENDS: usize = 256;

/// One committed append.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Offset of its first event.
    pub first: Offset,
    /// The proof at the offset just before it.
    pub previous: Proof,
    /// Its end.
    pub position: Position,
    /// When it was accepted.
    pub accepted: Millis,
    /// Its events, at least one.
    pub events: Arc<[Event]>,
}

impl Committed {
    /// The offset just before it.
    #[must_use]
    pub fn before(&self) -> Offset {
        Offset(self.first.0.saturating_sub(1))
    }

    /// Whether it is the next one after a position, and not that of a log which lost its latest appends since.
    #[must_use]
    pub fn follows(&self, position: Position) -> bool {
        let Position { epoch, offset, proof } = position;
        (self.position.epoch, self.before(), self.previous) == (epoch, offset, proof)
    }

    fn fold_into(&self, view: &mut View) {
        let mut offset = self.first;
        for event in self.events.iter() {
            view.fold(offset, event);
            offset = offset.next();
        }
        view.seal(self.position.offset);
    }
}

/// The append does not follow on what is applied: either appends between are missing, or what is applied is no longer in
/// the log. The caller asks the log which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the next append must follow {after}")]
pub struct Gap {
    /// Where the views stand.
    pub after: Position,
}

#[derive(Debug)]
pub(crate) struct Stream {
    /// Where all views stand.
    pub(crate) applied: Position,
    /// When the newest event applied was accepted.
    pub(crate) accepted: Option<Millis>,
    pub(crate) retained: Option<Nanos>,
    pub(crate) views: BTreeMap<ViewId, View>,
    /// Hydrated further than `applied`; they join when it gets there.
    ahead: Vec<(Position, ViewId, View)>,
    /// Views that were hydrated from a log that has lost what they hold: they never join.
    pub(crate) strays: Vec<ViewId>,
    recent: VecDeque<Committed>,
}

impl Stream {
    pub(crate) fn new(applied: Position) -> Self {
        Self {
            applied,
            accepted: None,
            retained: None,
            views: BTreeMap::new(),
            ahead: Vec::new(),
            strays: Vec::new(),
            recent: VecDeque::new(),
        }
    }

    /// Takes in the next append. One that is already applied changes nothing.
    pub(crate) fn apply(&mut self, append: &Committed) -> Result<bool, Gap> {
        let (end, applied) = (append.position, self.applied);
        if end.offset < applied.offset || end == applied {
            return Ok(false);
        }
        if !append.follows(applied) {
            return Err(Gap { after: applied });
        }
        self.views.values_mut().for_each(|view| append.fold_into(view));
        self.applied = append.position;
        self.accepted = Some(append.accepted);
        if self.recent.len() == RECENT_APPENDS {
            self.recent.pop_front();
        }
        self.recent.push_back(append.clone());
        for (at, id, view) in std::mem::take(&mut self.ahead) {
            if at == end {
                self.views.insert(id, view);
            } else if at.offset > end.offset {
                self.ahead.push((at, id, view));
            } else {
                self.strays.push(id);
            }
        }
        Ok(true)
    }

    /// Lets a view hydrated at `at` join: at once, after the recent appends that it lacks, or when this stream gets
    /// there. Gives the view back if the appends it lacks are no longer remembered.
    pub(crate) fn join(&mut self, id: ViewId, mut view: View, at: Position) -> Result<(), Box<View>> {
        if at.offset > self.applied.offset {
            self.ahead.push((at, id, view));
            return Ok(());
        }
        let lacking = self.recent.iter().skip_while(|append| append.position.offset <= at.offset);
        let mut reached = at;
        for append in lacking {
            if !append.follows(reached) {
                return Err(Box::new(view));
            }
            append.fold_into(&mut view);
            reached = append.position;
        }
        if reached != self.applied {
            return Err(Box::new(view));
        }
        self.views.insert(id, view);
        Ok(())
    }

    /// There is nothing for views to wait for.
    pub(crate) fn at_end(&mut self) {
        self.strays.extend(self.ahead.drain(..).map(|(_, id, _)| id));
    }

    pub(crate) fn close(&mut self, id: ViewId) {
        self.views.remove(&id);
        self.ahead.retain(|(_, ahead, _)| *ahead != id);
        self.strays.retain(|stray| *stray != id);
    }

    pub(crate) fn is_unused(&self) -> bool {
        self.views.is_empty() && self.ahead.is_empty() && self.strays.is_empty()
    }
}
