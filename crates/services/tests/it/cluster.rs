//! Redis Cluster.

use std::time::{Duration, Instant};
use tideboard_services::RedisCluster;

#[test]
fn a_cluster_serves_fails_over_and_can_lose_what_it_answered() {
    let started = Instant::now();
    let cluster = RedisCluster::start().unwrap();
    println!("a cluster took {:?}", started.elapsed());

    let first = cluster.primary_of("key").unwrap();
    first.command(&["SET", "key", "before"]).unwrap();
    first.command(&["WAIT", "1", "0"]).unwrap();
    println!("its failover took {:?}", cluster.fail_over("key").unwrap());
    let second = cluster.primary_of("key").unwrap();
    assert_ne!(first.port(), second.port());
    assert_eq!(second.command(&["GET", "key"]).unwrap(), "before");

    cluster.rejoin().unwrap();
    let lost = cluster.lose_the_tail("key", |primary| primary.command(&["SET", "key", "lost"]).unwrap()).unwrap();
    assert_eq!(lost.written, "OK");
    assert!(lost.failover > Duration::from_millis(500), "nobody takes over before the timeout: {:?}", lost.failover);
    assert_eq!(cluster.primary_of("key").unwrap().command(&["GET", "key"]).unwrap(), "before");
    cluster.rejoin().unwrap();
    assert_eq!(cluster.replica_of("key").unwrap().port(), second.port());
}
