//! The independent record: what was acknowledged.

use std::sync::{Arc, Mutex, PoisonError};

use crate::event::Event;

/// Every event whose acknowledgement was read, of the data that is there now.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ledger(Arc<Mutex<Page>>);

#[derive(Debug, Default)]
struct Page {
    era: u32,
    events: Vec<Event>,
}

impl Ledger {
    /// Notes a batch that a server of this era acknowledged.
    pub(crate) fn acknowledged(&self, era: u32, batch: Vec<Event>) {
        let mut page = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // What an earlier server acknowledged went with its data.
        if era == page.era {
            page.events.extend(batch);
        }
    }

    /// The data was wiped.
    pub(crate) fn turn(&self, era: u32) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Page { era, events: Vec::new() };
    }

    /// Looks at all there is.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&[Event]) -> T) -> T {
        look(&self.0.lock().unwrap_or_else(PoisonError::into_inner).events)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.read(<[Event]>::len)
    }
}
