//! Nothing is left: no process, no folder.

use crate::bridge::Bridge;
use crate::{children, eventually, runs};
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use tideboard_services::{HaProxy, Nginx, Port, Postgres, Redis};

/// What a server writes of its folder: the one that its process works in.
fn folder_of(pid: u32) -> PathBuf {
    std::fs::read_link(format!("/proc/{pid}/cwd")).unwrap()
}

#[test]
fn a_dropped_server_leaves_neither_process_nor_folder() {
    let redis = Redis::start().unwrap();
    let pid = redis.pid().unwrap();
    let folder = folder_of(pid);
    assert!(runs(pid) && folder.join("redis.conf").exists());
    drop(redis);
    assert!(!runs(pid) && !folder.exists());
}

#[test]
fn a_dropped_server_takes_its_children_along_even_when_it_is_paused() {
    let postgres = Postgres::start().unwrap();
    let pid = postgres.pid().unwrap();
    let workers = children(pid);
    assert!(!workers.is_empty());
    postgres.pause().unwrap();
    drop(postgres);
    assert!(!runs(pid));
    eventually("the processes of PostgreSQL to be gone", || !workers.iter().any(|worker| runs(*worker)));
}

#[test]
fn a_dropped_load_balancer_takes_its_workers_along() {
    let (first, second) = (Port::free().unwrap(), Port::free().unwrap());
    let haproxy = HaProxy::start(&crate::proxies::haproxy(first.number(), 1), first.number()).unwrap();
    let nginx = Nginx::start(&crate::proxies::nginx(second.number(), "x"), second.number()).unwrap();
    let masters = [haproxy.pid().unwrap(), nginx.pid().unwrap()];
    let workers: Vec<u32> = masters.into_iter().flat_map(children).collect();
    assert!(workers.len() >= 2, "a worker each");
    drop((haproxy, nginx));
    assert!(!masters.into_iter().any(runs));
    eventually("the workers to be gone", || !workers.iter().any(|worker| runs(*worker)));
}

#[test]
fn a_test_that_panics_leaves_nothing() {
    let mut pid = 0;
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let redis = Redis::start().unwrap();
        pid = redis.pid().unwrap();
        panic!("this panic is meant");
    }));
    assert!(outcome.is_err() && pid != 0 && !runs(pid));
}

#[test]
fn a_killed_test_process_leaves_nothing() {
    let mut bridge = Bridge::start(&["redis", "postgres", "sentinel"]);
    let pids = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let mut servers = vec![pids(&bridge.started["redis"]["pid"]), pids(&bridge.started["postgres"]["pid"])];
    servers.extend(bridge.started["sentinel"]["pids"].as_array().unwrap().iter().map(pids));
    servers.extend(children(servers[1]));
    let folder = folder_of(servers[0]);
    let folder = folder.parent().unwrap();
    assert!(folder.exists() && servers.iter().all(|pid| runs(*pid)));

    // The hardest case: what is paused hears of no end.
    bridge.tell("pause postgres");
    bridge.tell("pause redis");
    bridge.kill();
    eventually("the servers to be gone", || !servers.iter().any(|pid| runs(*pid)));
    eventually("the folder to be gone", || !folder.exists());
}
