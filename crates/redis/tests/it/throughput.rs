//! How fast the log is. Run with `--ignored --nocapture`.

use std::sync::Arc;
use std::time::Instant;

use tideboard_log::Log;
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{batch, keyed, produced, stream};
use tideboard_model::Offset;

use crate::fixture::{open, settings, shared_redis};

const EVENTS: i64 = 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn events_per_second_of_batches_of_a_thousand() {
    let redis = shared_redis();
    for appenders in [1, 4, 16] {
        let log = open(&settings(redis.url()), ManualClock::default().options()).await;
        let batches = 400 / appenders;
        let ready: Vec<Vec<_>> =
            (0..appenders).map(|_| (0..batches).map(|n| batch("s", n * EVENTS..(n + 1) * EVENTS)).collect()).collect();
        let start = Instant::now();
        let tasks = ready.into_iter().map(|batches| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for batch in batches {
                    log.append(batch).await.unwrap();
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
async fn small_batches_per_second_plain_with_a_key_and_numbered() {
    let redis = shared_redis();
    let log = open(&settings(redis.url()), ManualClock::default().options()).await;
    for kind in ["plain", "keyed", "numbered"] {
        let start = Instant::now();
        let tasks = (0..64).map(|appender: i64| {
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                for n in 0..300 {
                    let batch = match kind {
                        "plain" => batch("s", [n]),
                        "keyed" => keyed("s", [n], tideboard_log_laws::batches::key("p", &format!("{appender}-{n}"))),
                        _ => produced("s", &format!("p{appender}"), [u64::try_from(n).unwrap()]),
                    };
                    log.append(batch).await.unwrap();
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        report(&format!("{kind}, one event in a batch, 64 at once"), 64 * 300, start);
    }
}

fn report(what: &str, events: i64, start: Instant) {
    let seconds = start.elapsed().as_secs_f64();
    #[allow(clippy::cast_precision_loss, reason = "a rate for people to read")]
    let rate = events as f64 / seconds;
    println!("{what}: {rate:.0} events/s");
}
