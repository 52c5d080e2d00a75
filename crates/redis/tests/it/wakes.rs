//! Wake-ups that never come.

use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{Commit, Log};
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{batch, stream};
use tideboard_services::Redis;
use tokio::time::Instant;

use crate::fixture::{open, settings, shared_redis};
use crate::load::{Follower, PATIENCE};

/// The promise is a tenth of a second; a busy machine gets five times that, and the worst of its moments do not count.
const NOTICED: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_wake_up_is_noticed_within_a_tenth_of_a_second_on_a_quiet_stream() {
    let redis =
        Redis::builder().user("whole", "x", "~* &* +@all").user("deaf", "x", "~* resetchannels +@all").start().unwrap();
    let mut deaf = settings(&redis.url().replace("whole", "deaf"));
    let told_by = open(&deaf, ManualClock::default().options()).await;
    let prefix = deaf.prefix.clone();
    deaf = settings(redis.url());
    deaf.prefix = prefix;
    let appending = open(&deaf, ManualClock::default().options()).await;
    let (mut commits, _attention) = (told_by.commits(), told_by.attend(&stream("s")));
    while !matches!(commits.recv().await.unwrap(), Commit::Uncertain(_)) {}
    let mut waits = Vec::new();
    for n in 0..40 {
        appending.append(batch("s", [n])).await.unwrap();
        let appended = Instant::now();
        let told = tokio::time::timeout(PATIENCE, commits.recv()).await.unwrap().unwrap();
        assert!(
            matches!(told, Commit::Appends(appends) if appends[0].position.offset.0 == u64::try_from(n).unwrap() + 1)
        );
        waits.push(appended.elapsed());
    }
    waits.sort_unstable();
    println!("without any wake-up, appends were told after {:?}, the slowest of 40 after {:?}", waits[20], waits[39]);
    assert!(waits[20] < NOTICED, "{waits:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_wakes_may_be_cut_at_any_time() {
    let redis = Redis::start().unwrap();
    let settings = settings(redis.url());
    let (one, two) = (
        open(&settings, ManualClock::default().options()).await,
        open(&settings, ManualClock::default().options()).await as Arc<dyn Log>,
    );
    let mut follower = Follower::begin(&two, "s").await;
    let cuts = async {
        for n in 0..60 {
            one.append(batch("s", [n])).await.unwrap();
            if n % 6 == 0 {
                redis.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).unwrap();
            }
        }
    };
    follower.during(cuts).await;
    follower.settle().await;
    assert!(follower.doubts > 0, "it was told that it may have missed something");
    assert_eq!(follower.resets, 0, "nothing was lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_begins_while_it_is_attended_is_told_from_its_first_append() {
    let redis = shared_redis();
    let log = open(&settings(redis.url()), ManualClock::default().options()).await as Arc<dyn Log>;
    let mut follower = Follower::begin(&log, "s").await;
    log.append(batch("s", [1])).await.unwrap();
    follower.settle().await;
    assert_eq!((follower.doubts, follower.resets), (0, 0));
}
