//! What the protocol promises where clients are wrong, slow, early, twice there or no longer welcome.

use serde_json::{Value, json};
use tideboard_testkit::Mirror;

use super::probe::{ALL_CREDIT, Probe, Socket, counted, ones, post, socket_token, table};
use crate::harness::{Request, Running};

fn feed(stream: &str) -> Value {
    json!({"stream": stream, "shape": "feed", "limit": 10})
}

fn series(stream: &str) -> Value {
    json!({"stream": stream, "shape": "series", "range": {"last": 3_600_000}, "bucket": 60_000, "groupBy": ["of"],
           "measures": [{"fn": "count"}]})
}

fn want_all(socket: &mut Socket, stream: &str) {
    socket.want("table", &table(stream));
    socket.want("series", &series(stream));
    socket.want("feed", &feed(stream));
}

/// Cells of every view, windows apart: those follow the clock.
fn held(mirror: &Mirror) -> Vec<&tideboard_testkit::oracle::Cells> {
    mirror.views.values().map(|view| &view.cells).collect()
}

/// Whether every view holds all events; views of one stream may come one after the other.
fn complete(mirror: &Mirror, events: u64) -> bool {
    let fed = mirror.views["feed"].cells.feed.len() as u64;
    counted(mirror, "table") == events && counted(mirror, "series") == events && fed == events.min(10)
}

/// What a viewer holds that comes anew and follows until all is there.
#[track_caller]
fn fresh(probe: &mut Probe, server: &Running, session: &str, stream: &str, events: u64) -> Socket {
    let mut socket = probe.connect("fresh", server.address, session);
    want_all(&mut socket, stream);
    probe.subscribe(&mut socket);
    probe.until(&mut socket, "all events", |mirror| complete(mirror, events));
    socket
}

#[test]
fn wrong_tokens_and_versions_are_refused_by_their_code() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let token = socket_token(server.address, &session);
    let forged = format!("{}x", &token[..token.len() - 1]);
    let cases = [
        ("a", json!({"token": "x", "protocol": 5}), "unauthorized"),
        ("b", json!({"token": forged, "protocol": 5}), "unauthorized"),
        ("c", json!({"token": session, "protocol": 5}), "unauthorized"),
        ("d", json!({"token": token, "protocol": 1}), "protocol_version"),
        ("e", json!({"token": token, "protocol": "1"}), "unauthorized"),
        ("f", json!({}), "unauthorized"),
        ("g", Value::Null, "unauthorized"),
    ];
    for transport in ["websocket", "polling"] {
        for (name, auth, code) in &cases {
            let name = format!("{name} over {transport}");
            assert_eq!(probe.open(&name, auth, transport)["refused"], *code, "{auth}");
        }
    }
    assert_eq!(probe.open("good", &json!({"token": token, "protocol": 5}), "polling")["connect"], true);
    let hello = probe.wait("good", "hello", |line| (line["event"] == "hello").then(|| line.clone()));
    assert_eq!(hello["arguments"], 1, "{hello}");
    assert_eq!((&hello["data"]["protocol"], &hello["data"]["credit"]), (&json!(5), &json!(8)), "{hello}");
}

#[test]
fn malformed_messages_get_a_problem_and_harm_nobody() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let mut socket = probe.connect("viewer", server.address, &session);
    let mut told = 0;
    let mut refused = |probe: &mut Probe, command: &Value| {
        probe.send(command);
        told += 1;
        let mut left = told;
        let problem = probe.wait("viewer", &format!("a problem for {command}"), |line| {
            left -= usize::from(line["event"] == "problem");
            (left == 0).then(|| line["data"].clone())
        });
        assert_eq!(problem["problem"]["code"], "invalid_input", "{command}: {problem}");
        assert_eq!(problem["problem"]["retry"], "never", "{command}: {problem}");
        assert!(problem.get("view").is_none(), "{command}: {problem}");
    };
    let wrong = [json!(null), json!("views"), json!(7), json!([]), json!({}), json!({"views": 7}), json!({"more": 1})];
    for event in ["subscribe", "unsubscribe", "credit"] {
        for ack in [false, true] {
            for message in &wrong {
                refused(&mut probe, &json!({"to": "viewer", "emit": event, "with": [message], "ack": ack}));
            }
        }
        refused(&mut probe, &json!({"to": "viewer", "emit": event, "with": []}));
        refused(&mut probe, &json!({"to": "viewer", "binary": event}));
    }
    for message in [
        json!({"views": [{}]}),
        json!({"views": [{"id": 1, "query": feed("s")}]}),
        json!({"views": [{"id": "a", "query": {"stream": "s", "shape": "pie"}}]}),
        json!({"views": [], "position": {"s": 7}}),
    ] {
        refused(&mut probe, &json!({"to": "viewer", "emit": "subscribe", "with": [message], "ack": true}));
    }
    for until in [json!(-1), json!(1.5), json!("9"), json!(null)] {
        refused(&mut probe, &json!({"to": "viewer", "emit": "credit", "with": [{"until": until}]}));
    }
    // Events that do not exist, and an argument too many, mean nothing.
    probe.send(&json!({"to": "viewer", "emit": "dance", "with": [{"views": []}]}));
    assert!(probe.ask("viewer", "clock", &json!({}))["now"].as_i64().unwrap() > 1_700_000_000_000);
    let without = json!({"views": [{"id": "x", "query": {"stream": "s", "shape": "table", "measures": []}}]});
    let answer = probe.ask("viewer", "subscribe", &without);
    assert_eq!(answer["views"][0]["problem"]["code"], "invalid_input", "{answer}");
    post(&server, &ones("s", 0..3));
    socket.want("table", &table("s"));
    probe.subscribe(&mut socket);
    probe.until(&mut socket, "the events", |mirror| counted(mirror, "table") == 3);
}

