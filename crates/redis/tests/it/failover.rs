//! A replica takes over, with all that was acknowledged or without the last of it.

use std::sync::Arc;

use tideboard_log::{Log, Verdict};
use tideboard_log_laws::batches::{batch, stream};
use tideboard_log_laws::{ManualClock, contents};
use tideboard_model::Position;
use tideboard_redis::{Acknowledge, Settings};
use tideboard_services::{Redis, RedisCluster, Sentinel};

use crate::fixture::{open, settings};
use crate::load::{Follower, Load, Retry, holds_each_once};

async fn nodes(settings: &Settings) -> [Arc<dyn Log>; 2] {
    let one = open(settings, ManualClock::default().options()).await;
    let two = open(settings, ManualClock::default().options()).await;
    [one, two]
}

/// Does something that blocks beside what goes on.
async fn beside<T: Send + 'static>(blocking: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(blocking).await.unwrap()
}

/// A key of a stream, to find its server by.
fn key_of(cluster: &RedisCluster, prefix: &str, name: &str) -> String {
    let pattern = format!("{prefix}:*:s:{name}");
    let found = cluster.nodes().iter().filter(|node| node.is_running());
    let keys = found.filter_map(|node| node.command(&["KEYS", &pattern]).ok()).filter(|keys| !keys.is_empty());
    keys.into_iter().next().unwrap().lines().next().unwrap().to_owned()
}

