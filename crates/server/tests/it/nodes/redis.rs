//! Over one Redis and one PostgreSQL: who sends to one node and watches another, and what happens without Redis.

use serde_json::Value;
use tideboard_server::config::Key;
use tideboard_services::{Postgres, Redis};

use super::{ready, until, write};
use crate::harness::Running;
use crate::stock_clients::probe::{ALL_CREDIT, Probe, Socket, counted, table};

struct Storage {
    redis: Redis,
    database: String,
}

impl Storage {
    fn start() -> Self {
        Self { redis: Redis::start().unwrap(), database: Postgres::shared().unwrap().database().unwrap() }
    }

    fn node(&self, name: &str, settings: &[(Key, &str)]) -> Running {
        let shared = [(Key::Redis, self.redis.url()), (Key::Postgres, &self.database), (Key::Node, name)];
        Running::with(&[&shared[..], &[(Key::DrainSeconds, "0")], settings].concat())
    }
}

/// A viewer of the table that counts what [`write`] sends.
fn watch(probe: &mut Probe, name: &'static str, node: &Running, access: &str) -> Socket {
    let mut viewer = probe.connect(name, node.address, access);
    viewer.want("t", &table("s"));
    probe.subscribe(&mut viewer);
    probe.grant(viewer.name, ALL_CREDIT);
    viewer
}

fn stale(probe: &Probe, of: &str, is_cut_off: bool) -> Value {
    probe.wait(of, "whether the server is cut off", |line| {
        let since = (line["event"] == "stale").then(|| line["data"]["since"].clone())?;
        (since.is_null() != is_cut_off).then_some(since)
    })
}

#[test]
fn what_is_sent_to_one_node_is_seen_on_another_and_resumed_on_a_third() {
    let storage = Storage::start();
    let (one, two, three) = (storage.node("one", &[]), storage.node("two", &[]), storage.node("three", &[]));
    let access = one.sign_in();
    let mut probe = Probe::start(two.address);
    let mut viewer = watch(&mut probe, "viewer", &two, &access);
    for of in 1..=20 {
        assert_eq!(write(&one, &one.key, of), 200);
    }
    probe.until(&mut viewer, "all of them", |mirror| counted(mirror, "t") == 20);
    drop(two);
    for of in 21..=25 {
        assert_eq!(write(&one, &one.key, of), 200);
    }
    let mut again_on = Probe::start(three.address);
    let mut again = again_on.connect("again", three.address, &access);
    again.mirror = viewer.mirror;
    again.mirror.reasons.clear();
    again_on.subscribe(&mut again);
    again_on.grant(again.name, ALL_CREDIT);
    again_on.until(&mut again, "what was missed", |mirror| counted(mirror, "t") == 25);
    assert!(again.frames >= 1);
    let told: Vec<_> = again.mirror.reasons.iter().map(|(_, reason)| format!("{reason:?}")).collect();
    assert!(
        !told.iter().any(|reason| ["Epoch", "Ahead", "Unproved", "Expired"].contains(&reason.as_str())),
        "{told:?}"
    );
}

#[test]
fn a_node_cut_off_from_redis_says_so_and_recovers_by_itself() {
    let storage = Storage::start();
    let node = storage.node("one", &[]);
    let access = node.sign_in();
    let mut probe = Probe::start(node.address);
    let mut viewer = watch(&mut probe, "viewer", &node, &access);
    assert_eq!(write(&node, &node.key, 1), 200);
    probe.until(&mut viewer, "the first event", |mirror| counted(mirror, "t") == 1);
    storage.redis.pause().unwrap();
    assert!(stale(&probe, viewer.name, true).is_number());
    until("the balancer is told", || ready(&node) == 503);
    assert_eq!(write(&node, &node.key, 2), 503, "nothing is accepted meanwhile");
    let late = probe.connect("late", node.address, &access);
    assert!(stale(&probe, late.name, true).is_number(), "also who comes meanwhile is told");
    storage.redis.resume().unwrap();
    stale(&probe, viewer.name, false);
    until("the balancer is told", || ready(&node) == 200);
    assert_eq!(write(&node, &node.key, 3), 200, "it is ready in fact");
    let of_three = |mirror: &tideboard_testkit::Mirror| {
        // What was answered 503 may have been kept: it is counted once or not at all.
        matches!(counted(mirror, "t"), 2 | 3) && mirror.views["t"].cells.cells.len() >= 2
    };
    probe.until(&mut viewer, "what came after", of_three);
}

#[test]
fn a_redis_that_lost_everything_is_never_taken_for_the_one_that_was() {
    let storage = Storage::start();
    let (one, two) = (storage.node("one", &[]), storage.node("two", &[]));
    let access = one.sign_in();
    let mut probe = Probe::start(two.address);
    let mut viewer = watch(&mut probe, "viewer", &two, &access);
    for of in 1..=9 {
        assert_eq!(write(&one, &one.key, of), 200);
    }
    probe.until(&mut viewer, "all of them", |mirror| counted(mirror, "t") == 9);
    storage.redis.wipe_and_restart().unwrap();
    until("it is written to again", || write(&one, &one.key, 77) == 200);
    probe.until(&mut viewer, "what there is now", |mirror| counted(mirror, "t") < 9 && counted(mirror, "t") > 0);
    let told: Vec<_> = viewer.mirror.reasons.iter().map(|(_, reason)| format!("{reason:?}")).collect();
    assert!(told.iter().any(|reason| reason == "Epoch"), "{told:?}");
}

#[test]
fn a_node_that_drains_serves_on_and_sends_its_viewers_away_one_by_one() {
    let storage = Storage::start();
    let (one, two) = (storage.node("one", &[]), storage.node("two", &[(Key::DrainSeconds, "6")]));
    let access = one.sign_in();
    let mut probe = Probe::start(two.address);
    let mut viewers: Vec<_> = ["a", "b", "c"].map(|name| watch(&mut probe, name, &two, &access)).into();
    let stopping = two.stop();
    let mut slots: Vec<u64> = Vec::new();
    for viewer in &viewers {
        slots.push(probe.wait(viewer.name, "when to go", |line| {
            (line["event"] == "closing").then(|| line["data"]["reconnectAfterMs"].as_u64()).flatten()
        }));
    }
    slots.sort_unstable();
    assert!(slots[0] >= 2_400 && slots[2] < 5_400 && slots[0] < slots[1] && slots[1] < slots[2], "{slots:?}");
    assert_eq!(ready(&two), 503, "no new ones are to come");
    let late = probe.connect("late", two.address, &access);
    probe.wait(late.name, "that it must go as well", |line| {
        (line["event"] == "closing").then(|| assert_eq!(line["data"]["reconnectAfterMs"], 2_400))
    });
    assert_eq!(write(&one, &one.key, 1), 200);
    for viewer in &mut viewers {
        probe.until(viewer, "it is still served", |mirror| counted(mirror, "t") == 1);
    }
    assert_eq!(write(&two, &one.key, 2), 200, "who is still here is answered");
    stopping.join();
}