#[test]
fn packets_that_are_no_messages_cost_their_sender_at_most_its_connection() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let mut bystander = probe.connect("bystander", server.address, &session);
    bystander.want("table", &table("s"));
    probe.subscribe(&mut bystander);
    let long = format!("2[\"subscribe\",{{\"views\":[],\"x\":\"{}\"}}]", "x".repeat(100_000));
    let packets =
        ["2[", "2", "2[]", "2[7]", "9", "", "51-[\"subscribe\"]", "5999999999-[\"subscribe\"]", "3999[{}]", &long];
    for (name, packet) in ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"].into_iter().zip(packets) {
        probe.connect(name, server.address, &session);
        probe.send(&json!({"to": name, "raw": packet}));
        probe.send(&json!({"to": name, "emit": "clock", "with": [{}], "ack": true}));
        probe.wait(name, &format!("the end, or the clock, after {packet:.40}"), |line| {
            (line.get("disconnect").is_some() || line["ack"] == "clock").then_some(())
        });
    }
    post(&server, &ones("s", 0..5));
    probe.until(&mut bystander, "the events", |mirror| mirror.views["table"].told && counted(mirror, "table") == 5);
}

#[test]
fn without_credit_there_are_eight_frames_and_after_a_grant_one_that_has_it_all() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    post(&server, &ones("s", 0..1));
    // Viewers are told in the order in which they came: what the witness holds, the slow one was offered before.
    let mut slow = probe.connect("slow", server.address, &session);
    let mut witness = probe.connect("witness", server.address, &session);
    probe.grant("witness", ALL_CREDIT);
    for socket in [&mut slow, &mut witness] {
        want_all(socket, "s");
        probe.subscribe(socket);
        probe.until(socket, "the first event", |mirror| complete(mirror, 1));
    }
    let mut events = 1;
    while slow.frames < 8 {
        post(&server, &ones("s", [events]));
        events += 1;
        probe.until(&mut slow, "a frame within its credit", |mirror| counted(mirror, "table") == events);
    }
    for _ in 0..30 {
        post(&server, &ones("s", [events % 7]));
        events += 1;
        probe.until(&mut witness, "all events", |mirror| counted(mirror, "table") == events);
    }
    probe.ask("slow", "clock", &json!({}));
    let sent = probe.so_far("slow").into_iter().filter(|line| line["event"] == "frame");
    assert_eq!(sent.filter_map(|line| line["data"]["seq"].as_u64()).max(), Some(8));
    // A lower grant changes nothing, one more frame is one more frame.
    probe.grant("slow", 3);
    probe.grant("slow", 9);
    probe.next_frame(&mut slow, "the frame granted");
    assert_eq!(slow.frames, 9);
    assert_eq!(counted(&slow.mirror, "table"), events);
    assert_eq!(held(&slow.mirror), held(&witness.mirror));
    assert_eq!(slow.mirror.position, witness.mirror.position);
    let later = slow.mirror.reasons.iter().filter(|(_, reason)| *reason != tideboard_sync::wire::Reason::New);
    assert_eq!(later.count(), 0, "{:?}", slow.mirror.reasons);
}

