//! Events as a pure function of seed and time.

use tideboard_model::{Event, Millis, Nanos};

use super::dice::Dice;
use super::incident::Incident;
use super::rhythm::activity;
use super::{service, shop};
use crate::source::Draft;

/// Events are made in slots of this length.
pub(super) const SLOT_MILLIS: i64 = 100;
const PURPOSE: u64 = 3;

/// The number of a slot: `floor(time / SLOT_MILLIS)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot(pub(super) i64);

impl Slot {
    /// The slot that holds an instant.
    pub(super) fn at(time: Millis) -> Self {
        Self(time.0.div_euclid(SLOT_MILLIS))
    }

    /// The slot so many further on.
    pub(super) fn after(self, slots: i64) -> Self {
        Self(self.0.saturating_add(slots))
    }

    /// The first millisecond.
    pub(super) fn start(self) -> Millis {
        Millis(self.0.saturating_mul(SLOT_MILLIS))
    }

    /// The first millisecond past it.
    pub(super) fn end(self) -> Millis {
        self.after(1).start()
    }
}

/// Makes the events of any slots, in any order, always the same ones.
pub(super) struct Generator {
    seed: u64,
}

/// What the makers of events of one slot go by.
pub(super) struct Moment {
    pub(super) dice: Dice,
    pub(super) incident: Option<Incident>,
    /// Factor on how often things happen.
    activity: f64,
    slot: Slot,
    events: Vec<Event>,
}

impl Generator {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The events of the slots from (inclusive) to (exclusive), by time within each slot.
    pub(super) fn events(&self, from: Slot, to: Slot) -> Vec<Event> {
        (from.0..to.0).flat_map(|slot| self.slot(Slot(slot))).collect()
    }

    fn slot(&self, slot: Slot) -> Vec<Event> {
        let at = slot.start();
        let mut moment = Moment {
            dice: Dice::of(&[self.seed, PURPOSE, slot.0.cast_unsigned()]),
            incident: Incident::at(self.seed, at),
            activity: activity(self.seed, at),
            slot,
            events: Vec::new(),
        };
        shop::add(&mut moment);
        service::add(&mut moment);
        moment.events.sort_by_key(|event| event.time);
        moment.events
    }
}

impl Moment {
    /// How often something happens in this slot that happens so often per second on a busy day.
    pub(super) fn times(&mut self, per_second: f64) -> u32 {
        let slots_per_second = 1_000.0 / super::rhythm::fraction(SLOT_MILLIS, 1);
        self.dice.poisson(per_second * self.activity / slots_per_second)
    }

    /// An event of this slot, at some instant in it.
    pub(super) fn draft(&mut self, stream: &'static str) -> Draft {
        const SLOT_NANOS: u64 = 1_000_000 * SLOT_MILLIS.cast_unsigned();
        let within = i64::try_from(self.dice.below(SLOT_NANOS)).unwrap_or_default();
        Draft::new(stream, Nanos(self.slot.start().to_nanos().0.saturating_add(within)))
    }

    pub(super) fn add(&mut self, draft: Draft) {
        self.events.extend(draft.finish());
    }
}

#[cfg(test)]
mod tests;
