//! Faults to order, for tests of what is built on a log.

use tideboard_log::{AppendError, Commit, Fault, Log, MemoryLog, Verdict};
use tideboard_model::{Offset, StreamName};

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

#[tokio::test]
async fn a_log_to_order_is_away_and_loses_its_tail() {
    let log = MemoryLog::new(ManualClock::default().options());
    let stream = StreamName::new("s").unwrap();
    let mut ends = Vec::new();
    for number in [1, 2, 3] {
        ends.push(log.append(batch("s", [number])).await.unwrap().position);
    }
    log.inject(Some(Fault::Away));
    assert!(log.read(&stream, Offset::ZERO, 9).await.is_err_and(|error| error.is_transient()));
    assert!(log.end(&stream).await.is_err() && log.verify(&stream, ends[0]).await.is_err());
    log.inject(None);
    let mut commits = log.commits();
    log.lose(&stream, 2);
    assert_eq!(log.verify(&stream, ends[2]).await.unwrap(), Verdict::Ahead);
    assert_eq!(log.append(batch("s", [4])).await.unwrap().position.offset, ends[1].offset);
    assert_eq!(log.verify(&stream, ends[1]).await.unwrap(), Verdict::Unproved);
    assert_eq!(log.verify(&stream, ends[0]).await.unwrap(), Verdict::Proved);
    assert_eq!(contents(&log, "s").await, [(1, 1), (2, 4)]);
    log.doubt(&stream);
    assert!(matches!(commits.try_recv(), Ok(Commit::Appends(appends)) if appends[0].previous == ends[0].proof));
    assert!(matches!(commits.try_recv(), Ok(Commit::Uncertain(of)) if of == stream));
}
