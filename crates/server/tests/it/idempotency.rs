//! Retries over HTTP: what was answered, and what was kept although nobody heard the answer, counts once.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{Answer, Folder, Request, Running, send, try_send};
use crate::process::{Serving, tideboard};

fn post(key: &str, body: &str) -> Request {
    Request::new("POST", "/api/v1/events").bearer(key).json(body)
}

/// Events of a stream, each with its sequence as its value.
fn numbered(stream: &str, producer: &str, sequences: impl IntoIterator<Item = u64>) -> String {
    let event = |n| json!({"stream": stream, "producer": producer, "sequence": n, "value": n});
    Value::Array(sequences.into_iter().map(event).collect()).to_string()
}

fn events(address: SocketAddr, access: &str, stream: &str) -> u64 {
    let list = send(address, &Request::new("GET", "/api/v1/streams").bearer(access)).json();
    let streams = list["streams"].as_array().unwrap();
    streams.iter().find(|one| one["name"] == stream).map_or(0, |one| one["events"].as_u64().unwrap())
}

#[track_caller]
fn answered(answer: &Answer, expected: &Value) {
    assert_eq!((answer.status, &answer.json()), (200, expected), "{answer:?}");
}

#[test]
fn an_event_that_is_sent_again_is_acknowledged_again_and_counts_once() {
    let server = Running::start();
    let access = server.sign_in();
    let send = |sequences: &[u64]| server.send(&post(&server.key, &numbered("s", "p", sequences.iter().copied())));
    answered(&send(&[0, 1, 2]), &json!({"accepted": 3, "rejected": 0, "errors": []}));
    answered(&send(&[2, 3, 1]), &json!({"accepted": 1, "duplicates": 2, "rejected": 0, "errors": []}));
    answered(&send(&[0, 1, 2, 3]), &json!({"accepted": 0, "duplicates": 4, "rejected": 0, "errors": []}));
    let list = server.send(&Request::new("GET", "/api/v1/streams").bearer(&access)).json();
    let stream = &list["streams"][0];
    assert_eq!((&stream["events"], &stream["fields"]), (&4.into(), &json!({"value": "number"})), "neither is stored");
    let lines = numbered("s", "p", [3, 4]).replace("},{", "}\n{").replace(['[', ']'], "");
    let request = Request::new("POST", "/api/v1/events").bearer(&server.key);
    let answer = server.send(&request.header("content-type", "application/x-ndjson").body(&lines));
    answered(&answer, &json!({"accepted": 1, "duplicates": 1, "rejected": 0, "errors": []}));
    let metrics = server.send(&Request::new("GET", "/metrics").bearer(&server.key));
    for line in [r#"{result="accepted"} 5"#, r#"{result="duplicate"} 7"#] {
        assert!(metrics.body.contains(&format!("tideboard_ingest_events_total{line}")), "{}", metrics.body);
    }
}

