//! A single Redis.

use std::time::{Duration, Instant};
use tideboard_services::{AppendFsync, Redis};

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
