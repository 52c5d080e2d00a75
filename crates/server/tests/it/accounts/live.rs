//! What open connections hear of changed rights, and what they are shown no more: within a second.

use serde_json::{Value, json};
use tideboard_server::config::Key;
use tideboard_services::Postgres;

use super::{Site, soon};
use crate::harness::Session;
use crate::stock_clients::probe::{ALL_CREDIT, Probe, post, socket_token};

fn path_of(session: &Session) -> String {
    format!("/users/{}", session.user["id"].as_str().unwrap())
}

/// Waits for what a connection is told of its rights.
#[track_caller]
fn told(probe: &Probe, name: &str) -> Value {
    probe.wait(name, "its rights", |line| (line["event"] == "rights").then(|| line["data"]["reason"].clone()))
}

#[track_caller]
fn ended(probe: &Probe, name: &str) {
    let reason = probe.wait(name, "the end", |line| line["disconnect"].as_str().map(str::to_owned));
    assert_eq!(reason, "io server disconnect", "{name}");
}

#[test]
fn another_role_is_told_on_open_connections_which_stay() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let mut probe = Probe::start(site.server.address);
    probe.connect("ana", site.server.address, &ana.access);
    probe.connect("owner", site.server.address, &site.owner.access);
    site.do_as_owner("PUT", &path_of(&ana), &json!({"role": "editor"}));
    assert_eq!(told(&probe, "ana"), "role");
    assert_eq!(site.ask(&ana, "GET", "/session", &Value::Null).json()["user"]["role"], "editor");
    probe.ask("ana", "clock", &json!({}));
    assert!(!probe.so_far("ana").iter().any(|line| line.get("disconnect").is_some()), "it stays");
    probe.ask("owner", "clock", &json!({}));
    assert!(!probe.so_far("owner").iter().any(|line| line["event"] == "rights"), "others hear nothing of it");
}

#[test]
fn another_reach_ends_connections_and_what_is_out_of_it_is_never_sent_again() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let event = |region: &str| json!({"stream": "orders", "tags": {"region": region}, "fields": {"one": 1}});
    post(&site.server, &json!([event("eu"), event("us")]));
    let query = json!({"stream": "orders", "shape": "table", "range": {"last": 3_600_000}, "groupBy": ["region"],
                       "measures": [{"fn": "count"}]});
    let mut probe = Probe::start(site.server.address);
    let mut before = probe.connect("before", site.server.address, &ana.access);
    before.want("v", &query);
    probe.subscribe(&mut before);
    probe.grant("before", ALL_CREDIT);
    probe.until(&mut before, "both regions", |mirror| mirror.views["v"].cells.cells.len() == 2);
    let token = socket_token(site.server.address, &ana.access);
    site.do_as_owner("PUT", &path_of(&ana), &json!({"reach": {"tags": {"region": ["eu"]}}}));
    assert_eq!(told(&probe, "before"), "reach");
    ended(&probe, "before");
    // A token from before lets in, but not to what was in reach before.
    probe.open("after", &json!({"token": token, "protocol": 5}), "websocket");
    probe.wait("after", "hello", |line| (line["event"] == "hello").then_some(()));
    let message = json!(before.mirror.subscribe());
    probe.ask("after", "subscribe", &message);
    probe.grant("after", ALL_CREDIT);
    let frame = probe.wait("after", "a frame", |line| (line["event"] == "frame").then(|| line["data"].clone()));
    let rows = frame["parts"][0]["replace"].as_array().expect("whole: what was held before goes");
    assert_eq!(rows.len(), 1, "{frame}");
    assert_eq!(rows[0][0], json!(["eu"]));
}

#[test]
fn who_is_signed_out_by_an_admin_is_out_on_every_connection_over_both_transports() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let mut probe = Probe::start(site.server.address);
    for transport in ["websocket", "polling"] {
        let auth = json!({"token": socket_token(site.server.address, &ana.access), "protocol": 5});
        assert_eq!(probe.open(transport, &auth, transport)["connect"], true);
        probe.wait(transport, "hello", |line| (line["event"] == "hello").then_some(()));
    }
    let token = socket_token(site.server.address, &ana.access);
    site.do_as_owner("DELETE", &format!("{}/sessions", path_of(&ana)), &Value::Null);
    for transport in ["websocket", "polling"] {
        assert_eq!(told(&probe, transport), "session");
        ended(&probe, transport);
    }
    let refused = probe.open("late", &json!({"token": token, "protocol": 5}), "websocket");
    assert_eq!(refused["refused"], "unauthorized", "a token of an ended session lets nobody in");
}

