//! Faults to order, for tests of what is built on a log.

use tideboard_log::{AppendError, Fault, Log, MemoryLog};

use crate::fixture::{ManualClock, batch, contents, told};

#[tokio::test]
async fn an_injected_fault_fails_appends_until_it_is_lifted() {
    let log = MemoryLog::new(ManualClock::default().options());
    log.append(batch("s", [1])).await.unwrap();
    let mut commits = log.commits();
    for (fault, error) in [(Fault::Busy, AppendError::Busy), (Fault::Full, AppendError::Full)] {
        log.inject(Some(fault));
        assert_eq!(log.append(batch("s", [2])).await, Err(error));
    }
    assert!(told(&mut commits).is_empty());
    assert_eq!(contents(&log, "s").await, [(1, 1)], "reads go on");
    log.inject(None);
    assert_eq!(log.append(batch("s", [3])).await.unwrap().position.offset.0, 2);
}
