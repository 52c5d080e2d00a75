use std::sync::Arc;

use tideboard_log::{Clock, Fault, Log, MemoryLog, Options};
use tideboard_model::{Millis, Nanos, Offset, StreamName};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::health::Health;
use crate::metrics::Metrics;

#[tokio::test]
async fn a_source_goes_on_after_a_full_disk_and_complains_once_a_minute() {
    let clock: Clock = Arc::new(|| Millis(0));
    let log = Arc::new(MemoryLog::new(Options::new(clock.clone())));
    let health = Arc::new(Health::new(clock, log.standing(), CancellationToken::new()));
    let mut supply = Supply::new(Ingest::new(log.clone(), Arc::new(Metrics::new("n")), health), "test");
    let event = || vec![Draft::new("s", Nanos(1)).finish().unwrap()];

    log.inject(Some(Fault::Full));
    supply.put(event()).await;
    let complained = supply.complained;
    assert!(complained.is_some());
    supply.put(event()).await;
    assert_eq!(supply.complained, complained, "the second refusal of a minute is not told");

    log.inject(None);
    supply.put(event()).await;
    let end = log.end(&StreamName::new("s").unwrap()).await.unwrap().unwrap();
    assert_eq!(end.offset, Offset(1));
}
