//! What a view must show, recomputed from all events in the plainest way: no panes, no stamps, no merging.

use std::collections::BTreeMap;

use tideboard_live::{ExactSum, Number};
use tideboard_model::{Event, Measure, MeasureFn, Nanos, PaneWidth, Query, Shape, TagName, Window};

/// A group as text values.
pub type Group = Vec<Option<String>>;
/// Values as bits, so that equal means equal.
pub type Values = Vec<Option<u64>>;

/// Cells of any shape.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Cells {
    /// By group, and by bucket for a series (0 for a table).
    pub cells: BTreeMap<(Group, i64), Values>,
    /// A feed's events as JSON text.
    pub feed: Vec<String>,
}

/// What a query shows of a log's events (the first has offset 1) in a window. Series show what lies ahead of the window
/// too.
#[must_use]
pub fn cells(query: &Query, events: &[Event], window: Option<Window>) -> Cells {
    let matching: Vec<(u64, &Event)> = (1..).zip(events).filter(|(_, event)| query.matches(event)).collect();
    let mut shown = Cells::default();
    match &query.shape {
        Shape::Feed { events } => {
            let skip = matching.len().saturating_sub(*events);
            shown.feed = matching[skip..].iter().map(|(_, event)| feed_line(event)).collect();
        }
        Shape::Series { measures, group_by, bucket } => {
            let window = window.expect("a series has a window");
            for (group, events) in grouped(group_by, &matching) {
                for pane in panes(*bucket, &events).into_iter().filter(|pane| *pane >= window.from.0) {
                    let own = in_panes(*bucket, &events, pane..pane + 1);
                    let before = in_panes(*bucket, &events, pane - 1..pane);
                    let steps = [(before, own.clone())];
                    let value = |measure| bits(measured(measure, &own, *bucket, &steps));
                    shown.cells.insert((group.clone(), pane), measures.iter().map(value).collect());
                }
            }
        }
        Shape::Table { measures, group_by, pane: width } => {
            let window = window.expect("a table has a window");
            if window.from == window.to {
                return shown;
            }
            let span = PaneWidth::new(width.millis() * (window.to.0 - window.from.0)).unwrap();
            for (group, events) in grouped(group_by, &matching) {
                let own = in_panes(*width, &events, window.from.0..window.to.0);
                if own.is_empty() {
                    continue;
                }
                let steps: Vec<_> = panes(*width, &own)
                    .into_iter()
                    .map(|pane| (in_panes(*width, &events, pane - 1..pane), in_panes(*width, &events, pane..pane + 1)))
                    .collect();
                let value = |measure| bits(measured(measure, &own, span, &steps));
                shown.cells.insert((group, 0), measures.iter().map(value).collect());
            }
        }
    }
    shown
}

/// An event as the wire shows it, as JSON text.
#[must_use]
pub fn feed_line(event: &Event) -> String {
    use tideboard_model::FieldValue::{Bool, Float, Int, Text};
    let fields: serde_json::Map<_, _> = event
        .fields
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Float(value) => serde_json::json!(value),
                Int(value) if value.unsigned_abs() <= 1 << 53 => serde_json::json!(value),
                Int(value) => serde_json::json!(value.to_string()),
                Bool(value) => serde_json::json!(value),
                Text(value) => serde_json::json!(value.as_ref()),
            };
            (name.to_string(), value)
        })
        .collect();
    let tags: serde_json::Map<_, _> =
        event.tags.iter().map(|(tag, value)| (tag.to_string(), serde_json::json!(value.as_ref()))).collect();
    serde_json::json!({"time": event.time.to_millis().0, "tags": tags, "fields": fields}).to_string()
}

type Numbered<'a> = Vec<(u64, &'a Event)>;

fn grouped<'a>(tags: &[TagName], events: &Numbered<'a>) -> BTreeMap<Group, Numbered<'a>> {
    let mut groups: BTreeMap<Group, Numbered<'a>> = BTreeMap::new();
    for (offset, event) in events {
        let group = tags.iter().map(|tag| event.tags.get(tag).map(|value| value.to_string())).collect();
        groups.entry(group).or_default().push((*offset, event));
    }
    groups
}

