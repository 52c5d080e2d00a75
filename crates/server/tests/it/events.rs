use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tideboard_server::config::Key;

use crate::harness::{Answer, Request, Running};

const EVENT: &str = r#"{"stream":"orders","fields":{"value":1}}"#;

fn post(server: &Running) -> Request {
    Request::new("POST", "/api/v1/events").bearer(&server.key)
}

fn stream(server: &Running, access: &str, name: &str) -> Value {
    let list = server.send(&Request::new("GET", "/api/v1/streams").bearer(access)).json();
    list["streams"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or_default()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn accepted(answer: &Answer, count: u64) {
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.json(), serde_json::json!({"accepted": count, "rejected": 0, "errors": []}));
}

#[test]
fn events_are_taken_in_every_spelling() {
    let server = Running::start();
    let access = server.sign_in();
    let lines = format!("{EVENT}\n{EVENT}\n");
    accepted(&server.send(&post(&server).json(EVENT)), 1);
    accepted(&server.send(&post(&server).json(&format!("[{EVENT},{EVENT}]"))), 2);
    accepted(&server.send(&post(&server).header("content-type", "application/x-ndjson").body(&lines)), 2);
    accepted(&server.send(&post(&server).header("content-encoding", "gzip").json("").body(gzip(EVENT.as_bytes()))), 1);
    accepted(&server.send(&post(&server).body(EVENT)), 1);
    accepted(&server.send(&post(&server).json("[]")), 0);
    let orders = stream(&server, &access, "orders");
    assert_eq!(orders["events"], 7);
    assert_eq!(orders["fields"], serde_json::json!({"value": "number"}));
    assert!(orders["lastAccepted"].is_i64());
}

#[test]
fn the_good_events_of_a_bad_batch_are_kept_and_the_bad_ones_named() {
    let server = Running::start();
    let access = server.sign_in();
    let batch =
        format!(r#"[{EVENT},{{"stream":"","fields":{{}}}},{EVENT},{{"stream":"orders","fields":{{"value":"text"}}}}]"#);
    let problem = server.send(&post(&server).json(&batch)).problem(400, "invalid_input");
    assert_eq!((&problem["accepted"], &problem["rejected"]), (&2.into(), &2.into()));
    let pointers: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|one| one["pointer"].clone()).collect();
    assert_eq!(pointers, ["/1/stream", "/3"]);
    assert!(problem["detail"].as_str().unwrap().contains("the other 2 are kept"), "{problem}");
    assert_eq!(stream(&server, &access, "orders")["events"], 2);
}

#[test]
fn a_batch_may_name_many_streams() {
    let server = Running::start();
    let access = server.sign_in();
    let batch: Vec<_> = (0..50).map(|number| format!(r#"{{"stream":"s{}","fields":{{}}}}"#, number % 5)).collect();
    accepted(&server.send(&post(&server).json(&format!("[{}]", batch.join(",")))), 50);
    assert_eq!(stream(&server, &access, "s4")["events"], 10);
}

#[test]
fn a_retry_counts_once() {
    let server = Running::start();
    let access = server.sign_in();
    let retry = || server.send(&post(&server).header("idempotency-key", "batch-1").json(EVENT));
    accepted(&retry(), 1);
    accepted(&retry(), 1);
    assert_eq!(stream(&server, &access, "orders")["events"], 1);
    let other =
        server.send(&post(&server).header("idempotency-key", "batch-1").json(r#"{"stream":"orders","fields":{}}"#));
    other.problem(400, "invalid_input");
    server.send(&post(&server).header("idempotency-key", &"x".repeat(257)).json(EVENT)).problem(400, "invalid_input");
}

#[test]
fn what_is_not_understood_is_refused_whole() {
    let server = Running::start();
    server.send(&post(&server).json("[")).problem(400, "invalid_input");
    server.send(&post(&server).header("content-type", "text/csv").body("a,b")).problem(415, "unsupported_media_type");
    server.send(&post(&server).header("content-encoding", "br").json(EVENT)).problem(415, "unsupported_media_type");
    server.send(&post(&server).header("content-encoding", "gzip").json(EVENT)).problem(400, "invalid_input");
}

#[test]
fn bodies_are_bounded_as_sent_and_after_decompression() {
    let server = Running::with(&[(Key::MaxBodyBytes, "2048"), (Key::MaxDecodedBytes, "4096")]);
    let long = |bytes: usize| format!(r#"{{"stream":"s","fields":{{"text":"{}"}}}}"#, "x".repeat(bytes));
    accepted(&server.send(&post(&server).json(&long(1_000))), 1);
    server.send(&post(&server).json(&long(2_048))).problem(413, "too_large");
    let packed =
        |bytes: usize| post(&server).header("content-encoding", "gzip").json("").body(gzip(long(bytes).as_bytes()));
    accepted(&server.send(&packed(3_000)), 1);
    server.send(&packed(1_000_000)).problem(413, "too_large");
}

#[test]
fn someone_signed_in_may_send_events_from_our_own_pages() {
    let server = Running::start();
    let session = server.begin(&format!(r#"{{"token":"{}"}}"#, server.token));
    let request = || Request::new("POST", "/api/v1/events");
    accepted(&server.send(&request().bearer(&session.access).json(EVENT)), 1);
    let by_cookie = request().header("cookie", &session.cookie).change();
    server.send(&by_cookie.json(EVENT)).problem(401, "unauthorized");
}

#[test]
fn events_are_counted() {
    let server = Running::start();
    accepted(&server.send(&post(&server).json(EVENT)), 1);
    server.send(&post(&server).json(r#"{"stream":""}"#)).problem(400, "invalid_input");
    let metrics = server.send(&Request::new("GET", "/metrics").bearer(&server.key));
    for line in [
        r#"tideboard_ingest_events_total{result="accepted"} 1"#,
        r#"tideboard_ingest_events_total{result="rejected"} 1"#,
        r#"tideboard_log_appends_total 1"#,
        r#"tideboard_http_requests_total{method="POST",route="/api/v1/events",status="200"} 1"#,
    ] {
        assert!(metrics.body.contains(line), "{line} is not in\n{}", metrics.body);
    }
}
