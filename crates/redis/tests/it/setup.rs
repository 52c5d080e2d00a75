//! Servers that are set up well, and servers that must not be used.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tideboard_log::{AppendError, Log};
use tideboard_log_laws::batches::{batch, event, keyed, of, produced, stream};
use tideboard_log_laws::{ManualClock, contents};
use tideboard_model::{FieldValue, Nanos, Offset};
use tideboard_redis::{Acknowledge, RedisError, RedisLog, Settings};
use tideboard_services::{AppendFsync, Certificates, Redis};

use crate::fixture::{open, settings, shared_redis};
use crate::load::Follower;

/// Longer than Redis and the log take to go on, on a slow machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// What the documentation says a user needs.
const RIGHTS: &str = include_str!("../../rights.txt");

async fn refused(settings: Settings) -> RedisError {
    RedisLog::open(settings, ManualClock::default().options()).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_rights_suffice_over_tls() {
    let certificates = Certificates::make().unwrap();
    let redis = Redis::builder().tls(&certificates).user("tide", "se:cret", RIGHTS.trim()).start().unwrap();
    let mut settings = Settings::new(&redis.url().replace("se:cret", "se%3Acret")).unwrap();
    let alone = refused(settings.clone()).await;
    assert!(matches!(alone, RedisError::Unreachable(_)), "nobody vouches for the server: {alone}");
    settings.ca = Some(std::fs::read(certificates.authority()).unwrap());
    let log = open(&settings, ManualClock::default().options()).await as Arc<dyn Log>;
    let mut follower = Follower::begin(&log, "s").await;
    log.append(batch("s", [1])).await.unwrap();
    log.append(keyed("s", [2], tideboard_log_laws::batches::key("p", "k"))).await.unwrap();
    log.append(produced("s", "a", [3])).await.unwrap();
    follower.settle().await;
    log.trim(Nanos(2)).await.unwrap();
    assert_eq!(log.streams().await.unwrap()[0].first_retained, Offset(2));
    assert!(!redis.log().contains("NOPERM"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_redis_refuses_appends_and_reads_go_on() {
    let redis = Redis::builder().max_memory(8 << 20).start().unwrap();
    let log = open(&settings(redis.url()), ManualClock::default().options()).await;
    let text: Arc<str> = "x".repeat(60_000).into();
    let mut taken = 0_u64;
    let error = loop {
        let value = FieldValue::Text(format!("{taken}{text}").into());
        match log.append(of("s", vec![event("s", 1, "text", value)])).await {
            Ok(_) => taken += 1,
            Err(error) => break error,
        }
        assert!(taken < 1_000, "never full");
    };
    assert_eq!(error, AppendError::Full);
    assert_eq!(log.end(&stream("s")).await.unwrap().unwrap().offset.0, taken);
    assert_eq!(log.read(&stream("s"), Offset::ZERO, 3).await.unwrap().len(), 3);
    redis.command(&["CONFIG", "SET", "maxmemory", "100mb"]).unwrap();
    log.append(of("s", vec![event("s", 1, "text", FieldValue::Text("room".into()))])).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_whose_disk_is_full_refuses_appends_and_reads_go_on() {
    let redis = Redis::builder().appendonly(AppendFsync::EverySecond).start().unwrap();
    let settings = settings(redis.url());
    let log = open(&settings, ManualClock::default().options()).await;
    let text: Arc<str> = "x".repeat(1_000).into();
    let one = |number: u64| {
        let value = FieldValue::Text(format!("{number}{text}").into());
        of("s", vec![event("s", 1, "text", value)])
    };
    let mut taken = 0_u64;
    while taken < 3 {
        log.append(one(taken)).await.unwrap();
        taken += 1;
    }
    redis.limit_disk(Some(10_000)).unwrap();
    let error = loop {
        match log.append(one(taken)).await {
            Ok(receipt) => taken = receipt.position.offset.0,
            Err(error) => break error,
        }
        assert!(taken < 1_000, "never full");
    };
    assert_eq!(error, AppendError::Full);
    assert_eq!(log.end(&stream("s")).await.unwrap().unwrap().offset.0, taken);
    assert_eq!(log.read(&stream("s"), Offset::ZERO, 3).await.unwrap().len(), 3);
    redis.limit_disk(None).unwrap();
    let deadline = Instant::now() + PATIENCE;
    let receipt = loop {
        match log.append(one(taken)).await {
            Ok(receipt) => break receipt,
            Err(error) => assert!(error == AppendError::Full && Instant::now() < deadline, "{error}"),
        }
    };
    taken += 1;
    assert_eq!(receipt.position.offset.0, taken, "dense: what was refused is not there");
    // All that was answered reaches the file in the end, also what was answered just before the disk was full.
    while redis.info("aof_buffer_length").unwrap() != "0" {
        assert!(Instant::now() < deadline, "never written");
    }
    redis.kill().unwrap();
    redis.restart().unwrap();
    let log = open(&settings, ManualClock::default().options()).await;
    assert_eq!(log.end(&stream("s")).await.unwrap().unwrap().offset.0, taken);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_syncs_each_append_ends_when_its_disk_is_full_and_is_as_if_it_was_killed() {
    let redis = Redis::builder().appendonly(AppendFsync::Always).start().unwrap();
    let mut settings = settings(redis.url());
    settings.acknowledge = Acknowledge::Aof;
    let log = open(&settings, ManualClock::default().options()).await;
    let text: Arc<str> = "x".repeat(1_000).into();
    let one = || of("s", vec![event("s", 1, "text", FieldValue::Text(Arc::clone(&text)))]);
    let mut taken = log.append(one()).await.unwrap().position.offset.0;
    redis.limit_disk(Some(10_000)).unwrap();
    let error = loop {
        match log.append(one()).await {
            Ok(receipt) => taken = receipt.position.offset.0,
            Err(error) => break error,
        }
        assert!(taken < 1_000, "never full");
    };
    assert!(matches!(error, AppendError::Failed(_)), "{error}");
    assert!(redis.log().contains("AOF"), "{}", redis.log());
    redis.restart().unwrap();
    let deadline = Instant::now() + PATIENCE;
    let end = loop {
        match log.end(&stream("s")).await {
            Ok(end) => break end.unwrap().offset.0,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
    };
    assert!(end == taken || end == taken + 1, "{end} of {taken}: what was answered, and perhaps what was not");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_that_drops_keys_is_refused() {
    let redis = Redis::builder().setting("maxmemory-policy", "allkeys-lru").start().unwrap();
    let error = refused(settings(redis.url())).await;
    assert!(matches!(&error, RedisError::Evicts { policy } if policy == "allkeys-lru"), "{error}");
    redis.command(&["CONFIG", "SET", "maxmemory-policy", "noeviction"]).unwrap();
    open(&settings(redis.url()), ManualClock::default().options()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_level_aof_needs_a_file_that_is_synced_before_each_answer() {
    let aof = |url: &str| {
        let mut settings = settings(url);
        settings.acknowledge = Acknowledge::Aof;
        settings
    };
    let error = refused(aof(shared_redis().url())).await;
    assert!(error.to_string().contains("appendonly is no"), "{error}");
    let redis = Redis::builder().appendonly(AppendFsync::EverySecond).start().unwrap();
    let error = refused(aof(redis.url())).await;
    assert!(error.to_string().contains("appendfsync is everysec; set it to always"), "{error}");
    redis.command(&["CONFIG", "SET", "appendfsync", "always"]).unwrap();
    open(&aof(redis.url()), ManualClock::default().options()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_replicas_nothing_is_acknowledged_that_replicas_should_have() {
    let redis = shared_redis();
    let mut settings = settings(redis.url());
    settings.acknowledge = Acknowledge::Replicas(1);
    let log = open(&settings, ManualClock::default().options()).await;
    let error = log.append(batch("s", [1])).await.unwrap_err();
    assert!(matches!(&error, AppendError::Failed(reason) if reason.starts_with("0 of 1 replicas")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_of_a_newer_layout_are_left_alone() {
    let redis = shared_redis();
    let settings = settings(redis.url());
    redis.command(&["SET", &format!("{}:layout", settings.prefix), "version 2, 1 partitions"]).unwrap();
    let error = refused(settings).await;
    assert!(matches!(&error, RedisError::OtherLayout { found, .. } if found.starts_with("version 2")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scripts_that_were_flushed_are_loaded_again() {
    let redis = Redis::start().unwrap();
    let log = open(&settings(redis.url()), ManualClock::default().options()).await;
    log.append(batch("s", [1])).await.unwrap();
    redis.command(&["SCRIPT", "FLUSH"]).unwrap();
    log.append(batch("s", [2])).await.unwrap();
    redis.command(&["SCRIPT", "FLUSH"]).unwrap();
    log.trim(Nanos(2)).await.unwrap();
    assert_eq!(contents(&*log, "s").await, [(2, 2)]);
}
