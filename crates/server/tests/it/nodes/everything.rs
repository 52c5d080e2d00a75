//! Power is lost everywhere: nodes, Redis and PostgreSQL end at once, and are started again in any order.

use std::net::SocketAddr;
use std::sync::Barrier;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use tideboard_services::{AppendFsync, Postgres, Redis};

use crate::harness::{Answer, Folder, Request, send, try_send};
use crate::process::{Serving, tideboard};
use crate::stock_clients::probe::{ALL_CREDIT, Probe, counted, ones, table};

/// So many requests of each producer are acknowledged before the end.
const BEFORE: u64 = 30;
/// The second producer's numbers begin here.
const APART: u64 = 1_000;

struct Storage {
    redis: Redis,
    postgres: Postgres,
    database: String,
}

impl Storage {
    fn start() -> Self {
        let redis = Redis::builder().appendonly(AppendFsync::Always).start().unwrap();
        let postgres = Postgres::builder().fsync().start().unwrap();
        let database = postgres.database().unwrap();
        Self { redis, postgres, database }
    }

    fn node(&self, folder: &Folder) -> Serving {
        let mut command = tideboard(folder);
        command.env("TIDEBOARD_REDIS", self.redis.url()).env("TIDEBOARD_REDIS_ACKNOWLEDGE", "aof");
        Serving::start(command.env("TIDEBOARD_POSTGRES", &self.database))
    }
}

/// One event, whose number is the key under which it may be sent again.
fn request(key: &str, number: u64) -> Request {
    let request = Request::new("POST", "/api/v1/events").bearer(key).header("idempotency-key", &number.to_string());
    request.json(&ones("s", [number]).to_string())
}

/// Sends numbers from `first` on until one is not answered by 200, and returns that one.
fn produce(node: SocketAddr, key: &str, first: u64, acknowledged: &AtomicU64) -> u64 {
    let answered = |number| matches!(try_send(node, &request(key, number)), Ok(Answer { status: 200, .. }));
    let mut number = first;
    while answered(number) {
        acknowledged.fetch_add(1, Ordering::Release);
        number += 1;
    }
    number
}

fn events(node: SocketAddr, access: &str) -> Value {
    let list = send(node, &Request::new("GET", "/api/v1/streams").bearer(access)).json();
    list["streams"][0]["events"].clone()
}

#[test]
fn everything_killed_at_once_comes_back_with_all_that_was_acknowledged() {
    let storage = Storage::start();
    let folders = [Folder::new(), Folder::new()];
    let [one, two] = folders.each_ref().map(|folder| storage.node(folder));
    let (key, access) = (one.key(), one.sign_in());
    let mut probe = Probe::start(two.address());
    let mut viewer = probe.connect("viewer", two.address(), &access);
    viewer.want("t", &table("s"));
    probe.subscribe(&mut viewer);
    probe.grant(viewer.name, ALL_CREDIT);
    let save = Request::new("PUT", "/api/v1/dashboards/this-machine/personal-view").bearer(&access).change();
    let body = json!({"revision": 0, "view": {"dashboard": "this-machine", "baseRevision": 1}});
    assert_eq!(send(two.address(), &save.json(&body.to_string())).status, 200);

    let acknowledged = [AtomicU64::new(0), AtomicU64::new(0)];
    let in_doubt = std::thread::scope(|scope| {
        let producers = [(&one, 0), (&two, APART)].into_iter().zip(&acknowledged).map(|((node, first), count)| {
            let (node, key) = (node.address(), &key);
            scope.spawn(move || produce(node, key, first, count))
        });
        let producers: Vec<_> = producers.collect();
        probe.until(&mut viewer, "much of it", |mirror| counted(mirror, "t") >= BEFORE);
        super::until("both send", || acknowledged.iter().all(|count| count.load(Ordering::Acquire) >= BEFORE));
        let at_once = Barrier::new(4);
        let kill = |what: &(dyn Fn() + Sync)| {
            at_once.wait();
            what();
        };
        std::thread::scope(|scope| {
            scope.spawn(|| kill(&|| one.signal("-KILL")));
            scope.spawn(|| kill(&|| storage.redis.kill().unwrap()));
            scope.spawn(|| kill(&|| storage.postgres.kill().unwrap()));
            kill(&|| two.signal("-KILL"));
        });
        producers.into_iter().map(|producer| producer.join().unwrap()).collect::<Vec<_>>()
    });
    drop((one, two));

    // The nodes first, which wait for what they need.
    let [one, two] = std::thread::scope(|scope| {
        let nodes = folders.each_ref().map(|folder| scope.spawn(|| storage.node(folder)));
        storage.postgres.restart().unwrap();
        storage.redis.restart().unwrap();
        nodes.map(|node| node.join().unwrap())
    });
    let view = Request::new("GET", "/api/v1/dashboards/this-machine").bearer(&access);
    for node in [&one, &two] {
        let kept = send(node.address(), &view);
        assert_eq!(
            (kept.status, &kept.json()["personal"]["revision"]),
            (200, &json!(1)),
            "signed in, with the view: {kept:?}"
        );
    }
    for number in &in_doubt {
        assert_eq!(send(two.address(), &request(&key, *number)).status, 200, "sent again to the other node");
    }
    let total = acknowledged.iter().map(|count| count.load(Ordering::Acquire)).sum::<u64>() + 2;
    assert_eq!([&one, &two].map(|node| events(node.address(), &access)), [json!(total), json!(total)]);
    let mut back = Probe::start(one.address());
    let mut again = back.connect("again", one.address(), &access);
    again.mirror = viewer.mirror;
    again.mirror.reasons.clear();
    back.subscribe(&mut again);
    back.grant(again.name, ALL_CREDIT);
    back.until(&mut again, "all of it", |mirror| counted(mirror, "t") == total);
    let told: Vec<_> = again.mirror.reasons.iter().map(|(_, reason)| format!("{reason:?}")).collect();
    let lost = ["Epoch", "Ahead", "Unproved", "Expired"];
    assert!(!told.iter().any(|reason| lost.contains(&reason.as_str())), "it is the log that was: {told:?}");
    let cells = &again.mirror.views["t"].cells.cells;
    assert_eq!(cells.len() as u64, total, "each once");
}
