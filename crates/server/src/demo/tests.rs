use std::sync::Arc;

use tideboard_log::{Log, MemoryLog, Options};
use tideboard_model::{Event, Offset, StreamName};

use super::*;
use crate::health::Health;
use crate::metrics::Metrics;

const NOW: Millis = Millis(1_790_000_000_050);

fn setting() -> (Arc<dyn Log>, Ingest, Clock) {
    let clock: Clock = Arc::new(|| NOW);
    let log: Arc<dyn Log> = Arc::new(MemoryLog::new(Options::new(clock.clone())));
    let health = Arc::new(Health::new(clock.clone(), log.standing(), CancellationToken::new()));
    (log.clone(), Ingest::new(log, Arc::new(Metrics::new("n")), health), clock)
}

async fn visits(log: &dyn Log) -> Vec<Event> {
    let appends = log.read(&StreamName::new("shop.visits").unwrap(), Offset::ZERO, usize::MAX).await.unwrap();
    appends.iter().flat_map(|append| append.events.iter().cloned()).collect()
}

/// Runs the demo until it has caught up, with `newest` as what an earlier run left.
async fn catch_up(ingest: &Ingest, clock: &Clock, newest: Millis) {
    let caught_up = CancellationToken::new();
    // Time stands still: having caught up, the demo waits for the open slot to end, and looks again.
    let looks = std::sync::atomic::AtomicUsize::new(0);
    let batches = (NOW.0 - newest.0) / 10_000 + 1;
    let cancel = caught_up.clone();
    let clock = clock.clone();
    let counting: Clock = Arc::new(move || {
        let look = looks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if i64::try_from(look).unwrap() > batches {
            cancel.cancel();
        }
        clock()
    });
    run(ingest.clone(), counting, Some(newest), caught_up).await;
}

#[tokio::test]
async fn the_past_is_filled_up_to_the_last_slot_that_is_over() {
    let (log, ingest, clock) = setting();
    let newest = Millis(NOW.0 - 30_000);
    catch_up(&ingest, &clock, newest).await;
    let times: Vec<_> = visits(log.as_ref()).await.iter().map(|event| event.time.to_millis()).collect();
    assert!(times.len() > 900 && times.is_sorted(), "{} visits", times.len());
    assert!(times[0] > newest && times[0] < Millis(newest.0 + 1_000));
    let last = times[times.len() - 1];
    assert!(Millis(NOW.0 - 1_000) < last && last < Slot::at(NOW).start(), "{last:?}");
}

#[tokio::test]
async fn a_restart_goes_on_where_the_run_before_ended() {
    let (log, ingest, clock) = setting();
    catch_up(&ingest, &clock, Millis(NOW.0 - 12_000)).await;
    let before = visits(log.as_ref()).await;
    let newest = before.iter().map(|event| event.time.to_millis()).max().unwrap();
    catch_up(&ingest, &clock, newest).await;
    assert_eq!(visits(log.as_ref()).await, before);
}
