//! What Tideboard writes by itself: the machine's load and the demo both come in by the way of all other events.

mod draft;

use std::time::Duration;

use tideboard_access::{Principal, Source};
use tideboard_model::Event;
use tokio::time::Instant;

pub(crate) use draft::Draft;

use crate::ingest::Ingest;

/// At most one complaint in this time, however often events are refused.
const COMPLAINT_EVERY: Duration = Duration::from_secs(60);

/// Where a source of our own puts its events.
pub(crate) struct Supply {
    ingest: Ingest,
    /// What complaints call the source.
    name: &'static str,
    complained: Option<Instant>,
}

impl Supply {
    pub(crate) fn new(ingest: Ingest, name: &'static str) -> Self {
        Self { ingest, name, complained: None }
    }

    /// Hands over events. Those that are refused are lost: a source goes on, as the disk may have space again in a
    /// minute, and takes no idempotency keys, of which the log remembers only so many, away from others.
    pub(crate) async fn put(&mut self, events: Vec<Event>) {
        match self.ingest.accept(events.into(), &Principal::System(Source::Machine), None).await {
            Ok(answer) => {
                if let Some(refused) = answer.refused.first() {
                    self.complain(&refused.reason);
                }
            }
            Err(error) => self.complain(&error.to_string()),
        }
    }

    fn complain(&mut self, reason: &str) {
        let now = Instant::now();
        if self.complained.is_none_or(|last| now.duration_since(last) >= COMPLAINT_EVERY) {
            self.complained = Some(now);
            tracing::warn!(source = self.name, reason, "events of our own were not taken");
        }
    }
}

#[cfg(test)]
mod tests;
