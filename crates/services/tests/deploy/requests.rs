//! Short requests: events, the API, pages.

use crate::balancer::{Site, example, until};
use crate::client::{get, request};
use crate::node::DIES;
use std::time::Duration;

#[test]
fn requests_go_to_all_nodes_in_turn() {
    for site in Site::both() {
        assert_eq!(site.asked(3 * 5), ["node1", "node2", "node3"]);
    }
}

#[test]
fn a_node_that_is_not_ready_gets_nothing_within_two_seconds_and_all_again_when_it_is() {
    let site = Site::haproxy();
    site.nodes[0].set_ready(false);
    let out = until("it is out", || site.asked(6) == ["node2", "node3"]);
    // Two seconds are promised; five times that are given here.
    assert!(out < Duration::from_secs(10), "out after {out:?}");
    assert_eq!(site.asked(15), ["node2", "node3"]);
    site.nodes[0].set_ready(true);
    until("it is back", || site.asked(6).len() == 3);
}

#[test]
fn what_the_checks_are_set_to_keeps_two_seconds() {
    let checks = example("haproxy.cfg");
    let line = checks.lines().find(|line| line.contains("default-server check")).unwrap();
    let number = |name: &str| -> u64 {
        let mut words = line.split_whitespace().skip_while(|word| *word != name).skip(1);
        words.next().and_then(|word| word.trim_end_matches("ms").parse().ok()).unwrap()
    };
    // The first refusal comes after `inter` at most, the others at the faster pace.
    assert!(number("inter") + (number("fall") - 1) * number("fastinter") <= 1_000);
}

#[test]
fn requests_to_a_node_that_is_gone_are_answered_by_another() {
    for mut site in Site::both() {
        site.nodes[1].be_gone();
        let statuses: Vec<_> = (0..12).map(|_| get(site.port, "/").status).collect();
        assert_eq!(statuses, [200; 12]);
        site.nodes[1].come_back();
        until("it is asked again", || site.asked(6).len() == 3);
    }
}

#[test]
fn requests_to_a_node_that_stands_still_are_answered_by_another_and_it_gets_no_more() {
    let site = Site::haproxy();
    site.nodes[2].stand_still();
    let statuses: Vec<_> = (0..3).map(|_| get(site.port, "/").status).collect();
    assert_eq!(statuses, [200; 3]);
    assert_eq!(site.asked(9), ["node1", "node2"]);
}

#[test]
fn what_may_be_sent_twice_is_asked_elsewhere_when_a_node_dies_over_it_and_the_rest_is_not() {
    let site = Site::haproxy();
    let arrived = || site.nodes.iter().map(|node| node.arrived().iter().filter(|one| one.line.contains(DIES)).count());
    let keyed = request(site.port, &format!("POST {DIES}"), &["Idempotency-Key: a"], "{}");
    assert_eq!((keyed.status, arrived().sum::<usize>()), (502, 4), "once, and three times again");
    assert!(arrived().filter(|count| *count > 0).count() > 1, "another node was tried");
    let plain = request(site.port, &format!("POST {DIES}"), &[], "{}");
    assert_eq!((plain.status, arrived().sum::<usize>()), (502, 5), "events without a key are sent once");
}

#[test]
fn nginx_sends_events_to_no_second_node() {
    let site = Site::nginx();
    let keyed = request(site.port, &format!("POST {DIES}"), &["Idempotency-Key: a"], "{}");
    let arrived = site.nodes.iter().flat_map(|node| node.arrived()).filter(|one| one.line.contains(DIES)).count();
    assert_eq!((keyed.status, arrived), (502, 1));
}

#[test]
fn nodes_are_told_the_clients_address_and_name_and_nothing_it_claims() {
    for site in Site::both() {
        let claims = ["X-Forwarded-For: 192.0.2.1", "X-Forwarded-Proto: https", "Forwarded: for=192.0.2.1"];
        request(site.port, "GET /told", &claims, "");
        let told: Vec<_> = site.nodes.iter().flat_map(|node| node.arrived()).collect();
        let told = told.iter().find(|one| one.line.contains("/told")).unwrap();
        assert_eq!(told.values("x-forwarded-for"), ["127.0.0.1"]);
        assert_eq!(told.values("x-forwarded-proto"), ["http"]);
        assert_eq!(told.values("forwarded"), Vec::<&str>::new());
        assert_eq!(told.values("host"), ["board.example"], "the origin of pages is compared with it");
    }
}
