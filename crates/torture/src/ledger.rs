//! The independent record: what was acknowledged.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::Instant;

use crate::event::Event;

/// Every event whose acknowledgement was read, of the data that is there now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Page>>);

#[derive(Debug, Default)]
struct Page {
    era: u32,
    events: Vec<Event>,
    /// When the acknowledgement of each was read.
    at: Vec<Instant>,
    /// Acknowledged, and lost by an act that may cost that.
    lost: Vec<Event>,
}

impl Ledger {
    fn page(&self) -> MutexGuard<'_, Page> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a batch that a server of this era acknowledged, each event with when.
    pub(crate) fn acknowledged(&self, era: u32, batch: Vec<(Event, Instant)>) {
        let mut page = self.page();
        // What an earlier server acknowledged went with its data.
        if era == page.era {
            let (events, at): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            page.events.extend(events);
            page.at.extend(at);
        }
    }

    /// The data was wiped.
    pub(crate) fn turn(&self, era: u32) {
        *self.page() = Page { era, ..Page::default() };
    }

    /// Takes out events that the log does not have and need not have, and takes back those that came after all: a producer
    /// that had given up waiting may have been heard late. Returns events that are missing without excuse.
    pub(crate) fn reconcile(&self, has: impl Fn(&Event) -> bool, excused: impl Fn(Instant) -> bool) -> Vec<Event> {
        let mut page = self.page();
        let (events, at, lost) =
            (std::mem::take(&mut page.events), std::mem::take(&mut page.at), std::mem::take(&mut page.lost));
        let mut missing = Vec::new();
        for (event, when) in events.into_iter().zip(at) {
            if has(&event) {
                page.events.push(event);
                page.at.push(when);
            } else if excused(when) {
                page.lost.push(event);
            } else {
                missing.push(event);
            }
        }
        let (back, gone): (Vec<_>, Vec<_>) = lost.into_iter().partition(has);
        page.lost.extend(gone);
        page.at.extend(back.iter().map(|_| Instant::now()));
        page.events.extend(back);
        missing
    }

    /// Looks at all there is.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&[Event]) -> T) -> T {
        look(&self.page().events)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.read(<[Event]>::len)
    }

    /// How many were acknowledged and lost.
    pub(crate) fn lost(&self) -> usize {
        self.page().lost.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tideboard_testkit::Dice;

    use super::*;

    #[test]
    fn what_is_gone_is_missing_unless_it_is_excused_and_counts_again_when_it_comes_back() {
        let (ledger, now) = (Ledger::default(), Instant::now());
        let mut dice = Dice::new(1, "events");
        let mut event = |number| Event::invent(&mut dice, 0, number, 0);
        let late = now + Duration::from_secs(1);
        ledger.acknowledged(0, vec![(event(1), now), (event(2), now), (event(3), late)]);
        let (two, late_ones) = (|event: &Event| event.number == 1, |at| at == late);
        let missing = ledger.reconcile(two, late_ones);
        assert_eq!(missing.iter().map(|event| event.number).collect::<Vec<_>>(), [2]);
        assert_eq!((ledger.len(), ledger.lost()), (1, 1));
        assert!(ledger.reconcile(|_| true, |_| false).is_empty());
        assert_eq!((ledger.len(), ledger.lost()), (2, 0));
    }
}
