//! What being told costs, and how soon it comes. Run with `--ignored --nocapture`.

use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{Attention, Commit, Log};
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{batch, stream};
use tideboard_services::Redis;
use tokio::time::{Instant, sleep};

use crate::fixture::{open, settings, shared_cluster, shared_redis};

async fn told_after(what: &str, url: &str) {
    let settings = settings(url);
    let one = open(&settings, ManualClock::default().options()).await;
    let two = open(&settings, ManualClock::default().options()).await;
    let (mut commits, _attention) = (two.commits(), two.attend(&stream("s")));
    while !matches!(commits.recv().await.unwrap(), Commit::Uncertain(_)) {}
    let (mut acknowledged, mut told) = (Vec::new(), Vec::new());
    for n in 0..300 {
        let began = Instant::now();
        one.append(batch("s", [n])).await.unwrap();
        acknowledged.push(began.elapsed());
        while !matches!(commits.recv().await.unwrap(), Commit::Appends(_)) {}
        told.push(began.elapsed());
        sleep(Duration::from_millis(3)).await;
    }
    acknowledged.sort_unstable();
    told.sort_unstable();
    println!(
        "{what}: acknowledged after {:?} (p99 {:?}), told at another node after {:?} (p99 {:?})",
        acknowledged[150], acknowledged[297], told[150], told[297]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn how_soon_another_node_is_told() {
    told_after("one Redis", shared_redis().url()).await;
    told_after("a Cluster", shared_cluster().url()).await;
}

fn processor_seconds(redis: &Redis) -> f64 {
    let part = |name| redis.info(name).unwrap().parse::<f64>().unwrap();
    part("used_cpu_user") + part("used_cpu_sys")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "a measurement, not a check"]
async fn what_looking_costs_redis() {
    let redis = Redis::start().unwrap();
    let settings = settings(redis.url());
    let appending = open(&settings, ManualClock::default().options()).await as Arc<dyn Log>;
    let names: Vec<String> = (0..1_000).map(|number| format!("s{number}")).collect();
    for name in &names {
        appending.append(batch(name, [1])).await.unwrap();
    }
    for attended in [0, 1, 100, 1_000] {
        let node = open(&settings, ManualClock::default().options()).await;
        let _attentions: Vec<Attention> = names.iter().take(attended).map(|name| node.attend(&stream(name))).collect();
        sleep(Duration::from_secs(1)).await;
        for busy in [false, true] {
            let (before, began) = (processor_seconds(&redis), Instant::now());
            while began.elapsed() < Duration::from_secs(4) {
                if busy {
                    appending.append(batch("s0", [1])).await.unwrap();
                }
                sleep(Duration::from_millis(5)).await;
            }
            let share = (processor_seconds(&redis) - before) / began.elapsed().as_secs_f64() * 100.0;
            let what = if busy { "200 appends a second" } else { "nothing appended" };
            println!("{attended} streams attended, {what}: {share:.1} % of a core of Redis");
        }
    }
}
