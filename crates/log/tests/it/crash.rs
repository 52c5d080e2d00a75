//! Killed in the middle of its work: what was acknowledged is there, once.

mod child;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use tideboard_log::{Log, SqliteLog};

use self::child::stream_of;
pub(crate) use self::child::{Ack, Load, command};
use crate::fixture::{Folder, ManualClock, contents, key, keyed};

const APPENDERS: i64 = 4;

#[tokio::test]
async fn every_acknowledged_append_outlives_kill_9_exactly_once() {
    let folder = Folder::new();
    let mut acks: Vec<Ack> = Vec::new();
    for _ in 0..3 {
        let load = Load {
            appenders: APPENDERS,
            appends: i64::MAX,
            start: acks.iter().map(|ack| ack.value + 1_000).max().unwrap_or(0),
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
        retry(&log, &acks).await;
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

/// A producer that heard no answer sends again under the same key: counted once, whether it was kept or not.
async fn retry(log: &SqliteLog, acks: &[Ack]) {
    for appender in 0..APPENDERS {
        let name = stream_of(appender);
        let last = acks.iter().filter(|ack| ack.stream == name).map(|ack| ack.value).max().unwrap();
        for value in [last, last + 1, last + 2] {
            log.append(keyed(&name, [value], key("child", &value.to_string()))).await.unwrap();
        }
        let values = contents(log, &name).await;
        for value in [last, last + 1, last + 2] {
            assert_eq!(values.iter().filter(|(_, found)| *found == value).count(), 1, "value {value} once");
        }
    }
}
