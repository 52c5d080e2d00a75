//! A producer that never gives up, and what its acknowledged events add up to.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;

use serde_json::{Value, json};

use super::watcher::plain;
use crate::harness::{Request, try_send};

pub(super) const STREAM: &str = "load";
pub(super) const BUCKET_MS: i64 = 1_000;
const BUCKETS: i64 = 300;
const FEED: usize = 40;

/// One event as sent. `busy` is a multiple of a quarter, so that every sum is exact.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    time: i64,
    core: String,
    region: Option<String>,
    busy: Option<f64>,
}

/// Posts batches one after the other, each under its name and again until it is acknowledged.
pub(super) struct Producer {
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
    thread: JoinHandle<Vec<Sent>>,
}

impl Producer {
    pub(super) fn start(server: SocketAddr, key: &str, base: i64) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let (stopped, counted, key) = (Arc::clone(&stop), Arc::clone(&acknowledged), key.to_owned());
        let thread = std::thread::spawn(move || {
            let mut sent = Vec::new();
            let mut dice = Dice(base.unsigned_abs() | 1);
            for number in 0.. {
                let batch: Vec<_> = (0..1 + dice.roll(20)).map(|_| event(&mut dice, base)).collect();
                insist(server, &key, number, &batch);
                if dice.roll(5) == 0 {
                    // As a producer does whose answer got lost.
                    insist(server, &key, number, &batch);
                }
                sent.extend(batch);
                counted.store(sent.len(), Ordering::SeqCst);
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
            }
            sent
        });
        Self { stop, acknowledged, thread }
    }

    /// Events acknowledged so far.
    pub(super) fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Ends once its last batch is acknowledged, and returns all it sent, in order.
    pub(super) fn stop(self) -> Vec<Sent> {
        self.stop.store(true, Ordering::SeqCst);
        self.thread.join().unwrap()
    }
}

fn insist(server: SocketAddr, key: &str, number: u64, batch: &[Sent]) {
    let body = Value::Array(batch.iter().map(Sent::body).collect()).to_string();
    let request = Request::new("POST", "/api/v1/events").bearer(key).header("idempotency-key", &number.to_string());
    let request = request.json(&body);
    loop {
        match try_send(server, &request) {
            Ok(answer) if answer.status == 200 => {
                // An answer that was cut short acknowledges nothing that could be read.
                if let Ok(body) = serde_json::from_str::<Value>(&answer.body) {
                    assert_eq!(body["accepted"], batch.len(), "{answer:?}");
                    return;
                }
            }
            Ok(answer) => assert!(answer.status == 503, "{answer:?}"),
            // Killed, or not up again.
            Err(_) => std::thread::yield_now(),
        }
    }
}

/// A small generator of its own, so that a run can be told again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn event(dice: &mut Dice, base: i64) -> Sent {
    Sent {
        time: base + i64::try_from(dice.roll(u64::try_from(BUCKETS * BUCKET_MS).unwrap())).unwrap(),
        core: format!("{}", dice.roll(4)),
        region: (dice.roll(6) > 0).then(|| format!("r \"{}\" ü", dice.roll(5))),
        busy: (dice.roll(10) > 0).then(|| dice.roll(4_000) as f64 / 4.0),
    }
}

impl Sent {
    fn body(&self) -> Value {
        let mut body = json!({"stream": STREAM, "time": self.time, "tags": {"core": self.core}, "fields": {}});
        if let Some(region) = &self.region {
            body["tags"]["region"] = json!(region);
        }
        if let Some(busy) = self.busy {
            body["fields"]["busy"] = json!(busy);
        }
        body
    }
}

/// What the viewers watch: a series, a table, a feed, and a series that follows the clock.
pub(super) fn queries(base: i64) -> Vec<Value> {
    let range = json!({"from": base, "to": base + BUCKETS * BUCKET_MS});
    let count = json!({"fn": "count"});
    let of = |function: &str| json!({"fn": function, "field": "busy"});
    vec![
        json!({"stream": STREAM, "shape": "series", "range": range, "bucket": BUCKET_MS, "groupBy": ["core"],
               "measures": [count, of("sum"), of("avg"), of("min"), of("max"), of("last")]}),
        json!({"stream": STREAM, "shape": "table", "range": range, "groupBy": ["region"],
               "measures": [count, of("sum"), of("first")]}),
        json!({"stream": STREAM, "shape": "feed", "limit": FEED}),
        json!({"stream": STREAM, "shape": "series", "range": {"last": 3_600_000}, "bucket": 60_000,
               "measures": [count, of("sum")]}),
    ]
}

/// What a viewer must hold of [`queries`] when these events are all there are, windows apart.
pub(super) fn expected(sent: &[Sent]) -> Value {
    plain(&json!({
        "v0": {"cells": cells(sent, |event| json!([[event.core], event.time.div_euclid(BUCKET_MS)]),
                              |events| json!([count(events), sum(events), avg(events), least(events), most(events),
                                              latest(events)])),
               "feed": []},
        "v1": {"cells": cells(sent, |event| json!([event.region]),
                              |events| json!([count(events), sum(events), earliest(events)])),
               "feed": []},
        "v2": {"cells": {}, "feed": sent[sent.len().saturating_sub(FEED)..].iter().map(shown).collect::<Vec<_>>()},
        "v3": {"cells": cells(sent, |event| json!([[], event.time.div_euclid(60_000)]),
                              |events| json!([count(events), sum(events)])),
               "feed": []},
    }))
}

fn cells(sent: &[Sent], key: impl Fn(&Sent) -> Value, values: impl Fn(&[&Sent]) -> Value) -> Value {
    let mut by_key: BTreeMap<String, Vec<&Sent>> = BTreeMap::new();
    for event in sent {
        by_key.entry(key(event).to_string()).or_default().push(event);
    }
    by_key.into_iter().map(|(key, events)| (key, values(&events))).collect()
}

pub(super) fn shown(event: &Sent) -> Value {
    let mut shown = event.body();
    shown.as_object_mut().unwrap().remove("stream");
    shown
}

fn count(events: &[&Sent]) -> usize {
    events.len()
}

fn measured(events: &[&Sent]) -> Vec<f64> {
    events.iter().filter_map(|event| event.busy).collect()
}

fn sum(events: &[&Sent]) -> Option<f64> {
    let values = measured(events);
    (!values.is_empty()).then(|| values.iter().sum())
}

fn avg(events: &[&Sent]) -> Option<f64> {
    sum(events).map(|sum| sum / measured(events).len() as f64)
}

fn least(events: &[&Sent]) -> Option<f64> {
    measured(events).into_iter().reduce(f64::min)
}

fn most(events: &[&Sent]) -> Option<f64> {
    measured(events).into_iter().reduce(f64::max)
}

/// By time, then by order in the log: of equal ones `max_by_key` takes the last, `min_by_key` the first.
fn latest(events: &[&Sent]) -> Option<f64> {
    events.iter().filter(|event| event.busy.is_some()).max_by_key(|event| event.time)?.busy
}

fn earliest(events: &[&Sent]) -> Option<f64> {
    events.iter().filter(|event| event.busy.is_some()).min_by_key(|event| event.time)?.busy
}
