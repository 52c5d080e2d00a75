//! Line protocol, compared with a decoder written by others.

#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeMap;

use influxdb_line_protocol::{FieldValue as Theirs, ParsedLine, parse_lines};
use proptest::prelude::*;
use tideboard_ingest::line::{Precision, decode};
use tideboard_ingest::{Decoded, Limits};
use tideboard_model::{Event, FieldValue, Nanos};

const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

/// An event in words that both decoders' results can be put into.
#[derive(Debug, Clone, PartialEq)]
struct Plain {
    stream: String,
    tags: BTreeMap<String, String>,
    fields: BTreeMap<String, FieldValue>,
    time: i64,
}

impl Plain {
    fn ours(event: &Event) -> Self {
        Self {
            stream: event.stream.to_string(),
            tags: event.tags.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            fields: event.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect(),
            time: event.time.0,
        }
    }

    fn theirs(line: &ParsedLine<'_>) -> Self {
        let value = |value: &Theirs<'_>| match value {
            Theirs::I64(int) => FieldValue::Int(*int),
            Theirs::U64(int) => FieldValue::Int(i64::try_from(*int).expect("larger ones are refused")),
            Theirs::F64(float) => FieldValue::float(*float).expect("others are refused"),
            Theirs::String(text) => FieldValue::Text(text.to_string().into()),
            Theirs::Boolean(yes) => FieldValue::Bool(*yes),
        };
        let tags = line.series.tag_set.iter().flatten();
        Self {
            stream: line.series.measurement.to_string(),
            tags: tags.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            fields: line.field_set.iter().map(|(name, found)| (name.to_string(), value(found))).collect(),
            time: line.timestamp.unwrap_or(NOW.0),
        }
    }

    /// The line that says this.
    fn line(&self) -> String {
        let name = |text: &str| text.replace(',', r"\,").replace('=', r"\=").replace(' ', r"\ ");
        let tags = self.tags.iter().map(|(tag, value)| format!(",{}={}", name(tag), name(value)));
        let fields = self.fields.iter().map(|(field, value)| {
            let value = match value {
                FieldValue::Float(float) => format!("{float:?}"),
                FieldValue::Int(int) => format!("{int}i"),
                FieldValue::Bool(yes) => yes.to_string(),
                FieldValue::Text(text) => format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")),
            };
            format!("{}={value}", name(field))
        });
        let stream = self.stream.replace(',', r"\,").replace(' ', r"\ ");
        let (tags, fields) = (tags.collect::<String>(), fields.collect::<Vec<_>>().join(","));
        format!("{stream}{tags} {fields} {}", self.time)
    }
}

fn ours(body: &str) -> Decoded {
    decode(body.as_bytes(), Precision::Ns, NOW, &Limits::default()).expect("within the limits")
}

/// Names that both read alike: of a backslash followed by another they make different texts.
fn name() -> impl Strategy<Value = String> {
    r#"[a-z0-9ü"][a-z0-9ü,= "]{0,6}"#
}

fn stream() -> impl Strategy<Value = String> {
    r#"[a-z0-9ü"][a-z0-9ü, "]{0,6}"#
}

fn value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        any::<f64>().prop_filter_map("finite", |float| FieldValue::float(float).ok()),
        any::<i64>().prop_map(FieldValue::Int),
        any::<bool>().prop_map(FieldValue::Bool),
        "[a-z\\\\\", =\nü]{0,12}".prop_map(|text| FieldValue::Text(text.into())),
    ]
}

fn plain() -> impl Strategy<Value = Plain> {
    let tags = proptest::collection::btree_map(name(), name(), 0..4);
    let fields = proptest::collection::btree_map(name(), value(), 1..4);
    (stream(), tags, fields, 0..=NOW.0).prop_map(|(stream, tags, fields, time)| Plain { stream, tags, fields, time })
}

proptest! {
    #[test]
    fn lines_say_the_same_to_both(events in proptest::collection::vec(plain(), 0..5)) {
        let body = events.iter().map(Plain::line).collect::<Vec<_>>().join("\n");
        let ours = ours(&body);
        prop_assert_eq!(ours.rejected, vec![]);
        prop_assert_eq!(&ours.events.iter().map(|sent| Plain::ours(&sent.event)).collect::<Vec<_>>(), &events);
        let theirs: Vec<_> = parse_lines(&body).map(|line| Plain::theirs(&line.expect("well-formed"))).collect();
        prop_assert_eq!(theirs, events);
    }

    #[test]
    fn what_they_accept_means_the_same_here_or_is_refused_on_purpose(
        tokens in proptest::collection::vec(proptest::sample::select(TOKENS), 1..24),
    ) {
        let body = format!("m{}", tokens.concat());
        let theirs: Vec<_> = parse_lines(&body).collect();
        if let [Ok(theirs)] = theirs.as_slice() {
            let ours = ours(&body);
            if let Some(rejected) = ours.rejected.first() {
                let reason = &rejected.reason;
                prop_assert!(ON_PURPOSE.iter().any(|purpose| reason.contains(purpose)), "{body:?}: {reason}");
            } else {
                let events: Vec<_> = ours.events.iter().map(|sent| Plain::ours(&sent.event)).collect();
                prop_assert_eq!(events, vec![Plain::theirs(theirs)]);
            }
        }
    }
}

const TOKENS: &[&str] = &[
    ",t=v", ",u=w", " f=1", ",g=2i", ",h=\"x\"", " 5", ",", "=", " ", "\"", "\n", "\r", "\t", "a", "\\ ", "\\,", "\\n",
    "1", "u", "true", "e5", ".5", "-", "#", "\\\"",
];

/// What is refused here though they take it: among others bare commas in names, where a value has been forgotten.
const ON_PURPOSE: &[&str] = &[
    "given twice",
    "before 1970",
    "ahead of",
    "control character",
    "does not fit",
    "too large",
    "has no value: write",
    "a field is missing",
    "a tag is missing",
];

#[test]
fn what_is_read_otherwise_than_by_others_is_known() {
    // (line, what it says here, whether they accept it)
    for (line, here, theirs) in [
        (r"m,p=\\srv f=1", r"\\srv", true),
        ("m,p=x f=+1", "x", false),
        ("m,p=x f=.5", "x", false),
        ("m,p=x f=1.", "x", false),
    ] {
        let ours = ours(line);
        assert_eq!(ours.events.first().and_then(|sent| sent.event.tags.get("p")).map(|p| &**p), Some(here), "{line}");
        assert_eq!(parse_lines(line).all(|line| line.is_ok()), theirs, "{line}");
    }
}
