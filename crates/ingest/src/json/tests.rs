use tideboard_model::{FieldValue, ProblemCode};

use super::*;
use crate::Sent;

const NOW: Nanos = Nanos(1_700_000_000_000_000_000);

fn decoded(body: &str, format: Format) -> Decoded {
    decode(body.as_bytes(), format, NOW, &Limits::default()).expect(body)
}

fn json(body: &str) -> Decoded {
    decoded(body, Format::Json)
}

/// The one event of a body, as text that shows types.
fn shown(body: &str) -> String {
    let decoded = json(body);
    assert_eq!((decoded.events.len(), decoded.rejected_total), (1, 0), "{body}: {:?}", decoded.rejected);
    let event = &decoded.events[0].event;
    format!("{} {} {:?} {:?}", event.stream, event.time.0, event.tags, event.fields)
}

fn refused(event: &str, pointer: &str, reason: &str) {
    let decoded = json(event);
    assert_eq!((decoded.events.len(), decoded.rejected_total), (0, 1), "{event}");
    let rejected = &decoded.rejected[0];
    assert_eq!(rejected.pointer, pointer, "{event}: {}", rejected.reason);
    assert!(rejected.reason.contains(reason), "{event}: {}", rejected.reason);
}

fn malformed(body: &[u8], reason: &str, at: (usize, usize, usize)) {
    let error = decode(body, Format::Json, NOW, &Limits::default()).unwrap_err();
    assert_eq!(error.code(), ProblemCode::InvalidInput);
    let BodyError::Syntax { reason: found, line, column, offset } = &error else { panic!("{error}") };
    assert!(found.contains(reason), "{error}");
    assert_eq!((*line, *column, *offset), at, "{error}");
}

