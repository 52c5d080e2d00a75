//! The golden messages in `fixtures/protocol`, which the client's tests read too, and what leaves Rust as TypeScript.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::path::PathBuf;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tideboard_sync::wire;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn fixture(kind: &str) -> Value {
    let path = root().join(format!("fixtures/protocol/{kind}.json"));
    serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap()
}

/// Numbers by value: `40` is `40.0`.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (one, other) => one == other,
    }
}

/// Every case comes out as it went in; returns how many there were.
fn check<T: DeserializeOwned + Serialize>(kind: &str) {
    let fixture = fixture(kind);
    let cases = fixture["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    for case in cases {
        let decoded: T = serde_json::from_value(case["message"].clone())
            .unwrap_or_else(|error| panic!("{kind}: {}: {error}", case["name"]));
        let encoded = serde_json::to_value(&decoded).unwrap();
        assert!(same(&encoded, &case["message"]), "{kind}: {}: {encoded} is not {}", case["name"], case["message"]);
    }
    // What viewers send is decoded here: the malformed is refused.
    if fixture["sender"] == "viewer" {
        for case in fixture["malformed"].as_array().unwrap() {
            let decoded = serde_json::from_value::<T>(case["message"].clone());
            assert!(decoded.is_err(), "{kind}: {} was taken", case["name"]);
        }
    }
}

#[test]
fn golden_messages_come_out_as_they_went_in() {
    check::<wire::Auth>("auth");
    check::<wire::Hello>("hello");
    check::<wire::Subscribe>("subscribe");
    check::<wire::Subscribed>("subscribed");
    check::<wire::Unsubscribe>("unsubscribe");
    check::<wire::Credit>("credit");
    check::<wire::Clock>("clock");
    check::<wire::ProblemMessage>("problem");
    check::<wire::Closing>("closing");
    check::<wire::Stale>("stale");
    check::<wire::Changed>("changed");
    check::<wire::Rights>("rights");
    check::<wire::Frame<wire::Part>>("frame");
    check::<wire::Follow>("follow");
    check::<wire::Followed>("followed");
    check::<wire::Unfollow>("unfollow");
    check::<wire::Page<wire::FeedEvent>>("page");
}

#[test]
fn the_typescript_types_are_those_of_this_version() {
    let path = root().join("web/client/src/generated/wire.ts");
    let committed = std::fs::read_to_string(&path).unwrap();
    assert_eq!(committed, wire::typescript(), "run `make fix` to write {}", path.display());
}

/// A change of the types is a change of the protocol: it takes a new version, and then a new number here.
#[test]
fn a_change_of_the_wire_takes_a_new_version() {
    let typescript = wire::typescript();
    // Comments may change; what is said may not.
    let mut said = String::new();
    let mut comment = false;
    for line in typescript.lines() {
        comment |= line.trim_start().starts_with("/**");
        if !comment && !line.starts_with("//") {
            said.push_str(line.trim());
        }
        comment &= !line.trim_end().ends_with("*/");
    }
    let hash = said
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    assert_eq!((wire::PROTOCOL, format!("{hash:016x}").as_str()), (5, "b1502ebd8b776fca"), "the wire has changed");
}
