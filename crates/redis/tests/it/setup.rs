//! Servers that are set up well, and servers that must not be used.

use std::sync::Arc;

use tideboard_log::{AppendError, Log};
use tideboard_log_laws::batches::{batch, event, keyed, of, produced, stream};
use tideboard_log_laws::{ManualClock, contents};
use tideboard_model::{FieldValue, Nanos, Offset};
use tideboard_redis::{Acknowledge, RedisError, RedisLog, Settings};
use tideboard_services::{AppendFsync, Certificates, Redis};

use crate::fixture::{open, settings, shared_redis};
use crate::load::Follower;

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
