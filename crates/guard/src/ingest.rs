//! A batch of events as producers send it, decoded.

use std::fmt::Write;

use tideboard_ingest::{Decoded, Limits, json, line};
use tideboard_model::{Event, FieldValue};

use crate::checksum::Checksum;
use crate::node::BEGIN;
use crate::scenario::Scenario;
use crate::stream::mixed;

const EVENTS: u64 = 1_000;

/// How the events are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// An array.
    Json,
    /// Line protocol.
    Lines,
}

pub(crate) struct Ingest {
    protocol: Protocol,
    body: String,
    decoded: Decoded,
}

impl Ingest {
    pub(crate) fn new(protocol: Protocol) -> Self {
        let body = match protocol {
            Protocol::Json => format!("[{}]", (0..EVENTS).map(object).collect::<Vec<_>>().join(",\n")),
            Protocol::Lines => (0..EVENTS).fold(String::new(), |mut body, number| {
                writeln!(body, "{}", text_line(number)).unwrap();
                body
            }),
        };
        Self { protocol, body, decoded: Decoded::default() }
    }
}

/// What an event of this number says: host, service, busy, requests, ok, time in ns.
fn facts(number: u64) -> (u64, u64, f64, u64, bool, i64) {
    let mixed = mixed(number);
    let time = BEGIN.to_nanos().0 + (number * 1_000_037) as i64;
    (
        (mixed >> 3) % 40,
        (mixed >> 9) % 5,
        (mixed % 100_000) as f64 / 1_000.0,
        mixed % 5_000,
        !mixed.is_multiple_of(9),
        time,
    )
}

fn object(number: u64) -> String {
    let (host, service, busy, requests, ok, time) = facts(number);
    let time = time / 1_000_000;
    format!(
        r#"{{"stream":"host.cpu","time":{time},"tags":{{"host":"host-{host}","service":"service-{service}"}},"fields":{{"busy":{busy},"requests":{requests},"ok":{ok},"note":"load \"{service}\""}}}}"#
    )
}

fn text_line(number: u64) -> String {
    let (host, service, busy, requests, ok, time) = facts(number);
    format!(
        r#"host.cpu,host=host-{host},service=service-{service} busy={busy},requests={requests}i,ok={ok},note="load \"{service}\"" {time}"#
    )
}

impl Scenario for Ingest {
    fn run(&mut self) {
        let (body, now, limits) = (self.body.as_bytes(), BEGIN.to_nanos(), Limits::default());
        self.decoded = match self.protocol {
            Protocol::Json => json::decode(body, json::Format::Json, now, &limits),
            Protocol::Lines => line::decode(body, line::Precision::Ns, now, &limits),
        }
        .expect("the body is well formed");
    }

    fn outcome(&mut self, checksum: &mut Checksum) {
        checksum.number(self.decoded.rejected_total as u64);
        self.decoded.events.iter().for_each(|sent| sum_up(checksum, &sent.event));
    }
}

fn sum_up(checksum: &mut Checksum, event: &Event) {
    checksum.text(event.stream.as_str());
    checksum.number(event.time.0.cast_unsigned());
    for (tag, value) in &event.tags {
        checksum.text(tag.as_str());
        checksum.text(value);
    }
    for (field, value) in &event.fields {
        checksum.text(field.as_str());
        match value {
            FieldValue::Float(float) => checksum.number(float.to_bits()),
            FieldValue::Int(int) => checksum.number(int.cast_unsigned()),
            FieldValue::Bool(truth) => checksum.number(u64::from(*truth)),
            FieldValue::Text(text) => checksum.text(text),
        }
    }
}
