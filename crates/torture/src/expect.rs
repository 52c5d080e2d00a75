//! What a query must show of the acknowledged events, worked out from the documents alone: from all events, in whole
//! numbers, sharing nothing with the server.

use std::collections::BTreeMap;

use tideboard_model::{FilterOp, MeasureFn, MeasureSpec, QuerySpec, ShapeSpec};

use crate::event::{Event, HEAT_PARTS};

const NANOS_PER_MS: i64 = 1_000_000;

/// Values of the group-by tags.
pub(crate) type Group = Vec<Option<String>>;
/// By group, and by bucket for a series (0 for a table).
pub(crate) type Cells = BTreeMap<(Group, i64), Vec<Value>>;

/// What a cell must hold for one measure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Value {
    /// This, bit for bit.
    Exactly(Option<f64>),
    /// This, but for the last digits: in which order it is divided is not promised.
    Nearly(f64),
}

impl Value {
    /// Whether a viewer may hold this.
    pub(crate) fn allows(self, held: Option<f64>) -> bool {
        match self {
            Self::Exactly(due) => due.map(f64::to_bits) == held.map(f64::to_bits),
            Self::Nearly(due) => held.is_some_and(|held| (held - due).abs() <= due.abs() * 1e-12),
        }
    }
}

/// Whether an event belongs to what the query shows.
pub(crate) fn matches(query: &QuerySpec, event: &Event) -> bool {
    event.stream == query.stream
        && query.filters.iter().all(|filter| {
            let listed = tag(event, &filter.tag).is_some_and(|value| filter.values.contains(&value));
            listed == (filter.op == FilterOp::In)
        })
}

fn tag(event: &Event, name: &str) -> Option<String> {
    match name {
        "host" => Some(event.host.to_owned()),
        "who" => Some(event.producer()),
        "zone" => event.zone.map(str::to_owned),
        _ => None,
    }
}

/// The cells of a series or table in a window, in milliseconds. `ahead`: a series shows what lies after it, too.
pub(crate) fn cells(query: &QuerySpec, events: &[Event], (from, to): (i64, i64), ahead: bool) -> Cells {
    let series = query.shape == ShapeSpec::Series;
    let width = query.bucket.filter(|_| series).unwrap_or(to - from).max(1);
    let mut gathered: BTreeMap<(Group, i64), Vec<&Event>> = BTreeMap::new();
    for event in events.iter().filter(|event| matches(query, event)) {
        let ms = event.time.div_euclid(NANOS_PER_MS);
        let bucket = if series { ms.div_euclid(width) } else { 0 };
        let start = if series { bucket * width } else { ms };
        if start >= from && (start < to || (series && ahead)) {
            let group = query.group_by.iter().map(|name| tag(event, name)).collect();
            gathered.entry((group, bucket)).or_default().push(event);
        }
    }
    let values = |events: &[&Event]| query.measures.iter().map(|measure| value(measure, events, width)).collect();
    gathered.into_iter().map(|(key, events)| (key, values(&events))).collect()
}

/// A field's value: whole numbers in parts of which so many make one, so that sums are exact.
fn field(event: &Event, name: &str) -> Option<(i64, f64)> {
    match name {
        "n" => i64::try_from(event.number).ok().map(|number| (number, 1.0)),
        "load" => event.load.map(|load| (load, 1.0)),
        "heat" => event.heat.map(|parts| (parts, HEAT_PARTS)),
        _ => None,
    }
}

