//! Every address and every message × everyone who may ask. An address that the table lacks fails.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Site;
use crate::harness::Request;
use crate::stock_clients::probe::{Probe, post, socket_token};

/// Who asks, in the order of the table's columns.
const WHO: [&str; 8] = ["stranger", "owner", "admin", "editor", "viewer", "scoped", "writes", "reads"];

/// May: the answer is neither 401 nor 403 (`x`: it is; `h`: it is hidden, 404).
struct Row {
    method: &'static str,
    path: &'static str,
    body: Value,
    may: &'static str,
}

fn row(method: &'static str, path: &'static str, body: Value, may: &'static str) -> Row {
    Row { method, path, body, may }
}

/// `{id}` of a dashboard is one that is shared with nobody; every other is of nothing that there is, so that asking
/// changes nothing.
fn table() -> Vec<Row> {
    let none = || Value::Null;
    let view = json!({"revision": 0, "view": {"dashboard": "BOARD", "baseRevision": 1}});
    vec![
        //                                                                            who: soaevswr
        row("GET", "/healthz", none(), "••••••••"),
        row("GET", "/readyz", none(), "••••••••"),
        row("GET", "/metrics", none(), "x••••x••"),
        row("GET", "/.well-known/jwks.json", none(), "••••••••"),
        row("GET", "/api/openapi.json", none(), "x•••••••"),
        row("GET", "/api/v1/session", none(), "x•••••xx"),
        row("POST", "/api/v1/session/socket-token", none(), "x•••••x•"),
        row("GET", "/api/v1/account", none(), "x•••••xx"),
        row("PUT", "/api/v1/account", json!({"name": ""}), "x•••••xx"),
        row("PUT", "/api/v1/account/password", json!({"password": "x"}), "x•••••xx"),
        row("POST", "/api/v1/account/totp", none(), "x•••••xx"),
        row("PUT", "/api/v1/account/totp", json!({"secret": "", "code": "", "password": ""}), "x•••••xx"),
        row("DELETE", "/api/v1/account/totp", json!({"password": ""}), "x•••••xx"),
        row("GET", "/api/v1/account/sessions", none(), "x•••••xx"),
        row("DELETE", "/api/v1/account/sessions", none(), "x•••••xx"),
        row("DELETE", "/api/v1/account/sessions/{id}", none(), "x•••••xx"),
        row("GET", "/api/v1/users", none(), "x••xxxxx"),
        row("PUT", "/api/v1/users/{id}", json!({}), "x••xxxxx"),
        row("GET", "/api/v1/users/{id}/sessions", none(), "x••xxxxx"),
        row("DELETE", "/api/v1/users/{id}/sessions", none(), "x••xxxxx"),
        row("DELETE", "/api/v1/users/{id}/totp", none(), "x••xxxxx"),
        row("POST", "/api/v1/users/{id}/reset-link", none(), "x••xxxxx"),
        row("GET", "/api/v1/users/{id}/access", none(), "x••xxxxx"),
        row("GET", "/api/v1/invites", none(), "x••xxxxx"),
        row("POST", "/api/v1/invites", json!({"role": "viewer"}), "x••xxxxx"),
        row("DELETE", "/api/v1/invites/{id}", none(), "x••xxxxx"),
        row("GET", "/api/v1/teams", none(), "x••xxxxx"),
        row("POST", "/api/v1/teams", json!({"name": ""}), "x••xxxxx"),
        row("PUT", "/api/v1/teams/{id}", json!({"name": "x"}), "x••xxxxx"),
        row("DELETE", "/api/v1/teams/{id}", none(), "x••xxxxx"),
        row("GET", "/api/v1/audit", none(), "x••xxxxx"),
        row("GET", "/api/v1/audit/export", none(), "x••xxxxx"),
        row("GET", "/api/v1/keys", none(), "x••xxxxx"),
        row("POST", "/api/v1/keys", json!({"name": ""}), "x••xxxxx"),
        row("DELETE", "/api/v1/keys/{id}", none(), "x••xxxxx"),
        row("GET", "/api/v1/streams", none(), "x•••••x•"),
        row("GET", "/api/v1/dashboards", none(), "x•••••xx"),
        row("GET", "/api/v1/dashboards/{id}", none(), "x••hhhxx"),
        row("PUT", "/api/v1/dashboards/{id}/personal-view", view, "x••hhhxx"),
        row("DELETE", "/api/v1/dashboards/{id}/personal-view", none(), "x••hhhxx"),
        row("GET", "/api/v1/dashboards/{id}/grants", none(), "x••xxxxx"),
        row("PUT", "/api/v1/dashboards/{id}/grants", json!({"grants": []}), "x••xxxxx"),
        row("POST", "/api/v1/events", json!({"stream": "orders", "fields": {"a": 1}}), "x•••xx•x"),
        row("POST", "/api/v2/write", json!("orders a=1"), "x•••xx•x"),
    ]
}

/// What signs in, and out, has tests of its own: `accounts::sessions` and `guard`.
const SIGNING_IN: [(&str, &str); 7] = [
    ("POST", "/api/v1/session"),
    ("DELETE", "/api/v1/session"),
    ("POST", "/api/v1/session/refresh"),
    ("POST", "/api/v1/session/reset-info"),
    ("POST", "/api/v1/session/reset"),
    ("POST", "/api/v1/invites/info"),
    ("POST", "/api/v1/invites/accept"),
];

