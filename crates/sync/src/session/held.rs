//! What a viewer holds, as far as its session knows: the same value for all viewers that hold the same.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Weak};

use tideboard_live::ViewId;
use tideboard_model::{Position, Query, StreamName, Window};

use super::sorted::Sorted;
use crate::place::Place;

/// Views and positions of one viewer. Viewers of one dashboard that keep up hold the same: they share one value, and it
/// is found out once what moves it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    pub(super) views: Sorted<String, Subscription>,
    pub(super) places: Sorted<StreamName, Place>,
}

#[derive(Debug, Clone)]
pub(super) struct Subscription {
    pub(super) query: Arc<Query>,
    /// What the viewer says it holds, until a frame has told it more.
    pub(super) claim: Option<Claim>,
    pub(super) view: Option<ViewId>,
    pub(super) told: Option<Told>,
    /// Its stream does not exist, as far as is known.
    pub(super) absent: Option<Absent>,
}

/// What a viewer knows of a stream that does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// It is to be told that there is nothing.
    Untold,
    /// It was told so, and holds "nothing": should the stream appear, that moves with it.
    Told,
}

/// Cells that the viewer says it holds at the position it presented.
#[derive(Debug, Clone)]
pub(super) struct Claim {
    pub(super) same_query: bool,
    pub(super) window: Option<(i64, i64)>,
}

/// The viewer's cells are those of its position, in this window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub(super) window: Option<Window>,
}

impl Held {
    /// All of it was told by frames, and nothing is to be asked, judged or told for the first time: what it says is all
    /// that the next frame depends on, beside the views.
    pub(crate) fn is_settled(&self) -> bool {
        let views = self.views.values();
        views.into_iter().all(|view| view.view.is_some() && view.told.is_some() && view.is_told_by_frames())
            && self.places.values().all(|place| matches!(place, Place::At { .. }))
    }

    /// Two that are settled hold the same.
    fn same_as(&self, other: &Self) -> bool {
        let (views, places) = (self.views.iter().zip(other.views.iter()), self.places.iter().zip(other.places.iter()));
        self.views.len() == other.views.len()
            && self.places.len() == other.places.len()
            && views.into_iter().all(|((id, one), (other_id, other))| {
                // A view is open for one query alone, and sessions share that.
                id == other_id
                    && one.view == other.view
                    && one.told == other.told
                    && Arc::ptr_eq(&one.query, &other.query)
            })
            && places.into_iter().all(|(one, other)| one == other)
    }

    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        for (id, view) in self.views.iter() {
            (id, view.view).hash(&mut hasher);
        }
        for (stream, place) in self.places.iter() {
            (stream.as_str(), position(place)).hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl Subscription {
    fn is_told_by_frames(&self) -> bool {
        self.claim.is_none() && self.absent.is_none()
    }
}

fn position(place: &Place) -> Option<Position> {
    match place {
        Place::At { position, .. } => Some(*position),
        Place::Nowhere | Place::Verifying { .. } | Place::Ahead { .. } | Place::Claimed { .. } => None,
    }
}

/// What viewers hold, each value once.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<u64, Weak<Held>>);

/// Values that nobody holds any more are looked for once there are more than so many.
const KEEP: usize = 64;

impl Known {
    /// The value that others hold already, if it is the same.
    pub(crate) fn shared(&mut self, held: Held) -> Arc<Held> {
        if !held.is_settled() {
            return Arc::new(held);
        }
        let hash = held.hash();
        if let Some(known) = self.0.get(&hash).and_then(Weak::upgrade).filter(|known| known.same_as(&held)) {
            return known;
        }
        let held = Arc::new(held);
        self.0.insert(hash, Arc::downgrade(&held));
        held
    }

    /// Forgets what nobody holds any more.
    pub(crate) fn tidy(&mut self) {
        if self.0.len() > KEEP {
            self.0.retain(|_, held| held.strong_count() > 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use tideboard_live::{Engine, View};
    use tideboard_model::{Epoch, Limits, Millis, Offset, Pane, Proof};

    use super::*;

    /// The open view of one stream, told up to an append in a window.
    fn held(engine: &mut Engine, stream: &str, offset: u64, window: i64) -> Held {
        let spec = serde_json::json!({"stream": stream, "shape": "feed"});
        let query = Arc::new(Query::new(&serde_json::from_value(spec).unwrap(), &Limits::default()).unwrap());
        let position = |offset| Position { epoch: Epoch(7), offset: Offset(offset), proof: Proof(offset) };
        let view = View::new(Arc::clone(&query), Limits::default(), Millis(0), None, Offset::ZERO);
        let id = engine.join(view, position(0)).unwrap();
        let query = Arc::clone(engine.view(id).unwrap().query());
        let (stream, told) = (query.stream.clone(), Told { window: Some(Window { from: Pane(0), to: Pane(window) }) });
        let (view, told) = (Some(id), Some(told));
        let mut held = Held::default();
        held.views.insert("v".to_owned(), Subscription { query, claim: None, view, told, absent: None });
        let position = position(offset);
        held.places.insert(stream, Place::At { text: position.to_string(), position });
        held
    }

    #[test]
    fn only_those_that_hold_the_same_share_a_value() {
        let (mut engine, mut known) = (Engine::new(), Known::default());
        let one = known.shared(held(&mut engine, "s", 1, 9));
        let mut shared = |stream, offset, window| {
            let held = held(&mut engine, stream, offset, window);
            let again = known.shared(held.clone());
            (Arc::ptr_eq(&one, &again), Arc::ptr_eq(&again, &known.shared(held)))
        };
        assert_eq!(shared("s", 1, 9), (true, true));
        for (stream, offset, window) in [("t", 1, 9), ("s", 2, 9), ("s", 1, 10)] {
            assert_eq!(shared(stream, offset, window), (false, true), "{stream}, {offset}, {window}");
        }
    }

    #[test]
    fn who_is_still_to_be_told_something_first_shares_nothing() {
        let (mut engine, mut known) = (Engine::new(), Known::default());
        let mut unsettled = held(&mut engine, "s", 1, 9);
        unsettled.views.values_mut().for_each(|view| view.told = None);
        let one = known.shared(unsettled.clone());
        assert!(!Arc::ptr_eq(&one, &known.shared(unsettled)));
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let (mut engine, mut known) = (Engine::new(), Known::default());
        let kept = known.shared(held(&mut engine, "s", 0, 9));
        for offset in 1..=KEEP as u64 {
            known.shared(held(&mut engine, "s", offset, 9));
        }
        known.tidy();
        assert_eq!((known.0.len(), Arc::strong_count(&kept)), (1, 1));
    }
}