fn value(measure: &MeasureSpec, events: &[&Event], width_ms: i64) -> Value {
    let Some(name) = &measure.field else {
        let count = events.len() as f64;
        let per_second = || Value::Nearly(count * 1_000.0 / width_ms as f64);
        return if measure.function == MeasureFn::Rate { per_second() } else { Value::Exactly(Some(count)) };
    };
    let mut samples: Vec<_> =
        events.iter().filter_map(|event| field(event, name).map(|(parts, one)| (event.time, parts, one))).collect();
    samples.sort_by_key(|(time, ..)| *time);
    let read = |sample: Option<&(i64, i64, f64)>| sample.map(|(_, parts, one)| *parts as f64 / one);
    let sum = || {
        let total: i128 = samples.iter().map(|(_, parts, _)| i128::from(*parts)).sum();
        // The only rounding: to the nearest float; a power of two divides exactly.
        samples.first().map(|(_, _, one)| total as f64 / one)
    };
    Value::Exactly(match measure.function {
        MeasureFn::Count => Some(samples.len() as f64),
        MeasureFn::Sum => sum(),
        MeasureFn::Avg => sum().map(|sum| sum / samples.len() as f64),
        MeasureFn::Min => read(samples.iter().min_by_key(|(_, parts, _)| *parts)),
        MeasureFn::Max => read(samples.iter().max_by_key(|(_, parts, _)| *parts)),
        MeasureFn::First => read(samples.first()),
        MeasureFn::Last => read(samples.last()),
        // Plans ask for no growth of counters: it depends on times in a way that the documents do not settle bit for bit.
        MeasureFn::Rate => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(number: u64, ms: i64, load: Option<i64>) -> Event {
        let time = ms * NANOS_PER_MS + i64::try_from(number).unwrap();
        Event { who: 1, number, stream: "tides", time, host: "h1", zone: None, load, heat: Some(i64::MAX >> 12) }
    }

    fn query(text: serde_json::Value) -> QuerySpec {
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn every_measure_is_what_its_name_says() {
        let events = [event(1, 900, Some(5)), event(2, 950, None), event(3, 920, Some(-2)), event(4, 1_000, Some(9))];
        let measure = |name: &str| json!({"fn": name, "field": "load"});
        let asked = query(json!({
            "stream": "tides", "shape": "series", "bucket": 100, "range": {"from": 0, "to": 2_000}, "groupBy": ["zone"],
            "measures": [{"fn": "count"}, measure("count"), measure("sum"), measure("avg"), measure("min"),
                         measure("max"), measure("first"), measure("last"), {"fn": "rate"}]
        }));
        let shown = cells(&asked, &events, (0, 2_000), true);
        let due = [3.0, 2.0, 3.0, 1.5, -2.0, 5.0, 5.0, -2.0].map(|value| Value::Exactly(Some(value)));
        let held = &shown[&(vec![None], 9)];
        assert_eq!(held[..8], due);
        assert_eq!(held[8], Value::Nearly(30.0));
        assert_eq!(shown.len(), 2);
        assert_eq!(cells(&asked, &events, (1_000, 1_000), false).len(), 0);
        assert_eq!(cells(&asked, &events, (1_000, 1_000), true).len(), 1);
    }

    #[test]
    fn sums_are_rounded_once() {
        let events: Vec<_> = (0..3).map(|number| event(number, 0, None)).collect();
        let asked = query(json!({"stream": "tides", "shape": "table", "range": {"from": 0, "to": 1},
                                 "measures": [{"fn": "sum", "field": "heat"}]}));
        let exact = 3 * i128::from(i64::MAX >> 12);
        assert_eq!(
            cells(&asked, &events, (0, 1), false)[&(vec![], 0)],
            [Value::Exactly(Some(exact as f64 / HEAT_PARTS))]
        );
    }

    #[test]
    fn an_event_without_the_tag_is_not_in_any_list() {
        let filter = |op: &str| {
            query(
                json!({"stream": "tides", "shape": "feed", "where": [{"tag": "zone", "op": op, "values": ["north"]}]}),
            )
        };
        assert!(matches(&filter("not_in"), &event(1, 0, None)) && !matches(&filter("in"), &event(1, 0, None)));
        assert!(!Value::Exactly(None).allows(Some(0.0)) && !Value::Exactly(Some(0.0)).allows(Some(-0.0)));
    }
}
