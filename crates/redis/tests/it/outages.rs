//! A Redis that dies, stands still, forgets, or loses its connections while appends run.

use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{AppendError, Log, Standing, Verdict};
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{batch, stream};
use tideboard_redis::Acknowledge;
use tideboard_services::{AppendFsync, Redis};
use tokio::time::{Instant, sleep, timeout};

use crate::fixture::{open, settings};
use crate::load::{Follower, Load, PATIENCE, Retry, holds_each_once};

async fn node(redis: &Redis) -> Arc<dyn Log> {
    open(&settings(redis.url()), ManualClock::default().options()).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acknowledged_append_outlives_a_killed_redis_exactly_once() {
    let redis = Redis::builder().appendonly(AppendFsync::Always).start().unwrap();
    let mut settings = settings(redis.url());
    settings.acknowledge = Acknowledge::Aof;
    let logs: [Arc<dyn Log>; 2] = [
        open(&settings, ManualClock::default().options()).await,
        open(&settings, ManualClock::default().options()).await,
    ];
    let mut follower = Follower::begin(&logs[1], "s").await;
    let load = Load::start(&logs, "s", Retry::UntilAcknowledged);
    let torment = async {
        for _ in 0..3 {
            load.progress(60).await;
            redis.kill().unwrap();
            sleep(Duration::from_millis(300)).await;
            redis.restart().unwrap();
        }
        load.progress(60).await;
    };
    follower.during(torment).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    follower.settle().await;
    assert_eq!(follower.resets, 0, "what was told was on disk");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_stands_still_doubles_and_loses_nothing() {
    let redis = Redis::start().unwrap();
    let logs = [node(&redis).await];
    let mut follower = Follower::begin(&logs[0], "s").await;
    let load = Load::start(&logs, "s", Retry::UntilAcknowledged);
    let torment = async {
        for pause in [300, 1_300, 3_500] {
            load.progress(60).await;
            redis.pause().unwrap();
            sleep(Duration::from_millis(pause)).await;
            redis.resume().unwrap();
        }
        load.progress(60).await;
    };
    follower.during(torment).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    follower.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_append_whose_answer_is_lost_is_found_by_its_proof() {
    let redis = Redis::start().unwrap();
    let logs = [node(&redis).await];
    let load = Load::start(&logs, "s", Retry::Never);
    for _ in 0..40 {
        load.progress(5).await;
        redis.command(&["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"]).unwrap();
    }
    load.progress(5).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    let end = logs[0].end(&stream("s")).await.unwrap().unwrap().offset.0;
    assert_eq!(end, acknowledged.len() as u64, "and every batch found its answer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_waits_in_a_redis_that_stands_still_is_not_done_beside_its_repetition() {
    let redis = Redis::start().unwrap();
    let logs = [node(&redis).await];
    let load = Load::start(&logs, "s", Retry::Never);
    for _ in 0..3 {
        load.progress(20).await;
        redis.pause().unwrap();
        // Longer than an answer is waited for, shorter than a batch is kept.
        sleep(Duration::from_millis(2_200)).await;
        redis.resume().unwrap();
    }
    load.progress(20).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_forgot_everything_is_noticed_and_its_log_is_another() {
    let redis = Redis::start().unwrap();
    let log = node(&redis).await;
    let mut follower = Follower::begin(&log, "s").await;
    let old = log.append(batch("s", [1])).await.unwrap().position;
    follower.settle().await;
    redis.wipe_and_restart().unwrap();
    follower.during(async { append_until_taken(&log, 2).await }).await;
    follower.settle().await;
    assert!(follower.doubts > 0 && follower.resets > 0, "it was told, and what it held stood no more");
    assert_eq!(log.verify(&stream("s"), old).await.unwrap(), Verdict::WrongEpoch);
}

async fn append_until_taken(log: &Arc<dyn Log>, value: i64) {
    let began = Instant::now();
    while let Err(error) = log.append(batch("s", [value])).await {
        assert!(began.elapsed() < PATIENCE, "{error}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_told_with_its_beginning_and_answered_in_time() {
    let redis = Redis::start().unwrap();
    let clock = ManualClock::default();
    clock.set(5_000);
    let log = open(&settings(redis.url()), clock.options()).await;
    log.append(batch("s", [1])).await.unwrap();
    let mut standing = log.standing();
    for freeze in [false, true] {
        if freeze {
            redis.pause().unwrap()
        } else {
            redis.kill().unwrap()
        }
        clock.set(6_000);
        let away = timeout(PATIENCE, standing.wait_for(|standing| *standing != Standing::Reached)).await;
        assert!(matches!(*away.unwrap().unwrap(), Standing::Away { since } if (5_000..=6_000).contains(&since.0)));
        let sent = Instant::now();
        let answer = log.append(batch("s", [2])).await;
        assert!(matches!(answer, Err(AppendError::Failed(_))), "{answer:?}");
        let (append, sent) = (sent.elapsed(), Instant::now());
        assert!(log.read(&stream("s"), tideboard_model::Offset::ZERO, 9).await.is_err());
        let read = sent.elapsed();
        println!("an append was given up after {append:?}, a read after {read:?}");
        assert!(append.max(read) < Duration::from_secs(3) * 5, "promised in three seconds");
        if freeze {
            redis.resume().unwrap()
        } else {
            redis.restart().unwrap()
        }
        timeout(PATIENCE, standing.wait_for(|standing| *standing == Standing::Reached)).await.unwrap().unwrap();
        append_until_taken(&(Arc::clone(&log) as Arc<dyn Log>), 3).await;
    }
}
