//! A page in the making.

use serde_json::value::RawValue;
use tideboard_live::Committed;
use tideboard_model::{Event, Offset, Query};

use super::FeedSettings;
use crate::encode::feed_event;
use crate::wire::Gone;

/// What has been found since the last page.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) gone: Option<Gone>,
    pub(super) events: Vec<Box<RawValue>>,
    bytes: usize,
    /// Events looked at.
    scanned: usize,
    /// The next event needs a page of its own.
    closed: bool,
}

impl Draft {
    /// Whether it takes no more.
    pub(super) fn is_full(&self, settings: &FeedSettings) -> bool {
        self.closed || self.events.len() >= settings.page_events || self.scanned >= settings.scan_events
    }

    /// Whether it holds something that a viewer waits for.
    pub(super) fn is_due(&self) -> bool {
        self.gone.is_some() || !self.events.is_empty()
    }

    /// Notes that retention took what follows `after`, up to `first`. Whether it could: what is gone comes before a
    /// page's events.
    pub(super) fn skip(&mut self, after: Offset, first: Offset) -> bool {
        if self.is_due() {
            self.closed = true;
            return false;
        }
        self.gone = Some(Gone { from: after.next().0, to: first.0 });
        true
    }

    /// Looks at an append's events after `after`, until it is full; returns the offset of the last one taken in.
    pub(super) fn take(&mut self, append: &Committed, after: Offset, query: &Query, settings: &FeedSettings) -> Offset {
        let passed = after.0.saturating_sub(append.before().0);
        let events = append.events.iter().skip(usize::try_from(passed).unwrap_or(usize::MAX));
        let mut at = after;
        for event in events {
            if self.is_full(settings) || !self.look(event, query, settings) {
                break;
            }
            at = at.next();
        }
        at
    }

    /// Takes an event in if it matches and there is room for it; whether it is dealt with.
    fn look(&mut self, event: &Event, query: &Query, settings: &FeedSettings) -> bool {
        if query.matches(event) {
            let shown = feed_event(event.time.to_millis(), &event.tags, &event.fields);
            // Wire types are maps with text keys and finite numbers: encoding them cannot fail.
            let Ok(json) = serde_json::value::to_raw_value(&shown) else { return true };
            let bytes = self.bytes + json.get().len();
            if bytes > settings.page_bytes && !self.events.is_empty() {
                self.closed = true;
                return false;
            }
            self.bytes = bytes;
            self.events.push(json);
        }
        self.scanned += 1;
        true
    }
}