async fn keeps_what_a_replica_has(mut settings: Settings, fail_over: impl FnOnce(&Settings) + Send + 'static) {
    settings.acknowledge = Acknowledge::Replicas(1);
    let logs = nodes(&settings).await;
    let mut follower = Follower::begin(&logs[1], "s").await;
    let load = Load::start(&logs, "s", Retry::UntilAcknowledged);
    let torment = async {
        load.progress(100).await;
        beside(move || fail_over(&settings)).await;
        // Nothing is acknowledged again until there is a replica, which the failing over sees to.
        load.progress(100).await;
    };
    follower.during(torment).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    follower.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_has_outlives_a_failover_by_sentinel() {
    let sentinel = Arc::new(Sentinel::start().unwrap());
    let (settings, failing) = (settings(sentinel.url()), Arc::clone(&sentinel));
    keeps_what_a_replica_has(settings, move |_| {
        println!("Sentinel failed over in {:?}", failing.fail_over().unwrap());
        failing.rejoin().unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_replica_has_outlives_a_failover_in_a_cluster() {
    let cluster = Arc::new(RedisCluster::start().unwrap());
    let (settings, failing) = (settings(cluster.url()), Arc::clone(&cluster));
    keeps_what_a_replica_has(settings, move |settings| {
        let key = key_of(&failing, &settings.prefix, "s");
        println!("the Cluster failed over in {:?}", failing.fail_over(&key).unwrap());
        failing.rejoin().unwrap();
    })
    .await;
}

/// Appends to a primary whose replica does not hear of it, and answers with the end.
fn append_unseen(log: &Arc<dyn Log>) -> Position {
    let runtime = tokio::runtime::Handle::current();
    let appends = async {
        let mut end = None;
        for n in 100..105 {
            end = Some(log.append(batch("s", [n])).await.unwrap().position);
        }
        end.unwrap()
    };
    runtime.block_on(appends)
}

async fn notices_a_lost_tail(
    logs: [Arc<dyn Log>; 2],
    lose: impl FnOnce(Box<dyn FnOnce(&Redis) -> Position + Send>) -> Position + Send + 'static,
) {
    let mut follower = Follower::begin(&logs[1], "s").await;
    for n in 0..5 {
        logs[0].append(batch("s", [n])).await.unwrap();
    }
    let kept = logs[0].end(&stream("s")).await.unwrap().unwrap();
    let appending = Arc::clone(&logs[0]);
    let lost = follower.during(beside(move || lose(Box::new(move |_| append_unseen(&appending))))).await;
    // Gives the lost offsets to others: as many, so that only the proofs tell them apart.
    for n in 200..205 {
        while logs[0].append(batch("s", [n])).await.is_err() {}
    }
    follower.settle().await;
    assert!(follower.resets > 0, "the reader held what was lost, and was told");
    assert_eq!(logs[1].verify(&stream("s"), kept).await.unwrap(), Verdict::Proved);
    assert_eq!(logs[1].verify(&stream("s"), lost).await.unwrap(), Verdict::Unproved);
    let values: Vec<i64> = contents(&*logs[0], "s").await.into_iter().map(|(_, value)| value).collect();
    assert_eq!(values, [0, 1, 2, 3, 4, 200, 201, 202, 203, 204]);
    let all = logs[0].read(&stream("s"), tideboard_model::Offset::ZERO, 100).await.unwrap();
    assert!(all.windows(2).all(|pair| pair[1].previous == pair[0].position.proof), "what is left is one chain");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_that_a_failover_by_sentinel_lost_is_noticed() {
    let sentinel = Arc::new(Sentinel::start().unwrap());
    let (logs, failing) = (nodes(&settings(sentinel.url())).await, Arc::clone(&sentinel));
    notices_a_lost_tail(logs, move |write| {
        let lost = failing.lose_the_tail(write).unwrap().written;
        failing.rejoin().unwrap();
        lost
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_tail_that_a_failover_in_a_cluster_lost_is_noticed() {
    let cluster = Arc::new(RedisCluster::start().unwrap());
    let (settings, failing) = (settings(cluster.url()), Arc::clone(&cluster));
    let logs = nodes(&settings).await;
    notices_a_lost_tail(logs, move |write| {
        let key = key_of(&failing, &settings.prefix, "s");
        let lost = failing.lose_the_tail(&key, write).unwrap().written;
        failing.rejoin().unwrap();
        lost
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_may_move_to_another_server_while_appends_run() {
    let cluster = Arc::new(RedisCluster::start().unwrap());
    let settings = settings(cluster.url());
    let logs = nodes(&settings).await;
    let mut follower = Follower::begin(&logs[1], "s").await;
    let load = Load::start(&logs, "s", Retry::UntilAcknowledged);
    let torment = async {
        load.progress(100).await;
        for _ in 0..3 {
            let (cluster, prefix) = (Arc::clone(&cluster), settings.prefix.clone());
            beside(move || move_slot(&cluster, &key_of(&cluster, &prefix, "s"))).await;
            load.progress(50).await;
        }
    };
    follower.during(torment).await;
    let acknowledged = load.stop().await;
    holds_each_once(&*logs[0], "s", &acknowledged).await;
    follower.settle().await;
    assert_eq!(follower.resets, 0, "nothing was lost");
}

/// Moves the slot of a key to another primary, key by key.
fn move_slot(cluster: &RedisCluster, key: &str) {
    let from = cluster.primary_of(key).unwrap();
    let is_primary = |node: &&Redis| node.info("role").unwrap() == "master" && node.port() != from.port();
    let to = cluster.nodes().iter().find(is_primary).unwrap();
    let slot = from.command(&["CLUSTER", "KEYSLOT", key]).unwrap();
    let id = |node: &Redis| node.command(&["CLUSTER", "MYID"]).unwrap();
    to.command(&["CLUSTER", "SETSLOT", &slot, "IMPORTING", &id(from)]).unwrap();
    from.command(&["CLUSTER", "SETSLOT", &slot, "MIGRATING", &id(to)]).unwrap();
    loop {
        let keys = from.command(&["CLUSTER", "GETKEYSINSLOT", &slot, "1"]).unwrap();
        if keys.is_empty() {
            break;
        }
        let port = to.port().to_string();
        from.command(&["MIGRATE", "127.0.0.1", &port, &keys, "0", "5000"]).unwrap();
    }
    for node in [to, from] {
        node.command(&["CLUSTER", "SETSLOT", &slot, "NODE", &id(to)]).unwrap();
    }
}
