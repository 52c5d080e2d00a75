//! Reach: whoever may see or send a part of the events sees and sends no others, whatever is asked for.

use serde_json::{Value, json};

use super::{Site, ask};
use crate::harness::{Answer, Request, Session};
use crate::stock_clients::probe::{ALL_CREDIT, Probe, Socket, post, socket_token};

/// Events of two regions, in two streams.
fn regions(site: &Site, of: std::ops::Range<u64>) {
    let event = |stream: &str, region: &str, of: u64| json!({"stream": stream, "tags": {"region": region, "of": of.to_string()}, "fields": {"one": 1}});
    let events: Value =
        of.flat_map(|of| [event("orders", "eu", of), event("orders", "us", of), event("secret", "eu", of)]).collect();
    post(&site.server, &events);
}

fn eu() -> Value {
    json!({"streams": ["orders"], "tags": {"region": ["eu"]}})
}

fn in_eu(site: &Site) -> Session {
    site.join("ana", &json!({"role": "viewer", "reach": eu()}))
}

fn table(stream: &str, group: &str, filters: Value) -> Value {
    json!({"stream": stream, "shape": "table", "range": {"last": 3_600_000}, "groupBy": [group], "where": filters,
           "measures": [{"fn": "count"}]})
}

/// The groups that a view of a table holds.
fn groups(socket: &Socket, view: &str) -> Vec<String> {
    socket.mirror.views[view].cells.cells.keys().map(|key| format!("{key:?}")).collect()
}

/// Every way of asking that there is, with the view's name.
fn ways() -> Vec<(&'static str, Value)> {
    let filter = |tag: &str, op: &str, values: Value| json!([{"tag": tag, "op": op, "values": values}]);
    vec![
        ("plain", table("orders", "region", json!([]))),
        ("other", table("orders", "region", filter("region", "in", json!(["us"])))),
        ("both", table("orders", "region", filter("region", "in", json!(["us", "eu"])))),
        ("not", table("orders", "region", filter("region", "not_in", json!(["eu"])))),
        ("by_of", table("orders", "of", filter("region", "in", json!(["us"])))),
        ("feed", json!({"stream": "orders", "shape": "feed", "limit": 500})),
        (
            "series",
            json!({"stream": "orders", "shape": "series", "range": {"last": 3_600_000}, "bucket": 60_000,
                   "groupBy": ["region"], "measures": [{"fn": "count"}, {"fn": "sum", "field": "one"}]}),
        ),
    ]
}

#[test]
fn no_query_shows_a_viewer_what_is_out_of_its_reach() {
    let site = Site::start();
    let ana = in_eu(&site);
    regions(&site, 0..20);
    let mut probe = Probe::start(site.server.address);
    let mut socket = probe.connect("ana", site.server.address, &ana.access);
    for (view, query) in ways() {
        socket.want(view, &query);
    }
    probe.subscribe(&mut socket);
    probe.grant("ana", ALL_CREDIT);
    probe.until(&mut socket, "its own events", |mirror| {
        mirror.views["plain"].cells.cells.len() == 1 && mirror.views["feed"].cells.feed.len() == 20
    });
    regions(&site, 20..40);
    probe.until(&mut socket, "those that come later", |mirror| mirror.views["feed"].cells.feed.len() == 40);
    for of_others in ["other", "not", "by_of"] {
        assert_eq!(groups(&socket, of_others), Vec::<String>::new(), "{of_others}");
    }
    let said = probe.so_far("ana");
    for frame in said.iter().filter(|line| line["event"] == "frame") {
        assert!(!frame.to_string().contains("us"), "{frame}");
    }
}

#[test]
fn a_stream_out_of_reach_is_neither_watched_nor_followed_nor_listed() {
    let site = Site::start();
    let ana = in_eu(&site);
    regions(&site, 0..3);
    let mut probe = Probe::start(site.server.address);
    probe.connect("ana", site.server.address, &ana.access);
    let views = json!({"views": [{"id": "a", "query": table("orders", "region", json!([]))},
                                 {"id": "b", "query": table("secret", "region", json!([]))},
                                 {"id": "c", "query": table("orders", "of", json!([]))}]});
    let answer = probe.ask("ana", "subscribe", &views);
    let told: Vec<_> = answer["views"].as_array().unwrap().iter().map(|view| view["id"].as_str().unwrap()).collect();
    assert_eq!(told, ["a", "b", "c"], "in the order of the question: {answer}");
    assert_eq!(answer["views"][1]["problem"]["code"], "forbidden");
    let follow = json!({"id": "f", "stream": "secret", "after": "start", "until": 9});
    assert_eq!(probe.ask("ana", "follow", &follow)["problem"]["code"], "forbidden");
    let streams = site.ask(&ana, "GET", "/streams", &Value::Null).json();
    let listed = streams["streams"].as_array().unwrap();
    assert_eq!(listed.len(), 1, "{streams}");
    assert_eq!(
        (&listed[0]["name"], &listed[0]["events"], &listed[0]["lastAccepted"]),
        (&json!("orders"), &Value::Null, &Value::Null),
        "no figures of all events"
    );
    let metrics = Request::new("GET", "/metrics").bearer(&ana.access);
    site.server.send(&metrics).problem(403, "forbidden");
}

