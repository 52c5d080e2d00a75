//! Damaged bodies: whatever arrives, nothing panics, what is accepted is valid, and nothing is counted twice or lost.
//!
//! Bodies are those of `corpus/`, cut, repeated, spliced and overwritten. A body that ever failed belongs there.
//! The long form runs with `cargo test -p tideboard-ingest --test fuzz -- --ignored`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use tideboard_ingest::{BodyError, ContentEncoding, Decoded, Limits, Sent, decompress, json, line};
use tideboard_model::{Event, FieldName, FieldValue, Nanos, ProducerId, Sequence, Serial, StreamName, TagName};

const NOW: Nanos = Nanos(1_800_000_000_000_000_000);
const SHORT: u32 = 400;
const LONG: u32 = 300_000;

fn limits() -> Limits {
    Limits { max_decoded_bytes: 1 << 16, max_line_bytes: 200, max_named_rejections: 5, ..Limits::default() }
}

fn corpus(protocol: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(protocol);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// One way to damage a body; numbers are taken modulo its length.
#[derive(Debug, Clone)]
enum Damage {
    Overwrite(usize, u8),
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Repeat(usize, usize),
    Splice(usize, prop::sample::Index),
}

/// Bytes that mean something to a protocol, more often than others.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![prop::sample::select(b"\n\r ,=\\\"#{}[]:0123456789-.eituNn\x00\xff\xc3".as_slice()), any::<u8>()]
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<usize>(), byte()).prop_map(|(at, byte)| Damage::Overwrite(at, byte)),
        (any::<usize>(), prop::collection::vec(byte(), 1..4)).prop_map(|(at, bytes)| Damage::Insert(at, bytes)),
        (any::<usize>(), 1..20usize).prop_map(|(at, count)| Damage::Remove(at, count)),
        (any::<usize>(), 1..60usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
        (any::<usize>(), any::<prop::sample::Index>()).prop_map(|(at, other)| Damage::Splice(at, other)),
    ]
}

fn body(protocol: &str) -> impl Strategy<Value = Vec<u8>> + use<> {
    let corpus = corpus(protocol);
    (prop::sample::select(corpus.clone()), prop::collection::vec(damage(), 0..8)).prop_map(move |(body, damages)| {
        damages.into_iter().fold(body, |mut body, damage| {
            let at = |n: usize| n % (body.len() + 1);
            match damage {
                Damage::Overwrite(n, byte) => {
                    let at = at(n);
                    body.truncate(body.len().max(at));
                    if let Some(old) = body.get_mut(at) {
                        *old = byte;
                    }
                }
                Damage::Insert(n, bytes) => drop(body.splice(at(n)..at(n), bytes)),
                Damage::Remove(n, count) => drop(body.drain(at(n)..(at(n) + count).min(body.len()))),
                Damage::Repeat(n, count) => {
                    let range = at(n)..(at(n) + count).min(body.len());
                    let part = body[range.clone()].repeat(3);
                    drop(body.splice(range, part));
                }
                Damage::Splice(n, other) => drop(body.splice(at(n).., other.get(&corpus).iter().copied())),
            }
            body
        })
    })
}

fn run<T: std::fmt::Debug>(
    cases: u32,
    strategy: impl Strategy<Value = T>,
    test: impl Fn(T) -> Result<(), TestCaseError>,
) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    if let Err(failure) = TestRunner::new(config).run(&strategy, test) {
        panic!("{failure}");
    }
}

fn valid(Sent { event, serial, .. }: &Sent) -> Result<(), TestCaseError> {
    if let Some(Serial { producer, sequence }) = serial {
        prop_assert!(ProducerId::new(producer.as_str()).is_ok() && Sequence::new(sequence.get()).is_ok());
    }
    prop_assert!(StreamName::new(event.stream.as_str()).is_ok());
    prop_assert!(event.tags.keys().all(|name| TagName::new(name.as_str()).is_ok()));
    prop_assert!(event.fields.iter().all(|(name, _)| FieldName::new(name.as_str()).is_ok()));
    prop_assert!(event.time.0 >= 0);
    for (_, value) in &event.fields {
        if let FieldValue::Float(float) = value {
            prop_assert!(float.is_finite() && !(*float == 0.0 && float.is_sign_negative()));
        }
    }
    Ok(())
}