fn panes(width: PaneWidth, events: &Numbered<'_>) -> Vec<i64> {
    let mut panes: Vec<_> = events.iter().map(|(_, event)| width.pane_of(event.time).0).collect();
    panes.sort_unstable();
    panes.dedup();
    panes
}

fn in_panes<'a>(width: PaneWidth, events: &Numbered<'a>, range: std::ops::Range<i64>) -> Numbered<'a> {
    events.iter().filter(|(_, event)| range.contains(&width.pane_of(event.time).0)).copied().collect()
}

/// `steps`: for growth, the events of each pane with those of the pane before it.
fn measured(
    measure: &Measure,
    events: &Numbered<'_>,
    span: PaneWidth,
    steps: &[(Numbered<'_>, Numbered<'_>)],
) -> Option<f64> {
    let seconds = span.millis() as f64 / 1000.0;
    let Some(_) = &measure.field else {
        let count = events.len() as f64;
        return Some(if measure.function == MeasureFn::Rate { count * 1000.0 / (seconds * 1000.0) } else { count });
    };
    let with_field = events.iter().filter(|(_, event)| event.fields.get(measure.field.as_ref().unwrap()).is_some());
    if measure.function == MeasureFn::Count {
        return Some(with_field.count() as f64);
    }
    let samples = samples(measure, events);
    if measure.function == MeasureFn::Rate {
        return growth(measure, steps);
    }
    let values = samples.iter().map(|(_, _, number)| number.to_f64());
    match measure.function {
        MeasureFn::Count | MeasureFn::Rate => unreachable!("handled above"),
        MeasureFn::Min => values.reduce(f64::min),
        MeasureFn::Max => values.reduce(f64::max),
        MeasureFn::First => samples.first().map(|(_, _, number)| number.to_f64()),
        MeasureFn::Last => samples.last().map(|(_, _, number)| number.to_f64()),
        MeasureFn::Sum | MeasureFn::Avg if samples.is_empty() => None,
        MeasureFn::Sum => Some(sum(&samples)).filter(|sum| sum.is_finite()),
        MeasureFn::Avg => Some(sum(&samples) / samples.len() as f64).filter(|average| average.is_finite()),
    }
}

type Sample = (Nanos, u64, Number);

/// Numbers of the measure's field, by time, then offset.
fn samples(measure: &Measure, events: &Numbered<'_>) -> Vec<Sample> {
    let field = measure.field.as_ref().unwrap();
    let mut samples: Vec<Sample> = events
        .iter()
        .filter_map(|(offset, event)| Some((event.time, *offset, Number::of(event.fields.get(field)?)?)))
        .collect();
    samples.sort_by_key(|(time, offset, _)| (*time, *offset));
    samples
}

fn sum(samples: &[Sample]) -> f64 {
    let mut sum = ExactSum::default();
    samples.iter().for_each(|(_, _, number)| sum.add(*number));
    sum.read()
}

fn growth(measure: &Measure, steps: &[(Numbered<'_>, Numbered<'_>)]) -> Option<f64> {
    let mut spans = Vec::new();
    for (before, own) in steps {
        let (before, own) = (samples(measure, before), samples(measure, own));
        let Some(last) = own.last() else { continue };
        let start = before.last().or(own.first()).unwrap();
        if (start.0, start.1) < (last.0, last.1) {
            let (from, to) = (start.2.to_f64(), last.2.to_f64());
            let increase = if to >= from { to - from } else { to };
            spans.push((increase, (last.0.0 - start.0.0) as f64 / 1e9));
        }
    }
    let total = |values: Vec<f64>| {
        let mut sum = ExactSum::default();
        values.into_iter().for_each(|value| sum.add(Number::Float(value)));
        sum.read()
    };
    let increase = total(spans.iter().map(|(increase, _)| *increase).collect());
    let seconds = total(spans.iter().map(|(_, seconds)| *seconds).collect());
    (seconds > 0.0).then(|| increase / seconds).filter(|rate| rate.is_finite())
}

fn bits(value: Option<f64>) -> Option<u64> {
    value.map(f64::to_bits)
}