#[test]
fn positions_tell_a_scoped_viewer_nothing_and_are_good_for_it_alone() {
    let site = Site::start();
    let ana = in_eu(&site);
    regions(&site, 0..5);
    let mut probe = Probe::start(site.server.address);
    let mut own = probe.connect("ana", site.server.address, &ana.access);
    own.want("v", &table("orders", "region", json!([])));
    probe.subscribe(&mut own);
    probe.grant("ana", ALL_CREDIT);
    probe.next_frame(&mut own, "the first");
    let mut all = probe.connect("owner", site.server.address, &site.owner.access);
    all.want("v", &table("orders", "region", json!([])));
    probe.subscribe(&mut all);
    probe.grant("owner", ALL_CREDIT);
    probe.next_frame(&mut all, "the first");
    let (sealed, plain) = (own.mirror.position["orders"].clone(), all.mirror.position["orders"].clone());
    assert!(sealed.starts_with("s.") && !sealed.contains(&plain), "{sealed} {plain}");
    // Resumed, it is sent what changed and no more.
    let mut again = probe.connect("again", site.server.address, &ana.access);
    again.mirror = own.mirror.clone();
    regions(&site, 5..6);
    probe.subscribe(&mut again);
    probe.grant("again", ALL_CREDIT);
    probe.next_frame(&mut again, "what changed");
    let frames: Vec<_> = probe.so_far("again").into_iter().filter(|line| line["event"] == "frame").collect();
    assert!(frames[0]["data"]["parts"][0].get("reason").is_none(), "{}", frames[0]);
    // The owner's position is none of hers, and hers none of the owner's.
    for (name, who, position) in [("foreign", &ana, &plain), ("opened", &site.owner, &sealed)] {
        probe.connect(name, site.server.address, &who.access);
        let have = json!({"identity": "x"});
        let message = json!({"position": {"orders": position},
                             "views": [{"id": "v", "query": table("orders", "region", json!([])), "have": have}]});
        probe.ask(name, "subscribe", &message);
        probe.grant(name, ALL_CREDIT);
        let frame = probe.wait(name, "a frame", |line| (line["event"] == "frame").then(|| line["data"].clone()));
        assert!(frame["parts"][0].get("replace").is_some(), "{name}: {frame}");
        assert_eq!(frame["from"]["orders"], position.as_str(), "{name}: it finds again what it presented");
    }
}

/// The first page of a feed that has events.
#[track_caller]
fn page(probe: &Probe, feed: &str) -> Value {
    probe.wait("ana", "a page", |line| {
        let is_it = line["event"] == "page" && line["data"]["feed"] == feed;
        is_it.then(|| line["data"].clone()).filter(|page| !page["events"].as_array().unwrap().is_empty())
    })
}

#[test]
fn a_scoped_feed_has_its_own_events_and_no_offsets() {
    let site = Site::start();
    let ana = in_eu(&site);
    regions(&site, 0..10);
    let mut probe = Probe::start(site.server.address);
    probe.connect("ana", site.server.address, &ana.access);
    let filters = json!([{"tag": "region", "op": "in", "values": ["us", "eu"]}]);
    let follow =
        |id: &str, after: &Value| json!({"id": id, "stream": "orders", "after": after, "until": 9, "where": filters});
    probe.ask("ana", "follow", &follow("f", &json!("start")));
    let first = page(&probe, "f");
    let regions_told = first["events"].as_array().unwrap().iter().map(|event| event["tags"]["region"].clone());
    assert_eq!(regions_told.collect::<Vec<_>>(), vec![json!("eu"); 10]);
    assert!(first["to"].as_str().unwrap().starts_with("s."), "{first}");
    regions(&site, 10..11);
    probe.ask("ana", "follow", &follow("g", &first["to"]));
    assert_eq!(page(&probe, "g")["events"][0]["tags"]["of"], "10", "it goes on from a sealed position");
    let forged = probe.ask("ana", "follow", &follow("h", &json!("s.AAAA")));
    assert_eq!(forged["reason"], "unproved", "{forged}");
}

