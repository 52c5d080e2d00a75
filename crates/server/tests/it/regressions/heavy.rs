//! Frames larger than what stands in between lets through.

use serde_json::{Value, json};
use tideboard_testkit::Mirror;

use super::Place;
use crate::stock_clients::probe::{Probe, counted};

const GROUPS: usize = 400;
const BUCKETS: usize = 50;
/// Names and brackets around the parts.
const ENVELOPE_BYTES: usize = 4_096;

#[test]
fn a_frame_larger_than_a_message_may_be_comes_in_several_and_is_applied_as_one() {
    let place = Place::new();
    let mut probe = Probe::start(place.address);
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis() as usize;
    for group in 0..GROUPS {
        let event = |bucket: usize| {
            json!({"stream": "s", "time": now - bucket * 60_000, "tags": {"of": format!("a group with number {group}")},
                   "fields": {"one": 1, "third": (group * BUCKETS + bucket) as f64 / 3.0}})
        };
        place.post(&(0..BUCKETS).map(event).collect::<Value>());
    }
    let mut mirror = Mirror::default();
    let series = json!({"stream": "s", "shape": "series", "range": {"last": 7_200_000}, "bucket": 60_000, "groupBy": ["of"],
                        "measures": [{"fn": "count"}, {"fn": "sum", "field": "third"}, {"fn": "min", "field": "third"}]});
    mirror.want("series", serde_json::from_value(series).unwrap());
    let mut viewer = place.come(&mut probe, "viewer", mirror);
    probe.until(&mut viewer, "every cell", |mirror| counted(mirror, "series") == (GROUPS * BUCKETS) as u64);
    let limit = probe.wait("viewer", "hello", |line| line["data"]["maxMessageBytes"].as_u64()) as usize;
    let messages: Vec<_> = probe.so_far("viewer").into_iter().filter(|line| line["event"] == "frame").collect();
    let lengths: Vec<_> = messages.iter().map(|line| line["data"].to_string().len()).collect();
    assert!(lengths.iter().sum::<usize>() > 2 * limit, "there is too little to cut: {lengths:?}");
    assert!(lengths.iter().all(|length| *length <= limit + ENVELOPE_BYTES), "{lengths:?}");
    let (last, first) = messages.split_last().unwrap();
    assert!(
        first.iter().all(|line| line["data"]["more"] == true && line["data"].get("to").is_none()),
        "{messages:.900?}"
    );
    assert!(last["data"].get("more").is_none() && last["data"]["to"]["s"].is_string());
    assert_eq!(viewer.frames, 1, "one frame, whole");
}
