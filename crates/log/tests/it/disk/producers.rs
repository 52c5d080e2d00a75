use std::path::Path;

use tideboard_log::{AppendError, Batch, Log, SqliteLog};
use tideboard_model::FieldValue;

use super::full::gated;
use super::open;
use crate::fixture::{Folder, ManualClock, batch, contents, event, key, keyed, of, produced, serial};

/// One event of so many bytes, and the field that others have.
fn bulky(producer: &str, sequence: u64, bytes: usize) -> Batch {
    let text = FieldValue::Text("x".repeat(bytes).into());
    let mut event = event("s", 1, "text", text);
    for (name, value) in &batch("s", [i64::try_from(sequence).unwrap()]).events[0].fields {
        event.fields.insert(name.clone(), value.clone());
    }
    Batch { serials: vec![Some(serial(producer, sequence))], ..of("s", vec![event]) }
}

async fn counts(log: &SqliteLog, batch: Batch) -> (usize, usize) {
    let receipt = log.append(batch).await.unwrap();
    (receipt.accepted, receipt.duplicates)
}

#[tokio::test]
async fn sequences_are_remembered_across_a_restart() {
    let folder = Folder::new();
    let log = open(folder.path());
    assert_eq!(counts(&log, produced("s", "p", [7, 2_000, 1_500])).await, (3, 0));
    log.close().await.unwrap();
    drop(log);
    let log = open(folder.path());
    assert_eq!(counts(&log, produced("s", "p", [1_500, 2_000, 1_501])).await, (1, 2));
    assert_eq!(log.append(produced("s", "p", [7])).await.unwrap().refused.len(), 1, "behind, also now");
}

/// Takes what waits while the writer is busy with a first batch into one commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_of_one_commit_see_each_other_and_not_what_was_undone() {
    let folder = Folder::new();
    let (gate, options) = gated(|_| {});
    let log = SqliteLog::open(folder.path(), options).unwrap();
    log.limit_size(Some(500_000)).await.unwrap();
    let batches = [
        produced("s", "p", [0]),
        produced("s", "p", [1, 2]),
        produced("s", "p", [2, 3]),
        // Does not fit: the group is undone, and each of its batches written alone.
        bulky("p", 4, 900_000),
        produced("s", "p", [1, 3, 5]),
    ];
    let mut answers = Vec::new();
    for (n, batch) in batches.into_iter().enumerate() {
        let mut append = log.append(batch);
        assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(append.as_mut().poll(cx).is_pending())).await);
        if n == 0 {
            gate.read.recv().unwrap();
        }
        answers.push(append);
    }
    drop(gate.open);
    let mut found = Vec::new();
    for answer in answers {
        found.push(answer.await.map(|receipt| (receipt.accepted, receipt.duplicates)));
    }
    assert_eq!(found, [Ok((1, 0)), Ok((2, 0)), Ok((1, 1)), Err(AppendError::Full), Ok((1, 2))]);
    assert_eq!(counts(&log, produced("s", "p", [4])).await, (1, 0), "what was refused is not remembered");
    let values: Vec<_> = contents(&log, "s").await.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [0, 1, 2, 3, 5, 4]);
}

#[tokio::test]
async fn a_failed_batch_takes_no_producer_s_place() {
    let folder = Folder::new();
    let mut options = ManualClock::default().options();
    options.producers = 2;
    let log = SqliteLog::open(folder.path(), options).unwrap();
    counts(&log, produced("s", "a", [1])).await;
    counts(&log, produced("s", "b", [1])).await;
    log.limit_size(Some(400_000)).await.unwrap();
    for attempt in 0..5 {
        assert_eq!(log.append(bulky("c", 1, 900_000)).await, Err(AppendError::Full), "{attempt}");
    }
    assert_eq!(counts(&log, produced("s", "a", [1])).await, (0, 1));
    assert_eq!(counts(&log, produced("s", "c", [1])).await, (1, 0), "takes the place of b alone");
    assert_eq!(counts(&log, produced("s", "a", [1])).await, (0, 1));
    assert_eq!(counts(&log, produced("s", "c", [1])).await, (0, 1));
    assert_eq!(counts(&log, produced("s", "b", [1])).await, (1, 0));
}

#[tokio::test]
async fn a_window_that_cannot_be_read_is_no_empty_one() {
    let folder = Folder::new();
    let log = open(folder.path());
    counts(&log, produced("s", "p", [1])).await;
    let vandal = rusqlite::Connection::open(folder.path().join("log.db")).unwrap();
    vandal.execute("UPDATE producers SET below = x'00'", []).unwrap();
    let error = log.append(produced("s", "p", [1])).await.unwrap_err();
    assert_eq!(error.to_string(), "storage failed: what is remembered of producer p is damaged");
    assert_eq!(contents(&log, "s").await, [(1, 1)]);
    assert_eq!(counts(&log, produced("s", "q", [2])).await, (1, 0), "others go on");
}

/// Writes the file as the first version of its format had it.
fn version_1(folder: &Path) {
    let file = rusqlite::Connection::open(folder.join("log.db")).unwrap();
    file.execute_batch(include_str!("files/version-1.sql")).unwrap();
    file.pragma_update(None, "journal_mode", "WAL").unwrap();
}

#[tokio::test]
async fn a_file_of_the_first_version_opens_and_keeps_what_it_knows() {
    let folder = Folder::new();
    version_1(folder.path());
    for round in 0..2 {
        let clock = ManualClock::default();
        clock.set(2_000);
        let log = SqliteLog::open(folder.path(), clock.options()).unwrap();
        let events = contents(&log, "s").await;
        assert_eq!(events[..5], [(3, 30), (4, 40), (5, 50), (6, 60), (7, 70)]);
        let retry = log.append(keyed("s", [50, 60], key("p", "good"))).await.unwrap();
        assert_eq!((retry.replayed, retry.accepted, retry.duplicates, retry.position.offset.0), (true, 2, 0, 6));
        assert_eq!(counts(&log, produced("s", "p", [80])).await, if round == 0 { (1, 0) } else { (0, 1) });
        log.close().await.unwrap();
    }
    let version: i64 = rusqlite::Connection::open(folder.path().join("log.db"))
        .unwrap()
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .unwrap();
    assert_eq!(version, 2);
}