fn send(site: &Site, key: &str, events: &Value) -> Answer {
    site.server.send(&Request::new("POST", "/api/v1/events").bearer(key).json(&events.to_string()))
}

fn key(site: &Site, body: Value) -> String {
    site.do_as_owner("POST", "/keys", &body)["key"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_puts_its_tags_on_what_it_sends_and_cannot_send_others() {
    let site = Site::start();
    let key = key(&site, json!({"name": "eu", "streams": ["orders"], "tags": {"region": ["eu"]}}));
    let event = |tags: Value| json!({"stream": "orders", "tags": tags, "fields": {"a": 1}});
    assert_eq!(send(&site, &key, &event(json!({"shop": "a"}))).status, 200);
    let mixed = json!([event(json!({})), event(json!({"region": "us"})), event(json!({"region": "eu"}))]);
    let problem = send(&site, &key, &mixed).problem(400, "invalid_input");
    assert_eq!((&problem["accepted"], &problem["rejected"]), (&json!(2), &json!(1)));
    let place = &problem["errors"][0];
    assert_eq!(
        (&place["pointer"], &place["detail"]),
        (&json!("/1/tags"), &json!("the tag `region` must be `eu` here"))
    );
    let mut probe = Probe::start(site.server.address);
    let mut socket = probe.connect("owner", site.server.address, &site.owner.access);
    socket.want("v", &table("orders", "region", json!([])));
    probe.subscribe(&mut socket);
    probe.grant("owner", ALL_CREDIT);
    probe.next_frame(&mut socket, "what was sent");
    assert_eq!(groups(&socket, "v").len(), 1, "all of them are of one region: {:?}", groups(&socket, "v"));
}

#[test]
fn a_key_for_reading_watches_its_streams_and_does_nothing_else() {
    let site = Site::start();
    regions(&site, 0..4);
    let key = key(&site, json!({"name": "wall", "purpose": "read", "streams": ["orders"], "tags": {"region": ["us"]}}));
    let mut probe = Probe::start(site.server.address);
    let mut wall = probe.connect("wall", site.server.address, &key);
    wall.want("v", &table("orders", "region", json!([])));
    probe.subscribe(&mut wall);
    probe.grant("wall", ALL_CREDIT);
    probe.until(&mut wall, "its events", |mirror| mirror.views["v"].cells.cells.len() == 1);
    let secret = json!({"views": [{"id": "s", "query": table("secret", "region", json!([]))}]});
    assert_eq!(probe.ask("wall", "subscribe", &secret)["views"][0]["problem"]["code"], "forbidden");
    send(&site, &key, &json!({"stream": "orders", "fields": {"a": 1}})).problem(403, "forbidden");
    for path in ["/session", "/dashboards", "/keys", "/users", "/account"] {
        ask(&site.server, &key, "GET", path, &Value::Null).problem(403, "forbidden");
    }
    assert_eq!(ask(&site.server, &key, "GET", "/streams", &Value::Null).status, 200);
}

#[test]
fn a_key_for_writing_opens_no_socket() {
    let site = Site::start();
    let token = ask(&site.server, &site.server.key, "POST", "/session/socket-token", &Value::Null);
    token.problem(403, "forbidden");
    assert!(!socket_token(site.server.address, &site.owner.access).is_empty());
}

#[test]
fn a_key_that_has_expired_opens_nothing() {
    let site = Site::start();
    for days in [0, -1, 100_000] {
        let body = json!({"name": "n", "expiresInDays": days});
        let problem = site.ask(&site.owner, "POST", "/keys", &body).problem(400, "invalid_input");
        assert_eq!(problem["errors"][0]["pointer"], "/expiresInDays");
    }
    site.do_as_owner("POST", "/keys", &json!({"name": "n", "expiresInDays": 1}));
    let keys = site.do_as_owner("GET", "/keys", &Value::Null);
    let (created, expires) = (keys["keys"][0]["createdAt"].as_i64(), keys["keys"][0]["expiresAt"].as_i64());
    assert_eq!(expires, created.map(|at| at + 86_400_000));
}