/// A site on which one dashboard is shared with nobody, and what each of [`WHO`] presents.
fn site() -> (Site, String, [String; 8]) {
    let site = Site::start();
    let boards = site.do_as_owner("GET", "/dashboards", &Value::Null);
    let board = boards["dashboards"][0]["id"].as_str().unwrap().to_owned();
    site.do_as_owner("PUT", &format!("/dashboards/{board}/grants"), &json!({"grants": []}));
    let join = |login: &str, invite: Value| site.join(login, &invite).access;
    let scoped = json!({"role": "viewer", "reach": {"streams": ["orders"], "tags": {"region": ["eu"]}}});
    let reads = site.do_as_owner("POST", "/keys", &json!({"name": "wall", "purpose": "read"}));
    let presented = [
        String::new(),
        site.owner.access.clone(),
        join("admin", json!({"role": "admin"})),
        join("editor", json!({"role": "editor"})),
        join("viewer", json!({"role": "viewer"})),
        join("scoped", scoped),
        site.server.key.clone(),
        reads["key"].as_str().unwrap().to_owned(),
    ];
    (site, board, presented)
}

#[test]
fn every_address_answers_exactly_those_who_may_ask() {
    let (site, board, presented) = site();
    for Row { method, path, body, may } in table() {
        let id = if path.starts_with("/api/v1/dashboards") { board.as_str() } else { "nobody" };
        let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
        let (at, body) = (path.replace("{id}", id), text.replace("BOARD", &board));
        assert_eq!(may.chars().count(), WHO.len(), "{method} {path}");
        for ((who, secret), expected) in WHO.iter().zip(&presented).zip(may.chars()) {
            let mut request = Request::new(method, &at);
            if !secret.is_empty() {
                request = request.bearer(secret);
            }
            if body != "null" {
                request = request.json(&body);
            }
            let status = site.server.send(&request).status;
            let right = match expected {
                'x' if secret.is_empty() => status == 401,
                'x' => status == 403,
                'h' => status == 404,
                _ => ![401, 403].contains(&status) && status < 500,
            };
            assert!(right, "{who}: {method} {path} answers {status}, the table says {expected}");
        }
    }
}

#[test]
fn no_address_is_missing_in_the_table() {
    let site = Site::start();
    let document = site.server.send(&Request::new("GET", "/api/openapi.json").bearer(&site.owner.access)).json();
    let known = table().into_iter().map(|row| (row.method.to_owned(), row.path.to_owned()));
    let known: BTreeSet<_> =
        known.chain(SIGNING_IN.map(|(method, path)| (method.to_owned(), path.to_owned()))).collect();
    let mut served = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            served.insert((method.to_uppercase(), path.clone()));
        }
    }
    assert_eq!(served, known);
}

/// Messages that viewers send, as the protocol names them.
const MESSAGES: [&str; 6] = ["subscribe", "unsubscribe", "credit", "follow", "unfollow", "clock"];

#[test]
fn every_message_is_answered_within_the_rights_of_who_sends_it() {
    let (site, _, presented) = site();
    let event = |stream: &str| json!({"stream": stream, "tags": {"region": "us"}, "fields": {"one": 1}});
    post(&site.server, &json!([event("orders"), event("secret")]));
    let mut probe = Probe::start(site.server.address);
    let query = |stream: &str| json!({"stream": stream, "shape": "feed"});
    //                    who may watch: orders, secret
    let table = [
        ("owner", [true, true]),
        ("admin", [true, true]),
        ("editor", [true, true]),
        ("viewer", [true, true]),
        ("scoped", [true, false]),
        ("reads", [true, true]),
    ];
    for (who, may) in table {
        let place = WHO.iter().position(|name| *name == who).unwrap();
        let auth = json!({"token": socket_token(site.server.address, &presented[place]), "protocol": 5});
        assert_eq!(probe.open(who, &auth, "websocket")["connect"], true);
        probe.wait(who, "hello", |line| (line["event"] == "hello").then_some(()));
        for (stream, may) in ["orders", "secret"].iter().zip(may) {
            let views = json!({"views": [{"id": stream, "query": query(stream)}]});
            let view = probe.ask(who, "subscribe", &views)["views"][0].clone();
            assert_eq!(view.get("problem").is_none(), may, "{who} subscribes to {stream}: {view}");
            let follow = json!({"id": stream, "stream": stream, "after": "start", "until": 0});
            let followed = probe.ask(who, "follow", &follow);
            assert_eq!(followed.get("problem").is_none(), may, "{who} follows {stream}: {followed}");
        }
        // What names nothing of one's own does nothing, and nothing of others.
        for message in MESSAGES {
            let body = json!({"views": ["x"], "feeds": ["x"], "until": 1, "feed": "x"});
            probe.send(&json!({"to": who, "emit": message, "with": [body]}));
        }
        probe.ask(who, "clock", &json!({}));
        assert!(!probe.so_far(who).iter().any(|line| line.get("disconnect").is_some()), "{who} is still there");
    }
    for who in ["stranger", "writes"] {
        let place = WHO.iter().position(|name| *name == who).unwrap();
        let request = Request::new("POST", "/api/v1/session/socket-token").bearer(&presented[place]);
        assert!([401, 403].contains(&site.server.send(&request).status), "{who} gets no token for a socket");
    }
}

/// The messages are those of the protocol's document, so that a new one can't be forgotten here.
#[test]
fn no_message_is_missing_in_the_list() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/protocol");
    let mut sent = BTreeSet::new();
    for file in std::fs::read_dir(root).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        if golden["sender"] == "viewer" {
            sent.insert(golden["kind"].as_str().unwrap().to_owned());
        }
    }
    // What opens the connection, and the clock, which carries nothing.
    sent.remove("auth");
    sent.insert("clock".to_owned());
    assert_eq!(sent, MESSAGES.map(str::to_owned).into());
}
