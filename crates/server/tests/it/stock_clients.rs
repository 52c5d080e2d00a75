//! Stock Socket.IO clients of two languages against the real server: the small viewers of `examples/` through cuts and
//! kills, and what the protocol promises at its edges.

mod advisories;
mod balanced;
mod edges;
mod follow;
pub(crate) mod lines;
mod load;
pub(crate) mod probe;
mod watcher;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use self::lines::PATIENCE;
use self::load::{Producer, expected, queries};
use self::watcher::{Language, Watcher};
use crate::harness::Folder;
use crate::process::{Serving, tideboard};

fn serve(folder: &Folder, address: SocketAddr) -> Serving {
    Serving::start(tideboard(folder).env("TIDEBOARD_LISTEN", address.to_string()))
}

/// Ten minutes ago, on a whole minute: every event lies in every view's window however long the test takes.
fn base() -> i64 {
    let now = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    (now / 60_000 - 10) * 60_000
}

/// Asks until the viewer holds what it must, and returns its whole answer.
#[track_caller]
fn reaches(watcher: &mut Watcher, expected: &Value) -> Value {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let said = watcher.tail();
        let answer = watcher.state();
        let mut state = answer["state"].clone();
        for view in state.as_object_mut().unwrap().values_mut() {
            view.as_object_mut().unwrap().remove("window");
        }
        if state == *expected {
            return answer;
        }
        if Instant::now() > deadline {
            eprintln!("{} said last:\n{}", watcher.name, said);
            for (view, held) in state.as_object().unwrap() {
                let due = &expected[view];
                assert_eq!(held["feed"], due["feed"], "{}: the feed of {view}", watcher.name);
                for (key, values) in due["cells"].as_object().unwrap() {
                    assert_eq!(held["cells"][key], *values, "{}: {view} {key}", watcher.name);
                }
                let (held, due) = (&held["cells"], &due["cells"]);
                assert_eq!(held, due, "{}: {view} holds more than there is", watcher.name);
            }
        }
    }
}

/// Lets events flow for a while, measured in events.
fn flow(producer: &Producer, events: usize) {
    let goal = producer.acknowledged() + events;
    let deadline = Instant::now() + PATIENCE;
    while producer.acknowledged() < goal {
        assert!(Instant::now() < deadline, "the producer is stuck at {}", producer.acknowledged());
        std::thread::yield_now();
    }
}

#[test]
fn viewers_of_two_languages_and_transports_stay_exact_through_cuts_and_kills() {
    let folder = Folder::new();
    let mut server = serve(&folder, "127.0.0.1:0".parse().unwrap());
    let (address, key, session, base) = (server.address(), server.key(), server.sign_in(), base());
    let queries = queries(base);
    let producer = Producer::start(address, &key, base);
    flow(&producer, 100);
    let start = |language, transport| Watcher::start(language, transport, address, &session, &queries);
    let mut watchers = [
        start(Language::Node, "websocket"),
        start(Language::Node, "polling"),
        start(Language::Python, "websocket"),
        start(Language::Python, "polling"),
    ];
    watchers.iter().for_each(|watcher| watcher.returned(0));
    for _ in 0..2 {
        flow(&producer, 200);
        let before: Vec<_> = watchers.iter().map(Watcher::heard).collect();
        watchers.iter_mut().for_each(Watcher::cut);
        flow(&producer, 100);
        watchers.iter().zip(before).for_each(|(watcher, from)| watcher.returned(from));
        let before: Vec<_> = watchers.iter().map(Watcher::heard).collect();
        server.signal("-KILL");
        drop(server);
        server = serve(&folder, address);
        watchers.iter().zip(before).for_each(|(watcher, from)| watcher.returned(from));
    }
    let sent = producer.stop();
    let expected = expected(&sent);
    let mut fresh = start(Language::Node, "websocket");
    let anew = reaches(&mut fresh, &expected);
    for watcher in &mut watchers {
        let held = reaches(watcher, &expected);
        assert_eq!(held["position"], anew["position"], "{}", watcher.name);
        let windows = |answer: &Value| ["v0", "v1", "v2"].map(|view| answer["state"][view]["window"].clone());
        assert_eq!(windows(&held), windows(&anew), "{}", watcher.name);
        resumed_by_difference(watcher);
    }
}

/// Series always; a table whose totals a restart made it count anew, and a feed whose every event has gone by, may say so, and
/// what was cut before it was told for the first time is new.
#[track_caller]
fn resumed_by_difference(watcher: &Watcher) {
    let connections = watcher.replaced();
    assert!(connections.len() >= 5, "{} was cut and killed four times: {connections:?}", watcher.name);
    let mut told = BTreeSet::new();
    for replaced in &connections {
        let allowed = |(view, reason): (&String, &String)| match reason.as_str() {
            "new" => !told.contains(view),
            "floor" => ["v1", "v2"].contains(&view.as_str()),
            _ => false,
        };
        assert!(replaced.iter().all(allowed), "{}: {connections:?}", watcher.name);
        told.extend(replaced.keys().cloned());
    }
}
