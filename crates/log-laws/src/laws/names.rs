//! Fields and tags of a stream.

use tideboard_log::{Refusal, Refused};
use tideboard_model::{FieldKind, FieldName, FieldValue, TagName};

use crate::batches::{batch, event, of, stream};
use crate::{Kind, Subject, contents};

fn text() -> FieldValue {
    FieldValue::Text("x".into())
}

fn name(text: &str) -> FieldName {
    FieldName::new(text).unwrap()
}

async fn refusals(subject: &Subject, events: Vec<tideboard_model::Event>) -> Vec<Refused> {
    subject.log.append(of("s", events)).await.unwrap().refused
}

/// A field keeps its first kind and conflicts are named by index.
pub async fn a_field_keeps_its_first_kind_and_conflicts_are_named_by_index(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let events = vec![
        event("s", 1, "value", FieldValue::Int(1)),
        event("s", 2, "value", text()),
        event("s", 3, "value", FieldValue::Int(3)),
        event("s", 4, "value", FieldValue::Bool(true)),
    ];
    let conflict = |index, is| Refused {
        index,
        reason: Refusal::FieldConflict { field: name("value"), is, was: FieldKind::Number },
    };
    assert_eq!(refusals(&subject, events).await, [conflict(1, FieldKind::Text), conflict(3, FieldKind::Bool)]);
    assert_eq!(contents(&*subject.log, "s").await, [(1, 1), (2, 3)]);
    assert_eq!(refusals(&subject, vec![event("s", 5, "value", text())]).await, [conflict(0, FieldKind::Text)]);
    assert_eq!(subject.log.append(batch("s", [6])).await.unwrap().position.offset.0, 3);
    let infos = subject.log.streams().await.unwrap();
    assert_eq!(infos[0].fields, [(name("value"), FieldKind::Number)].into());
    assert_eq!(infos[0].tags, [TagName::new("host").unwrap()].into());
}

/// Integers and floats are one kind.
pub async fn integers_and_floats_are_one_kind(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let float = FieldValue::float(1.5).unwrap();
    let events = vec![event("s", 1, "f", FieldValue::Int(1)), event("s", 2, "f", float)];
    assert!(refusals(&subject, events).await.is_empty());
}

/// Names past the limit are refused by name.
pub async fn names_past_the_limit_are_refused_by_name(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| {
        options.limits.fields = 2;
        options.limits.tags = 1;
    })
    .await;
    let mut tagged = event("s", 4, "a", FieldValue::Int(4));
    tagged.tags.insert(TagName::new("zone").unwrap(), "z".into());
    let events = vec![
        event("s", 1, "a", FieldValue::Int(1)),
        event("s", 2, "b", FieldValue::Int(2)),
        event("s", 3, "c", FieldValue::Int(3)),
        tagged,
        event("s", 5, "b", FieldValue::Int(5)),
    ];
    let expected = [
        Refused { index: 2, reason: Refusal::TooManyFields { field: name("c"), limit: 2 } },
        Refused { index: 3, reason: Refusal::TooManyTags { tag: TagName::new("zone").unwrap(), limit: 1 } },
    ];
    assert_eq!(refusals(&subject, events).await, expected);
}

/// A refused event teaches the stream nothing.
pub async fn a_refused_event_teaches_the_stream_nothing(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.log.append(batch("s", [1])).await.unwrap();
    let mut mixed = event("s", 2, "value", text());
    mixed.fields.insert(name("fresh"), text());
    assert_eq!(refusals(&subject, vec![mixed]).await.len(), 1);
    assert!(refusals(&subject, vec![event("s", 3, "fresh", FieldValue::Int(3))]).await.is_empty());
}

/// An event of another stream is refused.
pub async fn an_event_of_another_stream_is_refused(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let events = vec![event("t", 1, "value", FieldValue::Int(1)), event("s", 2, "value", FieldValue::Int(2))];
    let expected = [Refused { index: 0, reason: Refusal::OtherStream { stream: stream("t") } }];
    assert_eq!(refusals(&subject, events).await, expected);
    assert_eq!(contents(&*subject.log, "s").await, [(1, 2)]);
}