#[test]
fn an_old_connection_and_the_one_that_resumes_are_both_exact() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    post(&server, &ones("s", 0..20));
    let mut old = probe.connect("old", server.address, &session);
    want_all(&mut old, "s");
    probe.subscribe(&mut old);
    probe.until(&mut old, "the first events", |mirror| complete(mirror, 20));
    let mut new = probe.connect("new", server.address, &session);
    new.mirror = old.mirror.clone();
    new.mirror.reasons.clear();
    post(&server, &ones("s", 10..30));
    probe.subscribe(&mut new);
    post(&server, &ones("s", 20..40));
    for socket in [&mut old, &mut new] {
        probe.until(socket, "all events", |mirror| complete(mirror, 60));
    }
    assert_eq!(new.mirror.reasons, [], "resumed by difference");
    let anew = fresh(&mut probe, &server, &session, "s", 60);
    assert_eq!(held(&old.mirror), held(&anew.mirror));
    assert_eq!(held(&new.mirror), held(&anew.mirror));
}

#[test]
fn a_client_that_is_let_in_after_it_went_over_to_websocket_is_sent_frames_of_any_length() {
    let server = Running::start();
    let session = server.sign_in();
    post(&server, &ones("s", 0..400));
    let mut probe = Probe::start(server.address);
    let auth = json!({"token": socket_token(server.address, &session), "protocol": 5});
    probe.send(&json!({"open": "late", "auth": auth, "transports": ["polling", "websocket"], "late": true}));
    probe.wait("late", "hello", |line| (line["event"] == "hello").then_some(()));
    let mut late = probe.socket("late");
    want_all(&mut late, "s");
    probe.subscribe(&mut late);
    probe.until(&mut late, "all events", |mirror| complete(mirror, 400));
    let pieces = probe.so_far("late").iter().filter(|line| line["data"]["more"] == true).count();
    assert!(pieces >= 2, "all went out at once: {pieces}");
    post(&server, &ones("s", 0..400));
    probe.until(&mut late, "later events", |mirror| complete(mirror, 800));
}

#[test]
fn a_stream_may_appear_after_its_views() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let mut early = probe.connect("early", server.address, &session);
    want_all(&mut early, "later");
    probe.subscribe(&mut early);
    probe.until(&mut early, "nothing, said", |mirror| mirror.views.values().all(|view| view.told));
    assert!(early.mirror.position.is_empty());
    post(&server, &ones("later", 0..5));
    post(&server, &ones("later", 0..5));
    probe.until(&mut early, "the events", |mirror| complete(mirror, 10));
    let anew = fresh(&mut probe, &server, &session, "later", 10);
    assert_eq!(held(&early.mirror), held(&anew.mirror));
    assert_eq!(early.mirror.position, anew.mirror.position);
}

#[test]
fn a_view_past_its_limit_is_told_so_and_the_others_go_on() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    post(&server, &ones("s", 0..499));
    let mut socket = probe.connect("viewer", server.address, &session);
    want_all(&mut socket, "s");
    probe.subscribe(&mut socket);
    probe.until(&mut socket, "the first events", |mirror| complete(mirror, 499));
    post(&server, &ones("s", [499]));
    probe.until(&mut socket, "as many groups as may be", |mirror| complete(mirror, 500));
    post(&server, &ones("s", [500]));
    for view in ["table", "series"] {
        let problem = probe.wait("viewer", "a problem", |line| {
            (line["event"] == "problem" && line["data"]["view"] == view).then(|| line["data"]["problem"].clone())
        });
        assert_eq!((&problem["code"], &problem["retry"]), (&json!("view_too_large"), &json!("never")), "{problem}");
    }
    let last = |mirror: &Mirror, of: &str| {
        mirror.views["feed"].cells.feed.last().is_some_and(|event| event.contains(&format!("\"of\":\"{of}\"")))
    };
    probe.until(&mut socket, "the feed", |mirror| last(mirror, "500"));
    post(&server, &ones("s", [501]));
    probe.until(&mut socket, "the feed", |mirror| last(mirror, "501"));
    let again = json!({"views": [{"id": "again", "query": table("s")}]});
    probe.ask("viewer", "subscribe", &again);
    probe.wait("viewer", "the problem again", |line| (line["data"]["view"] == "again").then_some(()));
}

#[test]
fn signing_out_ends_open_connections_on_both_transports() {
    let server = Running::start();
    let session = server.sign_in();
    let mut probe = Probe::start(server.address);
    let token = socket_token(server.address, &session);
    let auth = json!({"token": token, "protocol": 5});
    for transport in ["websocket", "polling"] {
        assert_eq!(probe.open(transport, &auth, transport)["connect"], true);
        probe.wait(transport, "hello", |line| (line["event"] == "hello").then_some(()));
    }
    let out = server.send(&Request::new("DELETE", "/api/v1/session").bearer(&session));
    assert_eq!(out.status, 204);
    for transport in ["websocket", "polling"] {
        let reason = probe.wait(transport, "the end", |line| line["disconnect"].as_str().map(str::to_owned));
        assert_eq!(reason, "io server disconnect", "{transport}");
    }
    assert_eq!(probe.open("again", &auth, "websocket")["refused"], "unauthorized");
}
