//! Tail feeds: the last events, and how many were passed over.

use std::collections::VecDeque;
use std::sync::Arc;

use tideboard_model::{Event, Offset};

use crate::{Behind, Delta, FeedItem, Rows, Standing};

/// Offsets of matching events that are remembered beyond the events shown, so that what a viewer skips can be counted.
const REMEMBERED: usize = 10_000;

/// A feed: its last events, and the offsets of more.
#[derive(Debug, Clone)]
pub(crate) struct Feed {
    limit: usize,
    items: VecDeque<Arc<FeedItem>>,
    /// Offsets of matching events, rising; all after `floor` are there.
    matched: VecDeque<Offset>,
    /// Matching events after this offset are known.
    floor: Offset,
}

impl Feed {
    /// Empty; will be told every matching event after `floor`.
    pub(crate) fn new(limit: usize, floor: Offset) -> Self {
        Self { limit, items: VecDeque::new(), matched: VecDeque::new(), floor }
    }

    pub(crate) fn fold(&mut self, offset: Offset, event: &Event) {
        let item = FeedItem { offset, time: event.time, tags: event.tags.clone(), fields: event.fields.clone() };
        self.items.push_back(Arc::new(item));
        self.matched.push_back(offset);
        if self.items.len() > self.limit {
            self.items.pop_front();
        }
        if self.matched.len() > self.limit.max(REMEMBERED)
            && let Some(forgotten) = self.matched.pop_front()
        {
            self.floor = forgotten;
        }
    }

    pub(crate) fn shown(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn whole(&self) -> Delta {
        Delta {
            window: None,
            rows: Rows::Feed(self.items.iter().map(Arc::clone).collect()),
            removed: Vec::new(),
            skipped: Some(0),
        }
    }

    pub(crate) fn since(&self, standing: Standing) -> Result<Delta, Behind> {
        if standing.offset < self.floor {
            return Err(Behind::Floor);
        }
        let seen = self.matched.partition_point(|offset| *offset <= standing.offset);
        let missed = self.matched.len() - seen;
        let shown = missed.min(self.items.len());
        let rows = self.items.range(self.items.len() - shown..).map(Arc::clone).collect();
        let skipped = u64::try_from(missed - shown).ok();
        Ok(Delta { window: None, rows: Rows::Feed(rows), removed: Vec::new(), skipped })
    }
}
