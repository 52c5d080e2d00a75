//! Complete feeds on the real server: the small followers of `examples/`, and what the protocol promises at its edges.

use std::net::SocketAddr;

use serde_json::{Value, json};

use super::lines::{Lines, node, python};
use super::load::{Producer, STREAM, shown};
use super::probe::{Probe, ones, post};
use super::watcher::{Language, plain};
use super::{base, flow, serve};
use crate::harness::{Folder, Running};

/// A small follower as a process.
struct Follower {
    name: String,
    lines: Lines,
}

impl Follower {
    fn start(language: Language, transport: &str, server: SocketAddr, session: &str) -> Self {
        let name = format!("{language:?} over {transport}");
        let mut command = match language {
            Language::Node => node("examples/node/follow.mjs"),
            Language::Python => python("examples/python/follow.py"),
        };
        command.env("TIDEBOARD_TRANSPORT", transport).arg(format!("http://{server}")).arg(session).arg(STREAM);
        let lines = Lines::start(&name, &mut command);
        Self { name, lines }
    }

    /// Waits for the acknowledgement of a new connection after the given line.
    #[track_caller]
    fn returned(&self, from: usize) {
        self.lines.wait(from, "the acknowledgement", |line| line.get("followed").map(|_| ()));
    }

    /// All events it was shown so far, in order.
    fn events(&self) -> Vec<Value> {
        let lines = self.lines.so_far();
        assert!(lines.iter().all(|line| line["gone"].is_null()), "{}: nothing is gone", self.name);
        lines.iter().filter_map(|line| line["events"].as_array()).flatten().map(plain).collect()
    }
}

#[test]
fn followers_of_two_languages_and_transports_are_shown_every_event_once_through_cuts_and_kills() {
    let folder = Folder::new();
    let mut server = serve(&folder, "127.0.0.1:0".parse().unwrap());
    let (address, key, session, base) = (server.address(), server.key(), server.sign_in(), base());
    let start = |language, transport| Follower::start(language, transport, address, &session);
    // They come before there is anything to follow.
    let mut followers = [
        start(Language::Node, "websocket"),
        start(Language::Node, "polling"),
        start(Language::Python, "websocket"),
        start(Language::Python, "polling"),
    ];
    followers.iter().for_each(|follower| follower.returned(0));
    let producer = Producer::start(address, &key, base);
    for _ in 0..2 {
        flow(&producer, 300);
        let before: Vec<_> = followers.iter().map(|follower| follower.lines.count()).collect();
        followers.iter_mut().for_each(|follower| follower.lines.write("cut"));
        flow(&producer, 100);
        followers.iter().zip(before).for_each(|(follower, from)| follower.returned(from));
        let before: Vec<_> = followers.iter().map(|follower| follower.lines.count()).collect();
        server.signal("-KILL");
        drop(server);
        server = serve(&folder, address);
        followers.iter().zip(before).for_each(|(follower, from)| follower.returned(from));
    }
    let sent: Vec<_> = producer.stop().iter().map(|event| plain(&shown(event))).collect();
    for follower in &followers {
        let mut shown = 0;
        follower.lines.wait(0, "as many events as were sent", |line| {
            shown += line["events"].as_array().map_or(0, Vec::len);
            (shown >= sent.len()).then_some(())
        });
        let events = follower.events();
        let differ = events.iter().zip(&sent).position(|(one, other)| one != other);
        assert_eq!(differ, None, "{}: the first that differs, of {}", follower.name, events.len());
        assert_eq!(events.len(), sent.len(), "{}", follower.name);
    }
}

/// Pages of a feed as the probe heard them.
fn pages(probe: &Probe, of: &str, feed: &str) -> Vec<Value> {
    let lines = probe.so_far(of).into_iter();
    let pages = lines.filter(|line| line["event"] == "page" && line["data"]["feed"] == feed);
    pages.map(|line| line["data"].clone()).collect()
}

#[track_caller]
fn page(probe: &Probe, of: &str, feed: &str, seq: u64) -> Value {
    probe.wait(of, &format!("page {seq} of {feed}"), |line| {
        let data = &line["data"];
        (line["event"] == "page" && data["feed"] == feed && data["seq"] == seq).then(|| data.clone())
    })
}

fn follow(id: &str, after: &str, until: u64) -> Value {
    json!({"id": id, "stream": "s", "after": after, "until": until})
}

