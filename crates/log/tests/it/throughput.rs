//! How fast the log is. Run with `--ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use tideboard_log::{Log, SqliteLog};
use tideboard_model::Offset;

use crate::fixture::{Folder, ManualClock, batch, produced, stream};

const EVENTS: i64 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn events_per_second_of_batches_of_a_thousand() {
    for appenders in [1, 4, 16] {
        let folder = Folder::new();
        let log = Arc::new(SqliteLog::open(folder.path(), ManualClock::default().options()).unwrap());
        let batches = 400 / appenders;
        let start = Instant::now();
        let tasks = (0..appenders).map(|_| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for n in 0..batches {
                    log.append(batch("s", n * EVENTS..(n + 1) * EVENTS)).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        report(&format!("append, {appenders} at once"), appenders * batches * EVENTS, start);

        let (start, mut after) = (Instant::now(), Offset::ZERO);
        while let Some(last) = log.read(&stream("s"), after, 10_000).await.unwrap().last() {
            after = last.position.offset;
        }
        report("read", appenders * batches * EVENTS, start);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn events_per_second_of_producers_that_number_them() {
    for (events, batches) in [(1_000, 400), (1, 20_000)] {
        let folder = Folder::new();
        let log = Arc::new(SqliteLog::open(folder.path(), ManualClock::default().options()).unwrap());
        for numbered in [false, true] {
            let start = Instant::now();
            let tasks = (0..16).map(|appender| {
                let log = Arc::clone(&log);
                tokio::spawn(async move {
                    for n in 0..batches / 16 {
                        let sequences = n * events..(n + 1) * events;
                        let mut batch = produced("s", &format!("p{appender}"), sequences);
                        if !numbered {
                            batch.serials.clear();
                        }
                        log.append(batch).await.unwrap();
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.unwrap();
            }
            let what = if numbered { "numbered" } else { "plain" };
            report(&format!("{what}, {events} in a batch"), i64::try_from(events * batches).unwrap(), start);
        }
    }
}

fn report(what: &str, events: i64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = events as f64 / seconds;
    println!("{what}: {rate:.0} events/s");
}