fn sound(decoded: &Decoded) -> Result<(), TestCaseError> {
    for sent in &decoded.events {
        valid(sent)?;
    }
    prop_assert_eq!(decoded.rejected.len(), decoded.rejected_total.min(limits().max_named_rejections));
    for rejected in &decoded.rejected {
        prop_assert!(rejected.reason.len() < 1_500 && !rejected.reason.chars().any(char::is_control));
        prop_assert!(rejected.excerpt.as_ref().is_none_or(|excerpt| excerpt.chars().count() <= 120));
    }
    let mut places: Vec<_> = decoded.events.iter().map(|sent| sent.place).collect();
    places.extend(decoded.rejected.iter().map(|rejected| rejected.place));
    places.sort_unstable();
    prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]), "each place once: {:?}", places);
    Ok(())
}

/// The lines of a body from one number up to, not including, another. A blank line comes before them: a byte order mark
/// means something at the start of a body alone.
fn lines(body: &[u8], from: usize, to: usize) -> Vec<u8> {
    let lines = body.split_inclusive(|byte| *byte == b'\n').skip(from - 1).take(to - from);
    std::iter::once(b"\n".as_slice()).chain(lines).collect::<Vec<_>>().concat()
}

fn line_case(body: Vec<u8>) -> Result<(), TestCaseError> {
    let decoded = line::decode(&body, line::Precision::Ns, NOW, &limits()).unwrap();
    sound(&decoded)?;
    for Sent { place, event, .. } in &decoded.events {
        // An accepted line and whatever follows it up to some line's end says the same alone.
        let alone = (*place + 1..=*place + body.len())
            .map(|to| line::decode(&lines(&body, *place, to), line::Precision::Ns, NOW, &limits()).unwrap())
            .find(|alone| alone.rejected_total == 0 && !alone.events.is_empty());
        prop_assert_eq!(
            alone.map(|alone| alone.events),
            Some(vec![Sent { place: 2, event: event.clone(), serial: None }])
        );
    }
    Ok(())
}

/// All but the place.
fn said(sent: &Sent) -> (&Event, &Option<Serial>) {
    (&sent.event, &sent.serial)
}

fn json_case(body: Vec<u8>) -> Result<(), TestCaseError> {
    match json::decode(&body, json::Format::Json, NOW, &limits()) {
        Ok(decoded) => sound(&decoded)?,
        Err(BodyError::Syntax { line, column, offset, .. }) => {
            prop_assert!(line >= 1 && offset <= body.len() && column <= body.len() + 1);
        }
        Err(other) => return Err(TestCaseError::fail(other.to_string())),
    }
    let decoded = json::decode(&body, json::Format::Ndjson, NOW, &limits()).unwrap();
    sound(&decoded)?;
    let count = body.split(|byte| *byte == b'\n').count();
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body);
    let single = |number| json::decode(&lines(body, number, number + 1), json::Format::Ndjson, NOW, &limits()).unwrap();
    let alone: Vec<_> = (1..=count).map(single).collect();
    let events: Vec<_> = alone.iter().flat_map(|decoded| &decoded.events).map(said).collect();
    prop_assert_eq!(decoded.events.iter().map(said).collect::<Vec<_>>(), events);
    prop_assert_eq!(decoded.rejected_total, alone.iter().map(|decoded| decoded.rejected_total).sum::<usize>());
    Ok(())
}

fn gzip_case(body: Vec<u8>) -> Result<(), TestCaseError> {
    if let Ok(unpacked) = decompress(ContentEncoding::Gzip, &body, &limits()) {
        prop_assert!(unpacked.len() <= limits().max_decoded_bytes);
    }
    Ok(())
}

fn gzip_body() -> impl Strategy<Value = Vec<u8>> {
    (body("line"), prop::collection::vec((any::<usize>(), any::<u8>()), 0..4)).prop_map(|(text, damages)| {
        let mut packed = flate2::read::GzEncoder::new(text.as_slice(), flate2::Compression::fast());
        let mut body = Vec::new();
        std::io::Read::read_to_end(&mut packed, &mut body).unwrap();
        for (at, byte) in damages {
            let at = at % body.len();
            body[at] = byte;
        }
        body
    })
}

#[test]
fn damaged_line_protocol_is_told_apart_from_good_lines() {
    run(SHORT, body("line"), line_case);
}

#[test]
fn damaged_json_is_told_apart_from_good_events() {
    run(SHORT, body("json"), json_case);
}

#[test]
fn damaged_gzip_stays_within_its_cap() {
    run(SHORT, gzip_body(), gzip_case);
}

#[test]
#[ignore = "minutes: the long form of the three above"]
fn damaged_bodies_at_length() {
    run(LONG, body("line"), line_case);
    run(LONG, body("json"), json_case);
    run(LONG, gzip_body(), gzip_case);
}
