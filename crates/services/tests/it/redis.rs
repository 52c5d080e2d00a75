//! A single Redis.

use crate::eventually;
use std::time::{Duration, Instant};
use tideboard_services::{AppendFsync, Redis, ServiceError};

#[test]
fn redis_serves_at_once_and_forgets_on_restart() {
    let redis = Redis::start().unwrap();
    assert_eq!(redis.command(&["SET", "a", "1"]).unwrap(), "OK");
    redis.restart().unwrap();
    assert_eq!(redis.command(&["GET", "a"]).unwrap(), "");
}

#[test]
fn redis_with_an_append_only_file_keeps_what_it_answered_through_sigkill_until_wiped() {
    let redis = Redis::builder().appendonly(AppendFsync::Always).start().unwrap();
    redis.command(&["SET", "a", "1"]).unwrap();
    redis.kill().unwrap();
    redis.restart().unwrap();
    assert_eq!(redis.command(&["GET", "a"]).unwrap(), "1");
    redis.wipe_and_restart().unwrap();
    assert_eq!(redis.command(&["GET", "a"]).unwrap(), "");
}

#[test]
fn a_paused_redis_answers_nothing_until_resumed() {
    let redis = Redis::start().unwrap();
    redis.pause().unwrap();
    let asked = Instant::now();
    redis.command_within(Duration::from_millis(200), &["PING"]).unwrap_err();
    assert!(asked.elapsed() < Duration::from_secs(5));
    redis.resume().unwrap();
    assert_eq!(redis.command(&["PING"]).unwrap(), "PONG");
}

#[test]
fn a_redis_that_ends_while_it_starts_shows_its_log() {
    let ended = Redis::builder().setting("no-such-setting", "1").start().unwrap_err();
    assert!(matches!(&ended, ServiceError::Ended { log, .. } if log.contains("no-such-setting")), "{ended}");
}

#[test]
fn a_replica_holds_what_its_primary_holds() {
    let primary = Redis::start().unwrap();
    let replica = Redis::builder().replica_of(&primary).start().unwrap();
    primary.command(&["SET", "a", "1"]).unwrap();
    assert_eq!(primary.command(&["WAIT", "1", "0"]).unwrap(), "1");
    assert_eq!(replica.command(&["GET", "a"]).unwrap(), "1");
}

#[test]
fn a_redis_whose_disk_is_full_says_so_until_there_is_room() {
    let redis = Redis::builder().appendonly(AppendFsync::EverySecond).start().unwrap();
    redis.command(&["SET", "kept", "1"]).unwrap();
    redis.limit_disk(Some(1_000)).unwrap();
    let large = "x".repeat(2_000);
    // What does not fit is noticed after the answer: the next one is refused.
    eventually("it to notice", || match redis.command(&["SET", "large", &large]) {
        Ok(_) => false,
        Err(error) => error.to_string().contains("MISCONF"),
    });
    assert_eq!(redis.command(&["GET", "kept"]).unwrap(), "1");
    redis.limit_disk(None).unwrap();
    eventually("it to take more", || redis.command(&["SET", "large", &large]).is_ok());
}

#[test]
fn a_full_redis_refuses_writes_in_its_own_words() {
    let redis = Redis::builder().max_memory(1).start().unwrap();
    let refused = redis.command(&["SET", "a", "1"]).unwrap_err();
    assert!(matches!(&refused, ServiceError::Refused(words) if words.starts_with("OOM")), "{refused}");
}
