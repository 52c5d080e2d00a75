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

    /// Hands over events; `false` if the whole is worth another try under the same key.
    ///
    /// A source never stops because its events are refused: the disk may have space again in a minute.
    pub(crate) async fn put(&mut self, events: Vec<Event>, key: Option<String>) -> bool {
        match self.ingest.accept(events, &Principal::System(Source::Machine), key).await {
            Ok(answer) => {
                if let Some((_, reason)) = answer.refused.first() {
                    self.complain(reason, answer.refused.len());
                }
                true
            }
            Err(error) => {
                self.complain(&error.to_string(), 1);
                false
            }
        }
    }

    fn complain(&mut self, reason: &str, refused: usize) {
        let now = Instant::now();
        if self.complained.is_none_or(|last| now.duration_since(last) >= COMPLAINT_EVERY) {
            self.complained = Some(now);
            tracing::warn!(source = self.name, refused, reason, "events of our own were not taken");
        }
    }
}
