//! A small business that does not exist, as a source of events: a shop (`shop.orders`, `shop.visits`, `shop.signups`)
//! and the service behind it (`api.requests`, `api.errors`). For looking around before there is data of one's own.

mod dice;
mod generator;
mod incident;
mod rhythm;
mod service;
mod shop;

use std::time::Duration;

use tideboard_log::Clock;
use tideboard_model::Millis;
use tokio_util::sync::CancellationToken;

use crate::demo::generator::{Generator, Slot};
use crate::ingest::Ingest;
use crate::source::Supply;

/// The streams that the demo writes to.
pub(crate) const STREAMS: [&str; 5] = ["api.errors", "api.requests", "shop.orders", "shop.signups", "shop.visits"];

/// Every demo shows the same shop.
const SEED: u64 = 1;
/// How much of the past is made up when there is none, so that charts are full at once.
const BACKFILL_MILLIS: i64 = 60 * 60 * 1000;
/// Slots handed over at once while catching up: ten seconds of events.
const SLOTS_PER_BATCH: i64 = 100;

/// Makes events until cancelled: first those since `newest` (the last event of an earlier run), at most an hour of them,
/// then about ten batches a second.
pub(crate) async fn run(ingest: Ingest, clock: Clock, newest: Option<Millis>, cancel: CancellationToken) {
    let first = newest.map_or(Slot(i64::MIN), |newest| Slot::at(newest).after(1));
    let work = make(Supply::new(ingest, "demo"), clock, first);
    // Dropped in the middle of a batch at worst: the log finishes what it was handed.
    cancel.run_until_cancelled(work).await;
}

/// Makes the events of all slots from `next` on that are over, and of each further one when it is.
async fn make(mut supply: Supply, clock: Clock, mut next: Slot) {
    let generator = Generator::new(SEED);
    loop {
        let now = clock();
        next = next.max(Slot::at(Millis(now.0.saturating_sub(BACKFILL_MILLIS))));
        // The slot that holds now is not over yet.
        let open = Slot::at(now);
        if next >= open {
            let wait = u64::try_from(next.end().0.saturating_sub(now.0)).unwrap_or(0);
            tokio::time::sleep(Duration::from_millis(wait)).await;
            continue;
        }
        let end = open.min(next.after(SLOTS_PER_BATCH));
        supply.put(generator.events(next, end)).await;
        next = end;
    }
}

#[cfg(test)]
mod tests;
