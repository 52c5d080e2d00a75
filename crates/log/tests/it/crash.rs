//! Killed in the middle of its work: what was acknowledged is there, once.

mod child;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use tideboard_log::{Log, SqliteLog};

pub(crate) use self::child::{Ack, By, Load, command, stream_of};
use crate::fixture::{Folder, ManualClock, contents, produced};

const APPENDERS: i64 = 4;

#[tokio::test]
async fn every_acknowledged_append_outlives_kill_9_exactly_once() {
    outlives_kill_9(By::Key).await;
}

#[tokio::test]
async fn a_retry_by_sequence_counts_once_across_kill_9() {
    outlives_kill_9(By::Sequence).await;
}

async fn outlives_kill_9(by: By) {
    let folder = Folder::new();
    let mut acks: Vec<Ack> = Vec::new();
    for _ in 0..3 {
        let load = Load {
            appenders: APPENDERS,
            appends: i64::MAX,
            // Within reach of the sequences before.
            start: acks.iter().map(|ack| ack.value + 10).max().unwrap_or(0),
            by,
        };
        let mut child = command(folder.path(), load).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let told: Vec<Ack> =
            lines.by_ref().map_while(Result::ok).filter_map(|line| line.parse().ok()).take(120).collect();
        assert_eq!(told.len(), 120, "the child appends until it is killed");
        child.kill().unwrap();
        child.wait().unwrap();
        acks.extend(told);
        acks.extend(lines.map_while(Result::ok).filter_map(|line| line.parse().ok()));

        let log = SqliteLog::open(folder.path(), ManualClock::default().options()).unwrap();
        check(&log, &acks).await;
        retry(&log, &acks, by).await;
        log.close().await.unwrap();
    }
}

/// Everything acknowledged is where it was said to be; nothing is there twice or with a hole before it.
pub(crate) async fn check(log: &SqliteLog, acks: &[Ack]) {
    for appender in 0..APPENDERS {
        let name = stream_of(appender);
        let contents = contents(log, &name).await;
        assert!(contents.iter().zip(1..).all(|((offset, _), dense)| *offset == dense), "offsets are dense");
        let mut places = BTreeMap::new();
        for (offset, value) in contents {
            assert_eq!(places.insert(value, offset), None, "value {value} is there twice");
        }
        for ack in acks.iter().filter(|ack| ack.stream == name) {
            assert_eq!(places.get(&ack.value), Some(&ack.offset), "acknowledged: {ack:?}");
        }
    }
}

/// A producer that heard no answer sends again under the same key or sequence, some of it twice: counted once, whether
/// it was kept or not.
async fn retry(log: &SqliteLog, acks: &[Ack], by: By) {
    for appender in 0..APPENDERS {
        let name = stream_of(appender);
        let last = acks.iter().filter(|ack| ack.stream == name).map(|ack| ack.value).max().unwrap();
        for value in [last + 2, last, last + 1, last + 1] {
            log.append(by.batch(&name, value)).await.unwrap();
        }
        if by == By::Sequence {
            let all = acks.iter().filter(|ack| ack.stream == name).map(|ack| u64::try_from(ack.value).unwrap());
            let receipt = log.append(produced(&name, "child", all.rev().take(300))).await.unwrap();
            assert_eq!((receipt.accepted, receipt.refused), (0, Vec::new()), "cut anew, and known one by one");
            assert!(receipt.duplicates > 0);
        }
        let values = contents(log, &name).await;
        for value in [last, last + 1, last + 2] {
            assert_eq!(values.iter().filter(|(_, found)| *found == value).count(), 1, "value {value} once");
        }
    }
}