#[test]
fn producers_of_different_keys_are_not_the_same_producer() {
    let server = Running::start();
    let access = server.sign_in();
    let request = Request::new("POST", "/api/v1/keys").bearer(&access).change();
    let created = server.send(&request.json(r#"{"name":"other"}"#)).json();
    for key in [server.key.as_str(), created["key"].as_str().unwrap()] {
        let answer = server.send(&post(key, &numbered("s", "p", [1])));
        answered(&answer, &json!({"accepted": 1, "rejected": 0, "errors": []}));
    }
}

#[test]
fn a_sequence_too_far_behind_is_refused_by_name_and_the_rest_kept() {
    let server = Running::start();
    server.send(&post(&server.key, &numbered("s", "p", [5_000])));
    let answer = server.send(&post(&server.key, &numbered("s", "p", [5_001, 5_000, 3_000])));
    let problem = answer.problem(400, "invalid_input");
    let counts = [&problem["accepted"], &problem["duplicates"], &problem["rejected"]];
    assert_eq!(counts, [&Value::from(1), &1.into(), &1.into()], "{problem}");
    assert_eq!(problem["errors"][0]["pointer"], "/2/sequence");
    let detail = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(detail.starts_with("sequence 3000 is 2001 behind the highest of producer p, 5001"), "{detail}");
    assert!(problem["detail"].as_str().unwrap().contains("the other 2 are kept"), "{problem}");
}

#[test]
fn half_a_serial_is_refused_and_names_the_missing_half() {
    let server = Running::start();
    let body =
        r#"[{"stream":"s","producer":"p"},{"stream":"s","sequence":1},{"stream":"s","producer":"p","sequence":-1}]"#;
    let problem = server.send(&post(&server.key, body)).problem(400, "invalid_input");
    let details: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|one| one["detail"].as_str().unwrap()).collect();
    for (detail, part) in details.iter().zip(["`sequence` is missing", "`producer` is missing", "whole number from 0"])
    {
        assert!(detail.contains(part), "{details:?}");
    }
    assert_eq!(details.len(), 3);
}

#[test]
fn a_batch_sent_many_times_at_once_under_one_name_counts_once() {
    let server = Running::start();
    let access = server.sign_in();
    let body = r#"[{"stream":"a","value":1},{"stream":"b","value":2}]"#;
    let request = post(&server.key, body).header("idempotency-key", "batch-1");
    std::thread::scope(|scope| {
        let racers: Vec<_> = (0..8).map(|_| scope.spawn(|| server.send(&request))).collect();
        for racer in racers {
            answered(&racer.join().unwrap(), &json!({"accepted": 2, "rejected": 0, "errors": []}));
        }
    });
    assert_eq!([events(server.address, &access, "a"), events(server.address, &access, "b")], [1, 1]);
}

#[test]
fn a_name_used_for_another_batch_is_a_clear_error_that_says_what_was_kept() {
    let server = Running::start();
    let under = |body: &str| server.send(&post(&server.key, body).header("idempotency-key", "batch-1"));
    answered(&under(r#"{"stream":"a","value":1}"#), &json!({"accepted": 1, "rejected": 0, "errors": []}));
    let problem = under(r#"[{"stream":"a","value":2},{"stream":"b","value":2}]"#).problem(400, "invalid_input");
    assert_eq!((&problem["accepted"], &problem["rejected"]), (&1.into(), &1.into()));
    assert_eq!(problem["errors"][0]["pointer"], "/0");
    assert!(
        problem["errors"][0]["detail"].as_str().unwrap().contains("used for a batch with other content"),
        "{problem}"
    );
}

/// Sends without listening: the events are kept, the answer is lost.
fn send_and_lose_the_answer(address: SocketAddr, key: &str, header: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    let text = format!(
        "POST /api/v1/events HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n{header}\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes()).unwrap();
    stream
}

#[test]
fn a_retry_after_an_answer_lost_to_kill_9_is_acknowledged_and_counts_once() {
    let folder = Folder::new();
    let first = Serving::start(&mut tideboard(&folder));
    let (key, access) = (first.key(), first.sign_in());
    let by_sequence = numbered("by.sequence", "p", 0..20);
    let by_key = r#"[{"stream":"by.key","value":1},{"stream":"by.key.too","value":1}]"#;
    let lost = [
        send_and_lose_the_answer(first.address(), &key, "", &by_sequence),
        send_and_lose_the_answer(first.address(), &key, "idempotency-key: batch-1\r\n", by_key),
    ];
    let deadline = Instant::now() + Duration::from_secs(30);
    let kept =
        |address, access: &str| ["by.sequence", "by.key", "by.key.too"].map(|name| events(address, access, name));
    while kept(first.address(), &access) != [20, 1, 1] {
        assert!(Instant::now() < deadline, "the events are kept");
    }
    first.signal("-KILL");
    drop((first, lost));

    let second = Serving::start(&mut tideboard(&folder));
    let again = send(second.address(), &post(&key, &numbered("by.sequence", "p", 10..30)));
    answered(&again, &json!({"accepted": 10, "duplicates": 10, "rejected": 0, "errors": []}));
    let again = send(second.address(), &post(&key, by_key).header("idempotency-key", "batch-1"));
    answered(&again, &json!({"accepted": 2, "rejected": 0, "errors": []}));
    assert_eq!(kept(second.address(), &second.sign_in()), [30, 1, 1]);
}

/// Sends events in batches of `size` from `next` on until all are acknowledged or nobody answers; says what comes next.
fn produce(address: SocketAddr, key: &str, producer: &str, (mut next, size): (u64, u64), acked: &Acked) -> u64 {
    while next < EVENTS {
        let end = (next + size).min(EVENTS);
        let Ok(answer) = try_send(address, &post(key, &numbered("s", producer, next..end))) else { return next };
        if answer.status != 200 {
            return next;
        }
        next = end;
        acked.one_more();
    }
    next
}

const EVENTS: u64 = 700;

/// Counts answers, and says so once there are enough.
struct Acked {
    answers: AtomicUsize,
    enough: usize,
    tell: SyncSender<()>,
}

impl Acked {
    fn one_more(&self) {
        if self.answers.fetch_add(1, Ordering::SeqCst) + 1 == self.enough {
            self.tell.send(()).ok();
        }
    }
}

#[test]
fn producers_that_retry_by_sequence_count_once_however_often_the_server_is_killed() {
    let folder = Folder::new();
    let mut server = Serving::start(&mut tideboard(&folder));
    let key = server.key();
    let mut next = [0_u64; 3];
    for (round, size) in [10, 7, 13, 9].into_iter().enumerate() {
        let (tell, told) = sync_channel(8);
        let enough = if round < 3 { 40 } else { usize::MAX };
        let acked = Acked { answers: AtomicUsize::new(0), enough, tell };
        let address = server.address();
        std::thread::scope(|scope| {
            let producers: Vec<_> = (0..next.len())
                .map(|n| {
                    let (key, acked, from) = (&key, &acked, next[n].saturating_sub(25));
                    scope.spawn(move || produce(address, key, &format!("p{n}"), (from, size), acked))
                })
                .collect();
            if round < 3 {
                told.recv_timeout(Duration::from_secs(60)).unwrap();
                server.signal("-KILL");
            }
            for (next, producer) in next.iter_mut().zip(producers) {
                *next = producer.join().unwrap();
            }
        });
        if round < 3 {
            drop(server);
            server = Serving::start(&mut tideboard(&folder));
        }
    }
    assert_eq!(next, [EVENTS; 3]);
    assert_eq!(events(server.address(), &server.sign_in(), "s"), 3 * EVENTS);
}
