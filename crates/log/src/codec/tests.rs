use std::sync::Arc;

use proptest::prelude::*;
use tideboard_model::{Event, FieldName, FieldValue, Fields, Nanos, StreamName, TagName, Tags};

use super::checksum::crc32;
use super::{decode, encode};

fn stream() -> StreamName {
    StreamName::new("s").unwrap()
}

fn value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        any::<f64>().prop_filter_map("finite", |number| FieldValue::float(number).ok()),
        any::<i64>().prop_map(FieldValue::Int),
        any::<bool>().prop_map(FieldValue::Bool),
        ".{0,12}".prop_map(|text| FieldValue::Text(text.into())),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let tags = proptest::collection::btree_map("[a-dé]{1,3}", ".{0,6}", 0..4);
    let fields = proptest::collection::btree_map("[a-dé]{1,3}", value(), 0..4);
    (any::<i64>(), tags, fields).prop_map(|(time, tags, fields)| Event {
        stream: stream(),
        time: Nanos(time),
        tags: tags.into_iter().map(|(name, value)| (TagName::new(&name).unwrap(), Arc::from(value))).collect(),
        fields: fields.into_iter().map(|(name, value)| (FieldName::new(&name).unwrap(), value)).collect(),
    })
}

/// Ends bytes with the checksum that belongs to them, so that what is behind it is reached.
fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    let crc = crc32(&bytes);
    bytes.extend_from_slice(&crc.to_le_bytes());
    bytes
}

proptest! {
    #[test]
    fn what_is_written_is_read(events in proptest::collection::vec(event(), 0..20)) {
        let read = decode(&stream(), &encode(&events)).unwrap();
        prop_assert_eq!(&*read, events.as_slice());
    }

    #[test]
    fn a_changed_byte_is_noticed(events in proptest::collection::vec(event(), 1..5), place: usize, change in 1_u8..) {
        let mut blob = encode(&events);
        let place = place % blob.len();
        blob[place] ^= change;
        prop_assert!(decode(&stream(), &blob).is_err());
    }

    #[test]
    fn any_bytes_get_an_answer(bytes: Vec<u8>) {
        prop_assert!(decode(&stream(), &bytes).is_err());
    }

    #[test]
    fn sealed_bytes_of_any_kind_get_an_answer(bytes in proptest::collection::vec(prop_oneof![0_u8..6, any::<u8>()], 0..60)) {
        let mut blob = vec![super::VERSION];
        blob.extend(bytes);
        drop(decode(&stream(), &sealed(blob)));
    }

    #[test]
    fn a_change_under_a_right_checksum_gets_an_answer(
        events in proptest::collection::vec(event(), 1..5), place: usize, change in 1_u8..
    ) {
        let mut blob = encode(&events);
        blob.truncate(blob.len() - 4);
        let place = place % blob.len();
        blob[place] ^= change;
        drop(decode(&stream(), &sealed(blob)));
    }
}

#[test]
fn an_unknown_version_is_refused_by_name() {
    assert_eq!(decode(&stream(), &sealed(vec![9, 0, 0])), Err("unknown version"));
}

#[test]
fn events_that_share_their_tags_are_written_like_any_and_share_them_when_read() {
    let tags = |host: &str| -> Tags { [(TagName::new("host").unwrap(), Arc::from(host))].into() };
    let event = |time, tags| Event { stream: stream(), time: Nanos(time), tags, fields: Fields::default() };
    let hosts = ["a", "b", "a", "", "a", "b"];
    let (a, b) = (tags("a"), tags("b"));
    let shared = |host| match host {
        "a" => a.clone(),
        "b" => b.clone(),
        _ => Tags::default(),
    };
    let own = |host: &str| if host.is_empty() { Tags::default() } else { tags(host) };
    let events: Vec<_> = (1..).zip(hosts).map(|(time, host)| event(time, shared(host))).collect();
    let alone: Vec<_> = (1..).zip(hosts).map(|(time, host)| event(time, own(host))).collect();
    assert!(events[0].tags.shared().is_some() && alone[0].tags.shared().is_none());
    let blob = encode(&events);
    assert_eq!(blob, encode(&alone));
    let read = decode(&stream(), &blob).unwrap();
    assert_eq!(&*read, alone.as_slice());
    assert_eq!(read[0].tags.shared(), read[4].tags.shared());
    assert_ne!(read[0].tags.shared(), read[1].tags.shared());
}

#[test]
fn repeated_texts_cost_a_byte_or_two_each() {
    let event = |n: i64| Event {
        stream: stream(),
        time: Nanos(1_700_000_000_000_000_000 + n * 1_000_000),
        tags: [(TagName::new("host").unwrap(), Arc::from("web-server-01.example"))].into(),
        fields: [(FieldName::new("requests").unwrap(), FieldValue::Int(n % 50))].into(),
    };
    let events: Vec<Event> = (0..1_000).map(event).collect();
    let bytes = encode(&events).len();
    assert!(bytes < 11 * 1_000, "{bytes} bytes for a thousand events");
}
