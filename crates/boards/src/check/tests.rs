use serde_json::{Value, json};

use super::*;

fn good() -> Value {
    json!({
        "id": "this-machine",
        "title": "This machine",
        "revision": 3,
        "widgets": [
            {
                "id": "cpu", "kind": "line", "title": "CPU",
                "queries": {
                    "main": {
                        "stream": "host.cpu", "shape": "series",
                        "measures": [{"fn": "avg", "field": "used"}],
                        "range": {"last": 300_000}
                    }
                },
                "options": {"unit": "percent", "thresholds": [{"at": 80, "color": "warn"}]}
            },
            {"id": "note", "kind": "text", "options": {"text": "Hello"}}
        ],
        "layouts": {
            "wide": {"cpu": {"x": 0, "y": 0, "w": 12, "h": 6}, "note": {"x": 12, "y": 0, "w": 12, "h": 6}},
            "phone": {"cpu": {"x": 0, "y": 0, "w": 4, "h": 5}}
        }
    })
}

/// The pointers of what is wrong with a dashboard after it was bent at one place.
fn faults(bend: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut json = good();
    bend(&mut json);
    match Dashboard::parse(&json.to_string()) {
        Ok(_) => Vec::new(),
        Err(BoardError::Invalid { faults }) => faults.into_iter().map(|fault| fault.pointer).collect(),
        Err(other) => panic!("{other}"),
    }
}

fn set(pointer: &'static str, value: Value) -> impl FnOnce(&mut Value) {
    move |json| *json.pointer_mut(pointer).unwrap() = value
}

#[test]
fn a_good_dashboard_is_read_and_written_alike() {
    let dashboard = Dashboard::parse(&good().to_string()).unwrap();
    let json = serde_json::to_string(&dashboard).unwrap();
    assert_eq!(Dashboard::parse(&json).unwrap(), dashboard);
    assert_eq!(dashboard.revision, 3);
    assert_eq!(dashboard.layouts.tablet, None);
}

#[test]
fn each_bad_place_is_pointed_to() {
    let deep = (0..10).fold(json!(1), |inner, _| json!({ "in": inner }));
    let cases: Vec<(&'static str, Value, &str)> = vec![
        ("/title", json!("  "), "/title"),
        ("/title", json!("t".repeat(201)), "/title"),
        ("/title", json!("a\nb"), "/title"),
        ("/widgets/1/id", json!("cpu"), "/widgets/1/id /layouts/wide/note"),
        ("/widgets/0/kind", json!(""), "/widgets/0/kind"),
        ("/widgets/0/kind", json!("<b>"), "/widgets/0/kind"),
        ("/widgets/0/title", json!("t".repeat(201)), "/widgets/0/title"),
        ("/widgets/0/queries/main/stream", json!(""), "/widgets/0/queries/main/stream"),
        ("/widgets/0/queries/main/measures/0", json!({"fn": "avg"}), "/widgets/0/queries/main/measures/0/field"),
        ("/widgets/0/queries/main/range", json!({"last": 0}), "/widgets/0/queries/main/range/last"),
        ("/widgets/1/options/text", json!("x".repeat(65_537)), "/widgets/1/options/text"),
        ("/widgets/1/options/text", deep, "/widgets/1/options/text/in/in/in/in/in/in/in"),
        ("/widgets/1/options/text", json!(vec![0; 1_000]), "/widgets/1/options"),
        ("/layouts/wide/cpu/w", json!(25), "/layouts/wide/cpu /layouts/wide/note"),
        ("/layouts/wide/cpu/w", json!(0), "/layouts/wide/cpu"),
        ("/layouts/wide/cpu/h", json!(0), "/layouts/wide/cpu"),
        ("/layouts/wide/cpu/h", json!(101), "/layouts/wide/cpu"),
        ("/layouts/wide/cpu/y", json!(10_001), "/layouts/wide/cpu"),
        ("/layouts/wide/note/x", json!(11), "/layouts/wide/note"),
        ("/layouts/phone/cpu/x", json!(1), "/layouts/phone/cpu"),
        ("/layouts/phone", json!({"gone": {"x": 0, "y": 0, "w": 4, "h": 5}}), "/layouts/phone/gone"),
    ];
    for (pointer, value, expected) in cases {
        let shown: String = value.to_string().chars().take(40).collect();
        assert_eq!(faults(set(pointer, value)).join(" "), expected, "{pointer} = {shown}");
    }
}