#[test]
fn a_feed_is_paged_by_credit_and_follows_live_at_its_end() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    probe.connect("viewer", server.address, &session);
    post(&server, &ones("s", 0..1_200));
    let answer = probe.ask("viewer", "follow", &follow("all", "start", 1));
    assert_eq!(answer, json!({"id": "all", "position": null}));
    let answer = probe.ask("viewer", "follow", &follow("late", "end", 9));
    let end = answer["position"].as_str().unwrap().to_owned();
    let first = page(&probe, "viewer", "all", 1);
    assert_eq!((&first["from"], first["events"].as_array().unwrap().len()), (&Value::Null, 500));
    // The clock's answer comes after all that was sent before it.
    probe.ask("viewer", "clock", &json!({}));
    assert_eq!(pages(&probe, "viewer", "all").len(), 1, "no page without credit");
    probe.send(&json!({"to": "viewer", "emit": "credit", "with": [{"feed": "all", "until": 9}]}));
    let second = page(&probe, "viewer", "all", 2);
    let third = page(&probe, "viewer", "all", 3);
    assert_eq!((&second["from"], &third["from"]), (&first["to"], &second["to"]));
    assert_eq!(third["to"], end.as_str(), "it ends where the other begins");
    post(&server, &ones("s", [1_200]));
    for (feed, seq) in [("all", 4), ("late", 1)] {
        let live = page(&probe, "viewer", feed, seq);
        assert_eq!((&live["from"], &live["events"][0]["tags"]["of"]), (&json!(end), &json!("1200")), "{feed}");
    }
    let told = pages(&probe, "viewer", "all").into_iter().flat_map(|page| page["events"].as_array().unwrap().clone());
    let of: Vec<_> = told.map(|event| event["tags"]["of"].as_str().unwrap().parse::<u64>().unwrap()).collect();
    assert_eq!(of, (0..=1_200).collect::<Vec<_>>());
    // A position inside an append goes on from there, also under a name that was just given up.
    probe.send(&json!({"to": "viewer", "emit": "unfollow", "with": [{"feeds": ["all", "none"]}]}));
    let inside = json!({"id": "all", "stream": "s", "after": first["to"], "until": 1,
                        "where": [{"tag": "of", "op": "in", "values": ["3", "700", "1200"]}]});
    assert_eq!(probe.ask("viewer", "follow", &inside), json!({"id": "all", "position": first["to"]}));
    let rest = probe.wait("viewer", "the rest", |line| {
        let data = &line["data"];
        (line["event"] == "page"
            && data["feed"] == "all"
            && data["from"] == first["to"]
            && data["events"].as_array().unwrap().len() == 2)
            .then(|| data.clone())
    });
    assert_eq!(rest["seq"], 1);
}

#[test]
fn feeds_that_cannot_be_are_refused_by_name_and_cost_nothing() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    probe.connect("viewer", server.address, &session);
    post(&server, &ones("s", 0..3));
    let end = probe.ask("viewer", "follow", &follow("f0", "end", 1))["position"].as_str().unwrap().to_owned();
    let [epoch, offset, proof] = end.split('.').collect::<Vec<_>>()[..] else { panic!("{end}") };
    for (after, reason) in [
        (format!("1.{offset}.{proof}"), "epoch"),
        (format!("{epoch}.9.{proof}"), "ahead"),
        (format!("{epoch}.2.{proof}"), "unproved"),
        (format!("{end}-3"), "unproved"),
        ("nowhere".to_owned(), "unproved"),
    ] {
        // Under the same name each time: it stays free.
        let answer = probe.ask("viewer", "follow", &follow("f1", &after, 1));
        let problem = &answer["problem"];
        assert_eq!((&answer["reason"], &problem["code"]), (&json!(reason), &json!("position_refused")), "{after}");
        assert_eq!(problem["retry"], "resync", "{after}");
    }
    let elsewhere = json!({"id": "f1", "stream": "nobody.wrote", "after": end, "until": 1});
    assert_eq!(probe.ask("viewer", "follow", &elsewhere)["reason"], "epoch");
    let answer = probe.ask("viewer", "follow", &follow("f0", "start", 1));
    assert_eq!(answer["problem"]["code"], "invalid_input", "{answer}");
    for number in 1..16 {
        let answer = probe.ask("viewer", "follow", &follow(&format!("f{number}"), "start", 0));
        assert!(answer.get("problem").is_none(), "{answer}");
    }
    let answer = probe.ask("viewer", "follow", &follow("f16", "start", 0));
    assert_eq!(answer["problem"]["code"], "too_many_feeds", "{answer}");
    for message in [json!({}), json!({"id": "x"}), json!({"id": "x", "stream": "s", "after": 1, "until": 1})] {
        probe.send(&json!({"to": "viewer", "emit": "follow", "with": [message], "ack": true}));
    }
    let problems = |line: &Value| line["event"] == "problem";
    probe.ask("viewer", "clock", &json!({}));
    assert_eq!(probe.so_far("viewer").iter().filter(|line| problems(line)).count(), 3);
}
