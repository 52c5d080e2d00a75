//! What only a log on disk promises: to be the same after a restart, and to fail in clear words.

mod full;
mod open;
mod producers;

use std::path::Path;

use tideboard_log::{Commit, Log, SqliteLog, Verdict};
use tideboard_model::{Nanos, Offset};

use crate::fixture::{Folder, ManualClock, batch, contents, key, keyed, stream, told};

pub(crate) fn open(folder: &Path) -> SqliteLog {
    SqliteLog::open(folder, ManualClock::default().options()).unwrap()
}

#[tokio::test]
async fn a_reopened_log_is_the_same_log() {
    let folder = Folder::new();
    let log = open(folder.path());
    let mut positions = Vec::new();
    for n in 0..300 {
        positions.push(log.append(keyed("s", [n, n + 1], key("p", &n.to_string()))).await.unwrap().position);
    }
    log.append(batch("t", [1])).await.unwrap();
    log.append(batch("gone", [1])).await.unwrap();
    log.trim(Nanos(250)).await.unwrap();
    let (infos, events) = (log.streams().await.unwrap(), contents(&log, "s").await);
    log.close().await.unwrap();
    drop(log);

    let log = open(folder.path());
    assert_eq!(log.streams().await.unwrap(), infos);
    assert_eq!(contents(&log, "s").await, events);
    for position in &positions {
        let expected = if position.offset < Offset(498) { Verdict::Expired } else { Verdict::Proved };
        assert_eq!(log.verify(&stream("s"), *position).await.unwrap(), expected, "{position}");
    }
    assert!(log.append(keyed("s", [7, 8], key("p", "7"))).await.unwrap().replayed);
    assert_eq!(log.append(batch("s", [9])).await.unwrap().position.offset, Offset(601));
    assert_eq!(log.append(batch("gone", [9])).await.unwrap().position.offset, Offset(2), "offsets go on");
}

#[tokio::test]
async fn closing_leaves_everything_in_one_file() {
    let folder = Folder::new();
    let log = open(folder.path());
    log.append(batch("s", [1])).await.unwrap();
    log.close().await.unwrap();
    let left = std::fs::metadata(folder.path().join("log.db-wal")).map_or(0, |left| left.len());
    assert_eq!(left, 0, "bytes left in the write-ahead log");
    assert_eq!(contents(&log, "s").await, [(1, 1)], "reads go on until the log is dropped");
}

#[tokio::test]
async fn a_damaged_append_is_named_and_the_others_are_read() {
    let folder = Folder::new();
    let log = open(folder.path());
    for n in 0..3 {
        log.append(batch("s", [n, n])).await.unwrap();
    }
    let vandal = rusqlite::Connection::open(folder.path().join("log.db")).unwrap();
    vandal.execute("UPDATE appends SET events = CAST(x'01' || events AS BLOB) WHERE last = 4", []).unwrap();
    let error = log.read(&stream("s"), Offset(2), 1).await.unwrap_err();
    assert_eq!(error.to_string(), "stream s: the append that ends at offset 4 is damaged: the checksum differs");
    assert_eq!(log.read(&stream("s"), Offset(4), 9).await.unwrap().len(), 1);
}

#[tokio::test]
async fn batches_that_came_together_are_committed_and_told_together() {
    let folder = Folder::new();
    let log = open(folder.path());
    let mut commits = log.commits();
    let names: Vec<_> = (0..12).map(|n| format!("s{n}")).collect();
    log.append_all(names.iter().map(|name| batch(name, [1])).collect()).await;
    let told = told(&mut commits);
    let [Commit::Appends(appends)] = told.as_slice() else { panic!("told apart: {told:?}") };
    assert_eq!(appends.iter().map(|append| append.stream.as_str()).collect::<Vec<_>>(), names);
}
