//! Two nodes over one Redis.

use std::sync::Arc;

use tideboard_log::{AppendError, Batch, Commit, Log, Refusal};
use tideboard_log_laws::batches::{batch, event, key, keyed, of, produced, stream};
use tideboard_log_laws::{ManualClock, contents};
use tideboard_model::{FieldValue, Nanos, TagName};
use tideboard_redis::Settings;

use crate::fixture::{open, settings, shared_redis};
use crate::load::{Follower, Load, Retry, holds_each_once};

async fn nodes(settings: &Settings) -> [Arc<dyn Log>; 2] {
    let one = open(settings, ManualClock::default().options()).await;
    let two = open(settings, ManualClock::default().options()).await;
    [one, two]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_appends_the_other_is_told_in_order() {
    let redis = shared_redis();
    let [one, two] = nodes(&settings(redis.url())).await;
    let mut follower = Follower::begin(&two, "s").await;
    for n in 0..300 {
        one.append(batch("s", [n, n])).await.unwrap();
    }
    follower.settle().await;
    assert_eq!((follower.doubts, follower.resets), (0, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_append_at_once_share_no_offset_and_both_are_told_the_same() {
    let redis = shared_redis();
    let logs = nodes(&settings(redis.url())).await;
    let mut followers = [Follower::begin(&logs[0], "s").await, Follower::begin(&logs[1], "s").await];
    let load = Load::start(&logs, "s", Retry::UntilAcknowledged);
    load.progress(1_500).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    for follower in &mut followers {
        follower.settle().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_field_has_one_kind_whichever_node_was_first() {
    let redis = shared_redis();
    let logs = nodes(&settings(redis.url())).await;
    for round in 0..40 {
        let name = format!("s{round}");
        let number = of(&name, vec![event(&name, 1, "value", FieldValue::Int(1))]);
        let text = of(&name, vec![event(&name, 1, "value", FieldValue::Text("x".into()))]);
        let (one, two) = tokio::join!(logs[0].append(number), logs[1].append(text));
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.accepted + two.accepted, 1, "one was first");
        let refused = one.refused.iter().chain(&two.refused).collect::<Vec<_>>();
        assert!(matches!(refused.as_slice(), [only] if matches!(only.reason, Refusal::FieldConflict { .. })));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_that_nodes_bring_at_once_are_all_learned() {
    let redis = shared_redis();
    let logs = nodes(&settings(redis.url())).await;
    let appends = (0..40_usize).map(|number| {
        let log = Arc::clone(&logs[number % 2]);
        tokio::spawn(async move {
            let mut event = event("s", 1, &format!("f{number}"), FieldValue::Int(1));
            event.tags.insert(TagName::new(&format!("t{number}")).unwrap(), "x".into());
            log.append(of("s", vec![event])).await.unwrap()
        })
    });
    for append in appends.collect::<Vec<_>>() {
        assert_eq!(append.await.unwrap().accepted, 1);
    }
    let info = logs[0].info(&stream("s")).await.unwrap().unwrap();
    assert_eq!((info.fields.len(), info.tags.len()), (40, 41), "with the tag that every event has");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_and_a_producer_count_once_whichever_nodes_they_are_sent_to() {
    let redis = shared_redis();
    let logs = nodes(&settings(redis.url())).await;
    for round in 0..20_u64 {
        let value = i64::try_from(round).unwrap();
        let under_key = || keyed("keyed", [value], key("p", &round.to_string()));
        let (one, two) = tokio::join!(logs[0].append(under_key()), logs[1].append(under_key()));
        assert_eq!([one.unwrap().replayed, two.unwrap().replayed].iter().filter(|replayed| **replayed).count(), 1);
        let numbered = || produced("numbered", "a", [round * 2, round * 2 + 1]);
        let (one, two) = tokio::join!(logs[0].append(numbered()), logs[1].append(numbered()));
        assert_eq!(one.unwrap().accepted + two.unwrap().accepted, 2);
    }
    let other = Batch { key: Some(key("p", "0").1), ..batch("keyed", [77]) };
    assert_eq!(logs[1].append(other).await, Err(AppendError::KeyReused));
    assert_eq!(contents(&*logs[0], "keyed").await.len(), 20);
    assert_eq!(contents(&*logs[0], "numbered").await.len(), 40);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_node_trims_the_other_is_told() {
    let redis = shared_redis();
    let [one, two] = nodes(&settings(redis.url())).await;
    one.append(batch("s", [1])).await.unwrap();
    one.append(batch("s", [100])).await.unwrap();
    let (mut commits, _attention) = (two.commits(), two.attend(&stream("s")));
    while !matches!(commits.recv().await.unwrap(), Commit::Uncertain(_)) {}
    let marks = one.trim(Nanos(50)).await.unwrap();
    let told = tokio::time::timeout(crate::load::PATIENCE, commits.recv()).await.unwrap().unwrap();
    assert!(matches!(told, Commit::Trim(mark) if mark == marks[0]));
}
