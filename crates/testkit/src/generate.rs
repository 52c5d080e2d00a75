//! Strategies: events and queries that collide often, so that few of them meet many cases.

use std::sync::Arc;

use proptest::prelude::*;
use tideboard_model::{
    Event, FieldName, FieldValue, FilterOp, FilterSpec, MeasureFn, MeasureSpec, Nanos, QuerySpec, RangeSpec, ShapeSpec,
    StreamName, TagName,
};

/// Streams in use.
pub const STREAMS: [&str; 2] = ["one", "two"];

/// An event's time relative to now in milliseconds, mostly recent, some late, some ahead.
fn ago_ms() -> impl Strategy<Value = i64> {
    prop_oneof![6 => -300i64..0, 3 => -3_000i64..0, 1 => -20_000i64..2_000]
}

fn field_value() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        4 => (-40i32..40).prop_map(|value| FieldValue::float(f64::from(value) / 8.0).unwrap()),
        2 => any::<f64>().prop_filter_map("finite", |value| FieldValue::float(value).ok()),
        2 => (-5i64..50).prop_map(FieldValue::Int),
        1 => any::<i64>().prop_map(FieldValue::Int),
        1 => any::<bool>().prop_map(FieldValue::Bool),
        1 => "[a-c]{0,2}".prop_map(|text| FieldValue::Text(Arc::from(text.as_str()))),
    ]
}

/// An event of some stream; its time is relative to 0.
pub fn event() -> impl Strategy<Value = Event> {
    let tags = prop::collection::btree_map(prop::sample::select(vec!["a", "b"]), "[x-z]", 0..=2);
    let fields = prop::collection::btree_map(prop::sample::select(vec!["u", "v"]), field_value(), 0..=2);
    (prop::sample::select(STREAMS.to_vec()), ago_ms(), 0..1_000_000i64, tags, fields).prop_map(
        |(stream, ms, ns, tags, fields)| Event {
            stream: StreamName::new(stream).unwrap(),
            time: Nanos(ms * 1_000_000 + ns),
            tags: tags
                .into_iter()
                .map(|(tag, value)| (TagName::new(tag).unwrap(), Arc::from(value.as_str())))
                .collect(),
            fields: fields.into_iter().map(|(field, value)| (FieldName::new(field).unwrap(), value)).collect(),
        },
    )
}

fn measure() -> impl Strategy<Value = MeasureSpec> {
    let functions = vec![
        MeasureFn::Count,
        MeasureFn::Sum,
        MeasureFn::Avg,
        MeasureFn::Min,
        MeasureFn::Max,
        MeasureFn::First,
        MeasureFn::Last,
        MeasureFn::Rate,
        MeasureFn::Rate,
        MeasureFn::Rate,
    ];
    (prop::sample::select(functions), prop::sample::select(vec!["u", "v", ""])).prop_map(|(function, field)| {
        let may_lack = matches!(function, MeasureFn::Count | MeasureFn::Rate);
        let field = if field.is_empty() && may_lack { None } else { Some(if field.is_empty() { "u" } else { field }) };
        MeasureSpec { function, field: field.map(str::to_owned) }
    })
}

/// A valid query of some shape.
pub fn query() -> impl Strategy<Value = QuerySpec> {
    let filter = (
        prop::sample::select(vec!["a", "b"]),
        prop::sample::select(vec![FilterOp::In, FilterOp::NotIn]),
        prop::collection::vec("[x-z]", 1..3),
    )
        .prop_map(|(tag, op, values)| FilterSpec { tag: tag.to_owned(), op, values });
    let group_by = prop::sample::subsequence(vec!["a", "b"], 0..=2);
    (
        prop::sample::select(STREAMS.to_vec()),
        prop::sample::select(vec![
            ShapeSpec::Series,
            ShapeSpec::Series,
            ShapeSpec::Table,
            ShapeSpec::Table,
            ShapeSpec::Feed,
        ]),
        prop::collection::vec(measure(), 1..4),
        group_by,
        prop::collection::vec(filter, 0..2),
        prop::sample::select(vec![200, 500, 2_000, 10_000]),
        1u32..6,
    )
        .prop_map(|(stream, shape, measures, group_by, filters, last, limit)| {
            let folded = shape != ShapeSpec::Feed;
            QuerySpec {
                stream: stream.to_owned(),
                shape,
                measures: if folded { measures } else { Vec::new() },
                group_by: if folded { group_by.into_iter().map(str::to_owned).collect() } else { Vec::new() },
                filters,
                range: folded.then_some(RangeSpec::Last { last }),
                bucket: (shape == ShapeSpec::Series).then_some(100),
                limit: (!folded).then_some(limit),
            }
        })
}