#[test]
fn a_refresh_drops_no_connection() {
    let site = Site::start();
    let mut probe = Probe::start(site.server.address);
    probe.connect("owner", site.server.address, &site.owner.access);
    assert_eq!(site.refresh(&site.owner.cookie).status, 200);
    probe.ask("owner", "clock", &json!({}));
    let said = probe.so_far("owner");
    assert!(!said.iter().any(|line| line.get("disconnect").is_some() || line["event"] == "rights"), "{said:?}");
}

#[test]
fn a_secret_used_twice_ends_the_connections_of_its_session() {
    let site = Site::start();
    let mut probe = Probe::start(site.server.address);
    probe.connect("owner", site.server.address, &site.owner.access);
    let first = site.owner.cookie.clone();
    let second = site.refresh(&first).header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(site.refresh(&second).status, 200);
    site.refresh(&first).problem(401, "unauthorized");
    assert_eq!(told(&probe, "owner"), "session");
    ended(&probe, "owner");
}

#[test]
fn a_revoked_key_ends_its_connections_and_those_of_others_stay() {
    let site = Site::start();
    let make = || site.do_as_owner("POST", "/keys", &json!({"name": "wall", "purpose": "read"}));
    let (one, other) = (make(), make());
    let mut probe = Probe::start(site.server.address);
    probe.connect("one", site.server.address, one["key"].as_str().unwrap());
    probe.connect("other", site.server.address, other["key"].as_str().unwrap());
    site.do_as_owner("DELETE", &format!("/keys/{}", one["id"].as_str().unwrap()), &Value::Null);
    assert_eq!(told(&probe, "one"), "key");
    ended(&probe, "one");
    probe.ask("other", "clock", &json!({}));
    assert!(!probe.so_far("other").iter().any(|line| line.get("disconnect").is_some()));
}

#[test]
fn a_team_that_changes_and_a_dashboard_that_is_shared_are_told() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    let mut probe = Probe::start(site.server.address);
    probe.connect("ana", site.server.address, &ana.access);
    site.do_as_owner("POST", "/teams", &json!({"name": "Sales", "members": [ana.user["id"]]}));
    assert_eq!(told(&probe, "ana"), "grants");
    let boards = site.do_as_owner("GET", "/dashboards", &Value::Null);
    let id = boards["dashboards"][0]["id"].as_str().unwrap();
    site.do_as_owner("PUT", &format!("/dashboards/{id}/grants"), &json!({"grants": []}));
    let changed = probe.wait("ana", "changed", |line| (line["event"] == "changed").then(|| line["data"].clone()));
    assert_eq!(changed["dashboards"], json!([id]));
}

#[test]
fn rights_changed_on_one_node_hold_on_the_others_within_a_second() {
    let database = Postgres::shared().unwrap().database().unwrap();
    let one = Site::with(&[(Key::Postgres, &database), (Key::Node, "one")]);
    let two = Site::with(&[(Key::Postgres, &database), (Key::Node, "two")]);
    let ana = one.join("ana", &json!({"role": "viewer"}));
    let mut probe = Probe::start(two.server.address);
    probe.connect("ana", two.server.address, &ana.access);
    one.do_as_owner("PUT", &path_of(&ana), &json!({"role": "editor"}));
    assert_eq!(told(&probe, "ana"), "role");
    soon("the role counts on the other node", || {
        two.ask(&ana, "GET", "/session", &Value::Null).json()["user"]["role"] == "editor"
    });
    one.do_as_owner("PUT", &path_of(&ana), &json!({"disabled": true}));
    ended(&probe, "ana");
    soon("shut out on the other node", || two.ask(&ana, "GET", "/session", &Value::Null).status == 401);
    // The session goes on over either node.
    let next = two.refresh(&one.owner.cookie);
    assert_eq!(next.status, 200);
    let cookie = next.header("set-cookie").split(';').next().unwrap().to_owned();
    assert_eq!(one.refresh(&cookie).status, 200);
}
