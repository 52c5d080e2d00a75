//! What becomes of a session when its node doubts the log, or the log has lost what the session was told.

use std::sync::Arc;

use tideboard_model::StreamName;

use super::{Claim, Effect, Session};
use crate::place::Place;
use crate::wire::Reason;

impl Session {
    /// What the log said of a stream's positions may be so no more: they are to be judged again.
    pub fn uncertain(&mut self, stream: &StreamName) -> Vec<Effect> {
        // Where a frame of this session led is not in question here.
        let doubtful = self.held.places.get(stream).is_some_and(|place| !matches!(place, Place::At { .. }));
        let place = if doubtful { Arc::make_mut(&mut self.held).places.get_mut(stream) } else { None };
        place.and_then(Place::doubt).map(|position| Effect::Verify(stream.clone(), position)).into_iter().collect()
    }

    /// The log has lost what the views of a stream show, and they are being read anew: each is carried again, whole, with
    /// the reason, once [`Session::opened`] says so of all.
    pub fn lost(&mut self, stream: &StreamName, reason: Reason) -> Vec<Effect> {
        if let Some(unsent) = &mut self.unsent {
            unsent.lost.push((stream.clone(), reason));
        }
        let held = Arc::make_mut(&mut self.held);
        for view in held.views.values_mut().filter(|view| view.query.stream == *stream) {
            view.view = None;
            if view.told.take().is_some() {
                view.claim = Some(Claim::OURS);
            }
        }
        if let Some(place) = held.places.get_mut(stream)
            && let Place::At { text, .. } = place
        {
            *place = Place::Claimed { text: std::mem::take(text), start: Err(reason) };
        }
        self.uncertain(stream)
    }
}

impl Claim {
    /// Of cells that this session told.
    pub(super) const OURS: Self = Self { same_query: true, window: None };
}
