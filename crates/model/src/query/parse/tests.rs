use super::*;
use crate::{Pane, Window};

fn parse(json: &str) -> Result<Query, QueryError> {
    Query::new(&serde_json::from_str(json).unwrap(), &Limits::default())
}

fn refused(json: &str, place: &str) {
    let error = parse(json).expect_err(json);
    assert_eq!(error.place, place, "{error}");
}

#[test]
fn each_bad_part_is_named() {
    refused(r#"{"stream":"","shape":"feed"}"#, "stream");
    refused(r#"{"stream":"s","shape":"feed","measures":[{"fn":"count"}]}"#, "measures");
    refused(r#"{"stream":"s","shape":"feed","limit":0}"#, "limit");
    refused(r#"{"stream":"s","shape":"feed","limit":501}"#, "limit");
    refused(r#"{"stream":"s","shape":"feed","bucket":1000}"#, "bucket");
    refused(r#"{"stream":"s","shape":"series","measures":[{"fn":"count"}]}"#, "range");
    refused(r#"{"stream":"s","shape":"series","range":{"last":1000}}"#, "measures");
    refused(r#"{"stream":"s","shape":"series","range":{"last":0},"measures":[{"fn":"count"}]}"#, "range.last");
    refused(r#"{"stream":"s","shape":"series","range":{"from":5,"to":5},"measures":[{"fn":"count"}]}"#, "range.to");
    refused(r#"{"stream":"s","shape":"table","range":{"last":9},"measures":[{"fn":"sum"}]}"#, "measures[0].field");
    refused(
        r#"{"stream":"s","shape":"table","range":{"last":9},"measures":[{"fn":"count"}],"groupBy":["a","a"]}"#,
        "groupBy[1]",
    );
    refused(r#"{"stream":"s","shape":"feed","where":[{"tag":"a","op":"in","values":[]}]}"#, "where[0].values");
    refused(
        r#"{"stream":"s","shape":"series","range":{"last":86400000},"bucket":100,"measures":[{"fn":"count"}]}"#,
        "bucket",
    );
}

#[test]
fn identity_follows_meaning_not_spelling() {
    let one = parse(
        r#"{"stream":"s","shape":"feed","where":[{"tag":"a","op":"in","values":["x","y"]},{"tag":"b","op":"in","values":["z"]}]}"#,
    );
    let same = parse(
        r#"{"stream":"s","shape":"feed","limit":50,"where":[{"tag":"b","op":"in","values":["z"]},{"tag":"a","op":"in","values":["y","x","x"]}]}"#,
    );
    let other = parse(r#"{"stream":"s","shape":"feed","where":[{"tag":"a","op":"not_in","values":["x","y"]}]}"#);
    assert_eq!(one.clone().unwrap().identity(), same.unwrap().identity());
    assert_ne!(one.unwrap().identity(), other.unwrap().identity());
}

#[test]
fn windows_are_aligned_and_end_with_the_pane_of_now() {
    let series =
        parse(r#"{"stream":"s","shape":"series","range":{"last":2500},"bucket":1000,"measures":[{"fn":"count"}]}"#);
    assert_eq!(series.unwrap().window_at(Millis(10_200)), Some(Window { from: Pane(8), to: Pane(11) }));
    let fixed = parse(
        r#"{"stream":"s","shape":"series","range":{"from":1500,"to":4000},"bucket":1000,"measures":[{"fn":"count"}]}"#,
    );
    assert_eq!(fixed.unwrap().window_at(Millis(99)), Some(Window { from: Pane(1), to: Pane(4) }));
}

#[test]
fn a_default_bucket_keeps_the_range_readable() {
    for (range, bucket) in
        [(1_000, 100), (60_000, 250), (900_000, 5_000), (3_600_000, 15_000), (604_800_000, 3_600_000)]
    {
        let json =
            format!(r#"{{"stream":"s","shape":"series","range":{{"last":{range}}},"measures":[{{"fn":"count"}}]}}"#);
        assert_eq!(parse(&json).unwrap().pane_width().unwrap().millis(), bucket, "range {range}");
    }
}