#[test]
fn what_is_just_within_the_bounds_is_accepted() {
    for (pointer, value) in [
        ("/title", json!("é".repeat(200))),
        ("/widgets/0/title", json!("")),
        ("/widgets/1/options/text", json!("x".repeat(65_536))),
        ("/widgets/1/options/text", json!(vec![0; 999])),
        ("/layouts/wide/cpu", json!({"x": 0, "y": 10_000, "w": 24, "h": 100})),
    ] {
        assert_eq!(faults(set(pointer, value)), [""; 0], "{pointer}");
    }
}

#[test]
fn several_bad_places_are_all_named() {
    let found = faults(|json| {
        json["title"] = json!("");
        json["widgets"][0]["kind"] = json!("");
    });
    assert_eq!(found, ["/title", "/widgets/0/kind"]);
}

#[test]
fn a_dashboard_has_at_most_a_hundred_widgets() {
    let with = |count: usize| {
        faults(move |json| {
            json["layouts"] = json!({"wide": {}});
            json["widgets"] = (0..count).map(|i| json!({"id": format!("w{i}"), "kind": "text"})).collect();
        })
    };
    assert_eq!(with(100), [""; 0]);
    assert_eq!(with(101), ["/widgets"]);
}

#[test]
fn json_of_another_shape_is_refused_with_line_and_column() {
    for (pointer, value) in [
        ("/id", json!("../etc")),
        ("/revision", json!(-1)),
        ("/widgets/0/id", json!("a b")),
        ("/widgets/0/queries/main/shape", json!("pie")),
        ("/layouts/wide/cpu/x", json!(-1)),
        ("/layouts/wide/cpu/x", json!(0.5)),
        ("/layouts/wide/cpu/x", json!(70_000)),
        ("/layouts/wide", json!({"a b": {"x": 0, "y": 0, "w": 1, "h": 1}})),
    ] {
        let mut json = good();
        *json.pointer_mut(pointer).unwrap() = value;
        let refused = Dashboard::parse(&json.to_string());
        let Err(BoardError::Json { reason }) = refused else { panic!("{pointer}: {refused:?}") };
        assert!(reason.contains("line 1 column"), "{pointer}: {reason}");
    }
}

#[test]
fn unknown_fields_are_refused_everywhere() {
    for pointer in ["", "/widgets/0", "/widgets/0/queries/main", "/layouts", "/layouts/wide/cpu"] {
        let mut json = good();
        json.pointer_mut(pointer).unwrap()["surprise"] = json!(1);
        let refused = Dashboard::parse(&json.to_string());
        assert!(matches!(&refused, Err(BoardError::Json { reason }) if reason.contains("surprise")), "{pointer}");
    }
}

#[test]
fn documents_beyond_a_mebibyte_are_refused_unread() {
    let text = " ".repeat(DASHBOARD_MAX_BYTES + 1);
    assert!(matches!(Dashboard::parse(&text), Err(BoardError::TooLong { .. })));
    assert!(matches!(PersonalView::parse(&text), Err(BoardError::TooLong { .. })));
}

#[test]
fn a_personal_view_needs_little_and_may_place_widgets_that_are_gone() {
    let json = json!({
        "dashboard": "this-machine", "baseRevision": 3,
        "layouts": {"phone": {"gone": {"x": 0, "y": 0, "w": 4, "h": 5}}}
    });
    let view = PersonalView::parse(&json.to_string()).unwrap();
    assert_eq!(view.revision, 0);
    let again = PersonalView::parse(&serde_json::to_string(&view).unwrap()).unwrap();
    assert_eq!(again, view);
}

#[test]
fn a_personal_view_is_checked_like_a_dashboard() {
    let check = |bend: fn(&mut Value)| {
        let mut json = json!({
            "dashboard": "this-machine", "baseRevision": 3,
            "added": [{"id": "mine", "kind": "text"}],
            "layouts": {"tablet": {"mine": {"x": 0, "y": 0, "w": 4, "h": 5}}}
        });
        bend(&mut json);
        match PersonalView::parse(&json.to_string()) {
            Err(BoardError::Invalid { faults }) => faults.into_iter().map(|fault| fault.pointer).collect(),
            other => panic!("{other:?}"),
        }
    };
    let faults: Vec<String> = check(|json| json["added"][0]["kind"] = json!(""));
    assert_eq!(faults, ["/added/0/kind"]);
    assert_eq!(check(|json| json["layouts"]["tablet"]["mine"]["w"] = json!(13)), ["/layouts/tablet/mine"]);
    let many = |json: &mut Value| {
        json["added"] = (0..21).map(|i| json!({"id": format!("w{i}"), "kind": "text"})).collect();
    };
    assert_eq!(check(many), ["/added"]);
}