#[test]
fn an_event_holds_what_was_sent() {
    assert_eq!(
        shown(
            r#"{"stream":"sensor","time":"2023-11-14T22:13:20.5Z","tags":{"room":"kitchen","floor":2,"open":true},
                "fields":{"temperature":21.4,"ok":true,"note":"x\n\"ü\u00fc","count":7}}"#
        ),
        "sensor 1700000000500000000 {\"floor\": \"2\", \"open\": \"true\", \"room\": \"kitchen\"} \
         {\"count\": Int(7), \"note\": Text(\"x\\n\\\"üü\"), \"ok\": Bool(true), \"temperature\": Float(21.4)}"
    );
    assert_eq!(shown(r#"{"stream":"s"}"#), "s 1700000000000000000 {} {}");
    assert_eq!(shown(r#"[{"stream":"s","time":1600000000000.25}]"#), "s 1600000000000250000 {} {}");
    assert_eq!(shown("\u{feff} {\"stream\":\"s\"}\r\n"), "s 1700000000000000000 {} {}");
}

#[test]
fn tags_that_are_written_alike_are_read_once_and_others_for_themselves() {
    let events = r#"[{"stream":"s","tags":{"a":"b"}},{"stream":"t","tags":{"a":"b"}},{"stream":"s","tags":{"a":1}},
        {"stream":"s","tags":{"a":[]}},{"stream":"s","tags":{"a":[]}},{"stream":"s","tags":null},{"stream":"s"}]"#;
    let decoded = json(events);
    let tags: Vec<_> = decoded.events.iter().map(|sent| &sent.event.tags).collect();
    assert_eq!(format!("{tags:?}"), r#"[{"a": "b"}, {"a": "b"}, {"a": "1"}, {}, {}]"#);
    assert!(tags[0].shared().is_some());
    assert_eq!(tags[0].shared(), tags[1].shared());
    let pointers: Vec<_> = decoded.rejected.iter().map(|one| one.pointer.as_str()).collect();
    assert_eq!(pointers, ["/3/tags/a", "/4/tags/a"]);
}

#[test]
fn value_is_short_for_the_field_of_that_name() {
    assert_eq!(
        shown(r#"{"stream":"s","value":1.5,"fields":{"a":1}}"#),
        "s 1700000000000000000 {} {\"a\": Int(1), \"value\": Float(1.5)}"
    );
    refused(r#"{"stream":"s","value":1,"fields":{"value":2}}"#, "/value", "given twice");
    refused(r#"{"stream":"s","value":[1]}"#, "/value", "field `value` is an array");
}

#[test]
fn null_means_that_nothing_is_there() {
    assert_eq!(
        shown(r#"{"stream":"s","time":null,"tags":{"a":null,"b":""},"fields":{"c":null,"d":1},"value":null}"#),
        "s 1700000000000000000 {\"b\": \"\"} {\"d\": Int(1)}"
    );
    assert_eq!(shown(r#"{"stream":"s","tags":null,"fields":null}"#), "s 1700000000000000000 {} {}");
    refused(r#"{"stream":null}"#, "", "`stream` is missing");
}

#[test]
fn numbers_stay_exact_as_far_as_they_can() {
    for (number, expected) in [
        ("9007199254740993", FieldValue::Int(9_007_199_254_740_993)),
        ("9223372036854775807", FieldValue::Int(i64::MAX)),
        ("-9223372036854775808", FieldValue::Int(i64::MIN)),
        ("9223372036854775808", FieldValue::Float(9_223_372_036_854_775_808.0)),
        ("1e3", FieldValue::Float(1000.0)),
        ("1.0", FieldValue::Float(1.0)),
        ("-0.0", FieldValue::Float(0.0)),
        ("1.7976931348623157e308", FieldValue::Float(f64::MAX)),
        ("2.2250738585072011e-308", FieldValue::Float(2.225_073_858_507_201e-308)),
        ("0.1", FieldValue::Float(0.1)),
    ] {
        let decoded = json(&format!(r#"{{"stream":"s","value":{number}}}"#));
        assert_eq!(decoded.events[0].event.fields.get("value"), Some(&expected), "{number}");
    }
    refused(r#"{"stream":"s","fields":{"x":1e999}}"#, "/fields/x", "field `x` holds `1e999`, too large");
}

#[test]
fn numbers_as_tags_have_one_text_each() {
    for (number, expected) in [("2", "2"), ("2.0", "2"), ("2e0", "2"), ("-0", "0"), ("0.50", "0.5")] {
        let decoded = json(&format!(r#"{{"stream":"s","tags":{{"t":{number}}}}}"#));
        assert_eq!(decoded.events[0].event.tags.get("t").map(|text| &**text), Some(expected), "{number}");
    }
    refused(r#"{"stream":"s","tags":{"x":1e999}}"#, "/tags/x", "tag `x` holds `1e999`, too large");
}

#[test]
fn each_bad_place_is_pointed_to() {
    refused("{}", "", "`stream` is missing");
    refused(r#"{"stream":7}"#, "/stream", "`stream` must be text, not a number");
    refused(r#"{"stream":""}"#, "/stream", "a stream name must not be empty");
    refused(r#"{"stream":"s","tags":{"":"x"}}"#, "/tags/", "a tag name must not be empty");
    refused(r#"{"stream":"s","fields":{"a/b~c\n":1}}"#, "/fields/a~1b~0c\n", "control character U+000A");
    refused(r#"{"stream":"s","measurement":"x"}"#, "/measurement", "`measurement` is not known: an event has `stream`");
    refused(r#"{"stream":"s","stream":"s"}"#, "/stream", "given twice");
    refused(r#"{"stream":"s","tags":{"a":"1","a":"1"}}"#, "/tags/a", "tag `a` is given twice");
    refused(r#"{"stream":"s","fields":{"a":1,"\u0061":1}}"#, "/fields/a", "field `a` is given twice");
    refused(r#"{"stream":"s","tags":[1]}"#, "/tags", "`tags` must be an object, not an array");
    refused(r#"{"stream":"s","fields":3}"#, "/fields", "`fields` must be an object, not a number");
    refused(r#"{"stream":"s","tags":{"a":{}}}"#, "/tags/a", "tag `a` is an object");
    refused(r#"{"stream":"s","fields":{"a":{"b":1}}}"#, "/fields/a", "field `a` is an object: a field is a number");
    refused(r#"{"stream":"s","fields":{"a":"\ud800"}}"#, "/fields/a", "not valid text");
    refused(r#"{"stream":"s","time":true}"#, "/time", "not a boolean");
    refused(r#"{"stream":"s","time":"2026-01-02"}"#, "/time", "`time` `2026-01-02`: the time of day is missing");
    refused(r#"{"stream":"s","time":-1}"#, "/time", "before 1970");
    refused(r#"{"stream":"s","time":1700000000000000000}"#, "/time", "does not fit: as a number it is milliseconds");
    refused(r#"{"stream":"s","time":1800000000000}"#, "/time", "hours ahead");
    refused(r#"["s"]"#, "/0", "an event must be an object, not text");
}

#[test]
fn a_producer_numbers_its_events() {
    let serial = |members: &str| {
        let decoded = json(&format!(r#"{{"stream":"s",{members}}}"#));
        assert_eq!(decoded.rejected_total, 0, "{members}: {:?}", decoded.rejected);
        let Sent { event, serial, .. } = &decoded.events[0];
        assert_eq!((event.tags.len(), event.fields.len()), (0, 0), "neither tag nor field");
        serial.as_ref().map(|serial| (serial.producer.to_string(), serial.sequence.get()))
    };
    let numbered = |producer: &str, sequence| Some((producer.to_owned(), sequence));
    assert_eq!(serial(r#""producer":"p","sequence":0"#), numbered("p", 0));
    assert_eq!(serial(r#""sequence":"17","producer":"a b""#), numbered("a b", 17));
    assert_eq!(serial(r#""producer":"\u00fc","sequence":9007199254740991"#), numbered("ü", (1 << 53) - 1));
    assert_eq!(serial(r#""producer":"p","sequence":"9007199254740991""#), numbered("p", (1 << 53) - 1));
    assert_eq!(serial(r#""producer":null,"sequence":null"#), None);
}

#[test]
fn a_producer_without_a_number_and_a_number_without_a_producer_are_refused_by_name() {
    let numbered = |members: &str, pointer: &str, reason: &str| {
        refused(&format!(r#"{{"stream":"s",{members}}}"#), pointer, reason);
    };
    numbered(r#""producer":"p""#, "", "`sequence` is missing");
    numbered(r#""producer":"p","sequence":null"#, "", "`sequence` is missing");
    numbered(r#""sequence":1"#, "", "`producer` is missing");
    numbered(r#""producer":"","sequence":1"#, "/producer", "a producer has 1 to 128 bytes, this one has 0");
    numbered(r#""producer":"a\nb","sequence":1"#, "/producer", "control character U+000A");
    numbered(r#""producer":7,"sequence":1"#, "/producer", "`producer` must be text, not a number");
    numbered(r#""producer":"\ud800","sequence":1"#, "/producer", "`producer` is not valid text");
    for (sequence, shown) in [
        ("-1", "`-1`"),
        ("1.0", "`1.0`"),
        ("1e3", "`1e3`"),
        ("9007199254740992", "`9007199254740992`"),
        ("\"\"", "``"),
        ("\"+1\"", "`+1`"),
        ("\" 1\"", "` 1`"),
        ("true", "a boolean"),
        ("[1]", "an array"),
        ("99999999999999999999999", "`99999999999999999999999`"),
    ] {
        let reason = format!("`sequence` must be a whole number from 0 to 9007199254740991, not {shown}");
        numbered(&format!(r#""producer":"p","sequence":{sequence}"#), "/sequence", &reason);
    }
}

#[test]
fn a_day_ahead_is_accepted_and_a_nanosecond_more_is_not() {
    assert_eq!(json(r#"{"stream":"s","time":1700086400000}"#).events.len(), 1);
    refused(r#"{"stream":"s","time":1700086400000.000001}"#, "/time", "24 hours ahead of the server's clock");
}

#[test]
fn good_events_of_an_array_are_kept_beside_bad_ones() {
    let decoded = json(r#"[{"stream":"a"},{"x":1},{"stream":"b"},[],{"stream":"c","fields":{"f":[]}}]"#);
    let kept: Vec<_> = decoded.events.iter().map(|sent| (sent.place, sent.event.stream.as_str())).collect();
    assert_eq!(kept, [(0, "a"), (2, "b")]);
    let refused: Vec<_> = decoded.rejected.iter().map(|r| (r.place, r.pointer.as_str())).collect();
    assert_eq!(refused, [(1, "/1/x"), (3, "/3"), (4, "/4/fields/f")]);
    assert_eq!(decoded.rejected[0].excerpt.as_deref(), Some(r#"{"x":1}"#));
}

#[test]
fn bodies_without_events_are_fine() {
    for body in ["", " \r\n", "[]", "\u{feff}"] {
        assert_eq!(json(body), Decoded::default());
    }
    assert_eq!(decoded("\n\n \n", Format::Ndjson), Decoded::default());
}

#[test]
fn a_broken_document_is_refused_whole_and_says_where() {
    malformed(br#"[{"stream":"s"},{"stream":]"#, "expected value", (1, 27, 26));
    malformed(b"[{\"stream\":\"s\"},\n{]", "key must be a string", (2, 2, 18));
    malformed(br#"[{"stream":"s"}"#, "EOF", (1, 15, 14));
    malformed(br#"[{"stream":"s"}] x"#, "trailing", (1, 18, 17));
    malformed(b"{\"stream\":\"s\"}\n{\"stream\":\"s\"}", "several as an array", (2, 1, 15));
    malformed(b" \n 7", "expected `{` or `[`", (2, 2, 3));
    malformed(b"[\n\"\xff\"]", "not valid UTF-8", (2, 2, 3));
    malformed(br#"{"stream":"s","value":NaN}"#, "expected value", (1, 23, 22));
}

#[test]
fn nesting_costs_no_stack() {
    let deep = format!(r#"{{"stream":"s","value":{}{}}}"#, "[".repeat(200_000), "]".repeat(200_000));
    refused(&deep, "/value", "field `value` is an array");
    malformed("[".repeat(200_000).as_bytes(), "EOF", (1, 200_000, 199_999));
}

#[test]
fn lines_of_ndjson_stand_for_themselves() {
    let body = "{\"stream\":\"a\"}\r\n\n{\"stream\":\n[1]\n{\"stream\":\"b\"} {}\n  {\"stream\":\"c\"}  ";
    let decoded = decoded(body, Format::Ndjson);
    let kept: Vec<_> = decoded.events.iter().map(|sent| (sent.place, sent.event.stream.as_str())).collect();
    assert_eq!(kept, [(0, "a"), (4, "c")]);
    let refused: Vec<_> = decoded.rejected.iter().map(|r| (r.place, r.pointer.as_str(), r.reason.as_str())).collect();
    assert_eq!(
        refused,
        [
            (1, "/1", "line 3: column 10: EOF while parsing a value"),
            (2, "/2", "line 4: an event must be an object, not an array"),
            (3, "/3", "line 5: column 16: trailing characters"),
        ]
    );
}

#[test]
fn lines_that_are_no_utf_8_are_refused_alone() {
    let body = b"{\"stream\":\"a\"}\n{\"stream\":\"\xff\"}\n{\"stream\":\"b\"}";
    let decoded = decode(body, Format::Ndjson, NOW, &Limits::default()).unwrap();
    assert_eq!((decoded.events.len(), decoded.rejected_total), (2, 1));
    assert_eq!(decoded.rejected[0].reason, "line 2: byte 12 of the line is not valid UTF-8: send UTF-8");
}

#[test]
fn limits_are_kept() {
    let limits = Limits {
        max_events_per_request: 3,
        max_line_bytes: 60,
        max_tags: 1,
        max_fields: 1,
        max_tag_value_bytes: 4,
        max_text_bytes: 5,
        max_named_rejections: 1,
        ..Limits::default()
    };
    let check = |body: &str, reason: &str| {
        let decoded = decode(body.as_bytes(), Format::Json, NOW, &limits).unwrap();
        assert!(decoded.rejected[0].reason.contains(reason), "{:?}", decoded.rejected);
    };
    check(r#"{"stream":"s","tags":{"a":1,"b":2}}"#, "more than 1 tags");
    check(r#"{"stream":"s","tags":{"a":"12345"}}"#, "has a value of 5 bytes, at most 4");
    check(r#"{"stream":"s","fields":{"a":1},"value":2}"#, "more than 1 fields");
    check(r#"{"stream":"s","value":"123456"}"#, "6 bytes of text, at most 5");
    check(&format!(r#"{{"stream":"{}"}}"#, "s".repeat(60)), "at most 60 are allowed");

    let decoded = decode(b"[1,2,3]", Format::Json, NOW, &limits).unwrap();
    assert_eq!((decoded.rejected.len(), decoded.rejected_total), (1, 3));
    for (body, format) in [("[1,2,3,4", Format::Json), ("1\n2\n3\n4", Format::Ndjson)] {
        let error = decode(body.as_bytes(), format, NOW, &limits).unwrap_err();
        assert_eq!(error, BodyError::TooManyEvents { limit: 3 });
        assert_eq!(error.code(), ProblemCode::TooLarge);
    }
}

#[test]
fn tags_and_fields_are_bounded_over_the_whole_body() {
    let limits = Limits { max_values_per_request: 4, ..Limits::default() };
    assert_eq!(
        decode(
            br#"[{"stream":"s","tags":{"a":1},"value":1},{"stream":"s","fields":{"a":1,"b":2}}]"#,
            Format::Json,
            NOW,
            &limits
        )
        .unwrap()
        .events
        .len(),
        2
    );
    let limits = Limits { max_values_per_request: 3, ..limits };
    let error = decode(
        br#"[{"stream":"s","tags":{"a":1},"value":1},{"stream":"s","fields":{"a":1,"b":2}}]"#,
        Format::Json,
        NOW,
        &limits,
    )
    .unwrap_err();
    assert_eq!(error, BodyError::TooManyValues { limit: 3 });
    assert_eq!(error.code(), ProblemCode::TooLarge);
}
