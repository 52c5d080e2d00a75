//! Over one PostgreSQL: what one node changes counts on all, and what goes on without it.

use serde_json::json;
use tideboard_server::config::Key;
use tideboard_services::Postgres;

use super::{session, until, write};
use crate::harness::{Request, Running};
use crate::stock_clients::probe::{ALL_CREDIT, Probe, counted, socket_token, table};

/// A node with a log of its own, over a database that others share.
fn node(database: &str, name: &str) -> Running {
    Running::with(&[(Key::Postgres, database), (Key::Node, name)])
}

#[test]
fn who_signs_in_on_one_node_is_known_on_all_and_who_signs_out_is_out_on_all() {
    let database = Postgres::shared().unwrap().database().unwrap();
    let (one, two) = (node(&database, "one"), node(&database, "two"));
    let access = one.sign_in();
    assert_eq!((session(&one, &access), session(&two, &access)), (200, 200));
    let mut probe = Probe::start(two.address);
    let auth = json!({"token": socket_token(one.address, &access), "protocol": 5});
    for transport in ["websocket", "polling"] {
        assert_eq!(probe.open(transport, &auth, transport)["connect"], true, "a token of any node opens any");
        probe.wait(transport, "hello", |line| (line["event"] == "hello").then_some(()));
    }
    let out = one.send(&Request::new("DELETE", "/api/v1/session").bearer(&access).change());
    assert_eq!(out.status, 204);
    for transport in ["websocket", "polling"] {
        let reason = probe.wait(transport, "the end", |line| line["disconnect"].as_str().map(str::to_owned));
        assert_eq!(reason, "io server disconnect", "{transport}");
    }
    until("signed out on the other node", || session(&two, &access) == 401);
}

#[test]
fn a_key_revoked_on_one_node_opens_nothing_on_the_others() {
    let database = Postgres::shared().unwrap().database().unwrap();
    let (one, two) = (node(&database, "one"), node(&database, "two"));
    let access = one.sign_in();
    let create = Request::new("POST", "/api/v1/keys").bearer(&access).change().json(r#"{"name":"n"}"#);
    let made = one.send(&create).json();
    let (id, key) = (made["id"].as_str().unwrap(), made["key"].as_str().unwrap());
    assert_eq!((write(&one, key, 1), write(&two, key, 1)), (200, 200));
    let revoke = Request::new("DELETE", &format!("/api/v1/keys/{id}")).bearer(&access).change();
    assert_eq!(one.send(&revoke).status, 204);
    assert_eq!(write(&one, key, 2), 401, "at once where it was revoked");
    until("revoked on the other node", || write(&two, key, 2) == 401);
}

#[test]
fn a_layout_changed_on_one_node_is_told_on_the_others() {
    let database = Postgres::shared().unwrap().database().unwrap();
    let (one, two) = (node(&database, "one"), node(&database, "two"));
    let access = one.sign_in();
    let mut probe = Probe::start(two.address);
    let viewer = probe.connect("viewer", two.address, &access);
    let save = Request::new("PUT", "/api/v1/dashboards/this-machine/personal-view").bearer(&access).change();
    let body = json!({"revision": 0, "view": {"dashboard": "this-machine", "baseRevision": 1}});
    assert_eq!(one.send(&save.json(&body.to_string())).status, 200);
    let changed =
        probe.wait(viewer.name, "what changed", |line| (line["event"] == "changed").then(|| line["data"].clone()));
    assert_eq!(changed, json!({"all": false, "dashboards": [], "views": ["this-machine"]}));
}

#[test]
fn a_node_cut_off_from_postgres_keeps_streaming_and_recovers() {
    let postgres = Postgres::start().unwrap();
    let node = node(&postgres.database().unwrap(), "one");
    let access = node.sign_in();
    let mut probe = Probe::start(node.address);
    let mut viewer = probe.connect("viewer", node.address, &access);
    viewer.want("t", &table("s"));
    probe.subscribe(&mut viewer);
    probe.grant(viewer.name, ALL_CREDIT);
    assert_eq!(write(&node, &node.key, 1), 200);
    let shows = |count: u64| move |mirror: &tideboard_testkit::Mirror| counted(mirror, "t") == count;
    probe.until(&mut viewer, "the first event", shows(1));
    let mut sent = 1;
    for (round, stop) in [Postgres::stop, Postgres::pause].into_iter().enumerate() {
        stop(&postgres).unwrap();
        for _ in 0..3 {
            sent += 1;
            assert_eq!(write(&node, &node.key, sent), 200, "a key that was known goes on");
            probe.until(&mut viewer, "an event meanwhile", shows(sent));
        }
        let ready = node.send(&Request::new("GET", "/readyz"));
        assert_eq!(ready.status, 200, "it serves whom it knows: {ready:?}");
        let stranger = node.send(&Request::new("POST", "/api/v1/events").bearer("tbk_unknown").json("[]"));
        assert!(matches!(stranger.status, 401 | 503), "nobody new is let in: {stranger:?}");
        if round == 0 {
            postgres.restart().unwrap()
        } else {
            postgres.resume().unwrap()
        }
        until("it is reached again", || {
            node.send(&Request::new("GET", "/api/v1/dashboards").bearer(&access)).status == 200
        });
    }
}
