//! Too much: of bytes on the disk, and of batches in the queue.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};

use tideboard_log::{AppendError, Batch, Log, Options, SqliteLog};
use tideboard_model::{FieldValue, Millis, Nanos, Offset};

use super::open;
use crate::fixture::{Folder, batch, contents, event, of, stream};

/// One event of so many bytes.
fn bulky(name: &str, bytes: usize) -> Batch {
    let text = "x".repeat(bytes);
    of(name, vec![event(name, 1, "text", FieldValue::Text(text.into()))])
}

async fn fill(log: &SqliteLog) -> u64 {
    log.limit_size(Some(400_000)).await.unwrap();
    for kept in 1.. {
        match log.append(bulky("bulk", 50_000)).await {
            Ok(receipt) => assert_eq!(receipt.position.offset, Offset(kept)),
            Err(error) => {
                assert_eq!(error, AppendError::Full);
                return kept - 1;
            }
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_full_disk_takes_nothing_reads_go_on_and_it_recovers() {
    let folder = Folder::new();
    let log = open(folder.path());
    log.append(batch("s", [1, 2])).await.unwrap();
    let kept = fill(&log).await;
    assert!(kept > 2, "{kept}");
    let mut commits = log.commits();
    assert_eq!(log.append(bulky("bulk", 50_000)).await, Err(AppendError::Full), "again");
    assert!(commits.try_recv().is_err(), "nothing is told of what was not kept");
    assert_eq!(contents(&log, "s").await, [(1, 1), (2, 2)]);
    assert_eq!(log.end(&stream("bulk")).await.unwrap().unwrap().offset, Offset(kept));

    log.limit_size(None).await.unwrap();
    assert_eq!(log.append(bulky("bulk", 50_000)).await.unwrap().position.offset, Offset(kept + 1), "dense");
    let infos = log.streams().await.unwrap();
    log.close().await.unwrap();
    drop(log);
    assert_eq!(open(folder.path()).streams().await.unwrap(), infos);
}

#[tokio::test]
async fn what_retention_frees_is_used_again() {
    let folder = Folder::new();
    let log = open(folder.path());
    let kept = fill(&log).await;
    log.trim(Nanos(2)).await.unwrap();
    // Freed slice by slice, between appends.
    let mut attempts = 0..1_000;
    while log.append(bulky("bulk", 1)).await == Err(AppendError::Full) {
        attempts.next().expect("retention frees space");
    }
    assert_eq!(log.append(bulky("bulk", 50_000)).await.unwrap().position.offset, Offset(kept + 2));
}

/// A clock that says when it is read, and makes the writer wait.
pub(super) struct Gate {
    pub(super) read: Receiver<()>,
    pub(super) open: SyncSender<()>,
}

pub(super) fn gated(change: impl FnOnce(&mut Options)) -> (Gate, Options) {
    let ((reading, read), (open, opened)) = (sync_channel(64), sync_channel::<()>(1));
    let opened = Mutex::new(opened);
    let mut options = Options::new(Arc::new(move || {
        reading.send(()).unwrap();
        // An error says that the gate is open for good.
        opened.lock().unwrap().recv().unwrap_or(());
        Millis(0)
    }));
    change(&mut options);
    (Gate { read, open }, options)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_queue_is_busy_and_loses_nothing() {
    let by_count: fn(&mut Options) = |options| options.queue_batches = 2;
    let by_bytes: fn(&mut Options) = |options| options.queue_bytes = 150;
    for bound in [by_count, by_bytes] {
        let folder = Folder::new();
        let (gate, options) = gated(bound);
        let log = SqliteLog::open(folder.path(), options).unwrap();
        let mut first = log.append(batch("s", [0]));
        assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(first.as_mut().poll(cx).is_pending())).await);
        gate.read.recv().unwrap();
        let mut waiting = vec![first];
        let refused = loop {
            let mut next = log.append(batch("s", [1]));
            match std::future::poll_fn(|cx| std::task::Poll::Ready(next.as_mut().poll(cx))).await {
                std::task::Poll::Pending => waiting.push(next),
                std::task::Poll::Ready(answer) => break answer,
            }
        };
        assert_eq!(refused, Err(AppendError::Busy));
        assert!(waiting.len() > 1 && waiting.len() < 20, "{}", waiting.len());
        drop(gate.open);
        let expected = waiting.len();
        for append in waiting {
            append.await.unwrap();
        }
        assert_eq!(contents(&log, "s").await.len(), expected);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_that_does_not_fit_takes_no_other_with_it() {
    let folder = Folder::new();
    let (gate, options) = gated(|_| {});
    let log = Arc::new(SqliteLog::open(folder.path(), options).unwrap());
    log.limit_size(Some(400_000)).await.unwrap();
    let mut answers = Vec::new();
    for (n, bytes) in [10, 10, 900_000, 10].into_iter().enumerate() {
        let mut append = Box::pin({
            let log = Arc::clone(&log);
            async move { log.append(bulky("bulk", bytes)).await }
        });
        assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(append.as_mut().poll(cx).is_pending())).await);
        if n == 0 {
            // The writer is busy with the first: the others share the next commit.
            gate.read.recv().unwrap();
        }
        answers.push(append);
    }
    drop(gate.open);
    let mut offsets = Vec::new();
    for answer in answers {
        offsets.push(answer.await.map(|receipt| receipt.position.offset.0));
    }
    assert_eq!(offsets, [Ok(1), Ok(2), Err(AppendError::Full), Ok(3)]);
}
