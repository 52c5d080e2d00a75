//! Queries by chance.

use tideboard_model::{FilterOp, FilterSpec, MeasureFn, MeasureSpec, QuerySpec, RangeSpec, ShapeSpec};
use tideboard_testkit::Dice;

use crate::event::{HOSTS, STREAMS, ZONES};

const MINUTE_MS: i64 = 60_000;

/// Any query.
pub(super) fn any(dice: &mut Dice, base: i64) -> QuerySpec {
    let shape =
        *dice.pick(&[ShapeSpec::Series, ShapeSpec::Series, ShapeSpec::Table, ShapeSpec::Table, ShapeSpec::Feed]);
    let stream = *dice.pick(&[STREAMS[0], STREAMS[0], STREAMS[0], STREAMS[1], STREAMS[1], STREAMS[2]]);
    let mut query = QuerySpec {
        stream: stream.to_owned(),
        shape,
        measures: Vec::new(),
        group_by: Vec::new(),
        filters: filters(dice),
        range: None,
        bucket: None,
        limit: None,
    };
    if shape == ShapeSpec::Feed {
        query.limit = u32::try_from(dice.within(1, 120)).ok();
        return query;
    }
    query.measures = (0..dice.within(1, 5)).map(|_| measure(dice)).collect();
    query.group_by = dice
        .pick(&[&[][..], &["host"], &["who"], &["zone"], &["host", "zone"], &["zone", "who"]])
        .iter()
        .map(|tag| (*tag).to_owned())
        .collect();
    let (range, span) = range(dice, base);
    query.range = Some(range);
    if shape == ShapeSpec::Series {
        query.bucket = Some((span / i64::try_from(dice.within(10, 240)).unwrap_or(10)).max(100));
    }
    query
}

/// Some of the pool, and always one that counts every event of a stream: lost or doubled, it shows there.
pub(super) fn choose(dice: &mut Dice, pool: &[QuerySpec], count: usize, base: i64) -> Vec<QuerySpec> {
    let mut chosen = vec![everything(dice.pick::<&str>(&STREAMS), base), everything("rare", base)];
    for _ in 0..count {
        let query = dice.pick(pool);
        if !chosen.contains(query) {
            chosen.push(query.clone());
        }
    }
    chosen
}

/// Counts all events of a stream by producer.
pub(super) fn everything(stream: &str, base: i64) -> QuerySpec {
    let of = |function, field: &str| MeasureSpec { function, field: Some(field.to_owned()) };
    QuerySpec {
        stream: stream.to_owned(),
        shape: ShapeSpec::Table,
        measures: vec![
            MeasureSpec { function: MeasureFn::Count, field: None },
            of(MeasureFn::Sum, "n"),
            of(MeasureFn::Min, "n"),
            of(MeasureFn::Max, "n"),
            of(MeasureFn::Sum, "heat"),
        ],
        group_by: vec!["who".to_owned()],
        filters: Vec::new(),
        range: Some(RangeSpec::Between { from: base - 600 * MINUTE_MS, to: base + 600 * MINUTE_MS }),
        bucket: None,
        limit: None,
    }
}

fn measure(dice: &mut Dice) -> MeasureSpec {
    let function = *dice.pick(&[
        MeasureFn::Count,
        MeasureFn::Sum,
        MeasureFn::Sum,
        MeasureFn::Avg,
        MeasureFn::Min,
        MeasureFn::Max,
        MeasureFn::First,
        MeasureFn::Last,
        MeasureFn::Rate,
    ]);
    let field = match function {
        MeasureFn::Rate => None,
        MeasureFn::Count if dice.percent(50) => None,
        MeasureFn::Count
        | MeasureFn::Sum
        | MeasureFn::Avg
        | MeasureFn::Min
        | MeasureFn::Max
        | MeasureFn::First
        | MeasureFn::Last => Some((*dice.pick(&["n", "load", "heat", "heat"])).to_owned()),
    };
    MeasureSpec { function, field }
}

fn filters(dice: &mut Dice) -> Vec<FilterSpec> {
    let mut filter = |tag: &str, values: &[&str]| {
        let some: Vec<_> = values.iter().filter(|_| dice.percent(50)).map(|value| (*value).to_owned()).collect();
        let op = if dice.percent(60) { FilterOp::In } else { FilterOp::NotIn };
        (!some.is_empty()).then(|| FilterSpec { tag: tag.to_owned(), op, values: some })
    };
    let found = [filter("zone", &ZONES), filter("host", &HOSTS)];
    found.into_iter().flatten().filter(|_| dice.percent(35)).collect()
}

/// A range and how long it is, in milliseconds.
fn range(dice: &mut Dice, base: i64) -> (RangeSpec, i64) {
    if dice.percent(50) {
        let last = *dice.pick(&[5_000, 30_000, 2 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS, 600 * MINUTE_MS]);
        return (RangeSpec::Last { last }, last);
    }
    let minutes = |count| i64::try_from(count).unwrap_or(1) * MINUTE_MS;
    let from = base - minutes(dice.within(1, 400));
    let to = base + minutes(dice.within(0, 60));
    (RangeSpec::Between { from, to }, to - from)
}
