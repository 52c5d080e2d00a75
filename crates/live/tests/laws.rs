//! Laws of views that need no world: order, splits, limits.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use proptest::prelude::*;
use tideboard_live::{Behind, Committed, Engine, Group, Rows, Standing, View, ViewFailure};
use tideboard_model::{
    Epoch, Event, FieldName, FieldValue, Fields, Limits, Millis, Nanos, Offset, Pane, Position, Proof, Query,
    QuerySpec, StreamName, TagName, Tags, Window,
};

const NOW: Millis = Millis(1_000_000);

fn spec(json: &str) -> QuerySpec {
    serde_json::from_str(json).unwrap()
}

fn query(json: &str) -> Arc<Query> {
    Arc::new(Query::new(&spec(json), &Limits::default()).unwrap())
}

fn event(time: Nanos, group: &str, value: f64) -> Event {
    Event {
        stream: StreamName::new("s").unwrap(),
        time,
        tags: Tags::from([(TagName::new("g").unwrap(), Arc::from(group))]),
        fields: Fields::from([(FieldName::new("v").unwrap(), FieldValue::float(value).unwrap())]),
    }
}

fn fold(view: &mut View, events: &[Event]) {
    for (offset, event) in (1..).zip(events) {
        view.fold(Offset(offset), event);
    }
    view.seal(Offset(events.len() as u64));
}

fn view_of(query: &Arc<Query>, limits: Limits) -> View {
    View::new(Arc::clone(query), limits, NOW, None, Offset::ZERO)
}

const SHAPES: [&str; 2] = [
    r#"{"stream":"s","shape":"series","range":{"last":2000},"bucket":100,"groupBy":["g"],"measures":[
        {"fn":"count"},{"fn":"sum","field":"v"},{"fn":"avg","field":"v"},{"fn":"min","field":"v"},{"fn":"max","field":"v"},
        {"fn":"first","field":"v"},{"fn":"last","field":"v"},{"fn":"rate","field":"v"}]}"#,
    r#"{"stream":"s","shape":"table","range":{"last":2000},"groupBy":["g"],"measures":[
        {"fn":"count"},{"fn":"sum","field":"v"},{"fn":"avg","field":"v"},{"fn":"min","field":"v"},{"fn":"max","field":"v"},
        {"fn":"first","field":"v"},{"fn":"last","field":"v"},{"fn":"rate","field":"v"}]}"#,
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// With distinct times every measure is a function of the set of events.
    #[test]
    fn order_of_arrival_changes_no_bit_of_any_measure(
        (events, shuffled) in prop::collection::btree_map(-3_000_000_000i64..0, ("[x-z]", -1e9..1e9f64), 1..60)
            .prop_map(|events| {
                events.into_iter().map(|(ago, (group, value))| {
                    event(Nanos(NOW.0 * 1_000_000 + ago), &group, value)
                }).collect::<Vec<_>>()
            })
            .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
        shape in prop::sample::select(SHAPES.to_vec()),
    ) {
        let query = query(shape);
        let (mut one, mut other) = (view_of(&query, Limits::default()), view_of(&query, Limits::default()));
        fold(&mut one, &events);
        fold(&mut other, &shuffled);
        // Equal as text: a float's text holds its bits.
        prop_assert_eq!(format!("{:?}", one.whole()), format!("{:?}", other.whole()));
    }
}

/// Nodes' clocks differ: an event may come in time for one and too late for the other.
#[test]
fn what_came_too_late_for_a_table_is_told_to_who_may_hold_it_from_another_node() {
    let query = query(SHAPES[1]);
    let (mut behind, mut ahead) = (view_of(&query, Limits::default()), view_of(&query, Limits::default()));
    ahead.slide(Millis(NOW.0 + 1_000), None);
    let far_edge = event(Nanos((NOW.0 - 1_500) * 1_000_000), "late", 1.0);
    for view in [&mut behind, &mut ahead] {
        view.fold(Offset(1), &far_edge);
        view.seal(Offset(1));
    }
    let standing = |view: &View| Standing { offset: Offset(1), window: view.window() };
    let removed = |standing| ahead.since(standing).unwrap().removed;
    let late: [Group; 1] = [[Some(Arc::from("late"))].into()];
    assert_eq!(removed(standing(&behind)), late, "another node showed it");
    assert_eq!(removed(standing(&ahead)), [], "this one never did");
    assert_eq!(removed(Standing { offset: Offset::ZERO, ..standing(&behind) }), [], "nobody can have shown it yet");
}

#[test]
fn of_a_flood_of_late_groups_the_latest_stay_known() {
    let mut view = view_of(&query(SHAPES[1]), Limits::default());
    let held = |from: i64| Window { from: Pane(from), to: Pane(from + 20) };
    let oldest = view.window().unwrap().from;
    view.slide(Millis(NOW.0 + 1_900), None);
    for late in 0..1_000 {
        let pane = oldest.0 + late / 53;
        view.fold(Offset(late.unsigned_abs() + 1), &event(Nanos(pane * 100_000_000), &format!("group {late}"), 1.0));
    }
    view.seal(Offset(1_000));
    let since = |from: i64| view.since(Standing { offset: Offset(1_000), window: Some(held(from)) });
    assert_eq!(since(oldest.0), Err(Behind::Floor), "too many to know them all");
    let of_the_last_pane = since(oldest.0 + 18).unwrap().removed;
    assert_eq!(of_the_last_pane.len(), 46, "{of_the_last_pane:?}");
}

#[test]
fn a_view_past_its_groups_or_cells_fails_by_name() {
    let query = query(SHAPES[0]);
    let limits = Limits { groups_per_view: 2, cells_per_view: 3, ..Limits::default() };
    let at = |ago: i64| Nanos((NOW.0 - ago) * 1_000_000);
    let mut groups = view_of(&query, limits);
    fold(&mut groups, &[event(at(1), "a", 1.0), event(at(1), "b", 1.0)]);
    assert_eq!(groups.failure(), None);
    fold(&mut groups, &[event(at(1), "c", 1.0)]);
    assert_eq!(groups.failure(), Some(ViewFailure::TooManyGroups { limit: 2 }));
    let mut cells = view_of(&query, limits);
    fold(&mut cells, &(0..4).map(|step| event(at(1 + 100 * step), "a", 1.0)).collect::<Vec<_>>());
    assert_eq!(cells.failure(), Some(ViewFailure::TooManyCells { limit: 3 }));
}

fn append(first: u64, count: u64) -> Committed {
    let at = Nanos(NOW.0 * 1_000_000 - 1);
    Committed {
        first: Offset(first),
        previous: position(first - 1).proof,
        position: position(first + count - 1),
        accepted: NOW,
        events: (0..count).map(|_| event(at, "a", 1.0)).collect(),
    }
}

fn position(offset: u64) -> Position {
    Position { epoch: Epoch(7), offset: Offset(offset), proof: Proof(offset) }
}

fn counted(engine: &Engine, query: &Query) -> Option<f64> {
    match engine.view(engine.find(query)?)?.whole().rows {
        Rows::Table(rows) => rows.first()?.values[0],
        Rows::Series(_) | Rows::Feed(_) => panic!("a table was asked for"),
    }
}

#[test]
fn a_view_joins_behind_at_and_ahead_of_its_stream() {
    let stream = StreamName::new("s").unwrap();
    let count = |last: i64| {
        query(&format!(r#"{{"stream":"s","shape":"table","range":{{"last":{last}}},"measures":[{{"fn":"count"}}]}}"#))
    };
    let (first, behind, ahead) = (count(1_000), count(2_000), count(3_000));
    let hydrated = |query: &Arc<Query>, upto: u64| {
        let mut view = view_of(query, Limits::default());
        fold(&mut view, &append(1, upto).events);
        view.hydrated(Offset(upto));
        view
    };
    let mut engine = Engine::new();
    engine.join(hydrated(&first, 2), position(2)).unwrap();
    assert_eq!(engine.apply(&stream, &append(3, 2)), Ok(true));
    assert_eq!(engine.apply(&stream, &append(3, 2)), Ok(false), "applied once only");
    engine.join(hydrated(&behind, 2), position(2)).unwrap();
    engine.join(hydrated(&ahead, 6), position(6)).unwrap();
    assert_eq!(counted(&engine, &behind), Some(4.0), "caught up with what is remembered");
    assert_eq!(counted(&engine, &ahead), None, "waits until its stream gets there");
    assert!(engine.apply(&stream, &append(8, 1)).is_err(), "a gap is said, not skipped");
    assert_eq!(engine.apply(&stream, &append(5, 2)), Ok(true));
    for query in [&first, &behind, &ahead] {
        assert_eq!(counted(&engine, query), Some(6.0), "all views of a stream stand at one offset");
    }
}

#[test]
fn what_a_log_lost_and_gave_out_anew_is_never_taken_for_the_same() {
    let stream = StreamName::new("s").unwrap();
    let table = |last: i64| {
        query(&format!(r#"{{"stream":"s","shape":"table","range":{{"last":{last}}},"measures":[{{"fn":"count"}}]}}"#))
    };
    let hydrated = |last: i64, upto: u64| {
        let mut view = view_of(&table(last), Limits::default());
        view.hydrated(Offset(upto));
        view
    };
    let lost = |offset: u64| Position { proof: Proof(1_000 + offset), ..position(offset) };
    let mut engine = Engine::new();
    engine.join(hydrated(1_000, 2), lost(2)).unwrap();
    assert!(engine.apply(&stream, &append(2, 1)).is_err(), "another end at the same offset");
    assert!(engine.apply(&stream, &append(3, 1)).is_err(), "the next offset, but after another end");
    assert!(engine.join(hydrated(2_000, 2), position(2)).is_err(), "views of two logs never stand together");

    let mut engine = Engine::new();
    engine.join(hydrated(1_000, 2), position(2)).unwrap();
    for (last, upto) in [(2_000, 3), (3_000, 4), (4_000, 5)] {
        engine.join(hydrated(last, upto), lost(upto)).unwrap();
    }
    engine.apply(&stream, &append(3, 2)).unwrap();
    let strays: Vec<_> = engine.strays(&stream).map(|(id, query)| (id, Arc::clone(query))).collect();
    assert_eq!(strays.iter().map(|(_, query)| query.clone()).collect::<Vec<_>>(), [table(2_000), table(3_000)]);
    strays.iter().for_each(|(id, _)| engine.close(*id));
    assert_eq!(engine.strays(&stream).count(), 0);
    assert_eq!(counted(&engine, &table(3_000)), None);
}

#[test]
fn what_is_not_remembered_any_more_is_hydrated_again() {
    let stream = StreamName::new("s").unwrap();
    let table = |last: i64| {
        query(&format!(r#"{{"stream":"s","shape":"table","range":{{"last":{last}}},"measures":[{{"fn":"count"}}]}}"#))
    };
    let mut engine = Engine::new();
    let mut view = view_of(&table(1_000), Limits::default());
    view.hydrated(Offset(0));
    engine.join(view, Position::start(Epoch(7))).unwrap();
    for first in 1..=400 {
        engine.apply(&stream, &append(first, 1)).unwrap();
    }
    let mut late = view_of(&table(2_000), Limits::default());
    late.hydrated(Offset(3));
    assert!(engine.join(late, position(3)).is_err());
}

#[test]
fn a_late_sample_restamps_the_bucket_after_its_own() {
    let rate = query(
        r#"{"stream":"s","shape":"series","range":{"last":2000},"bucket":100,"measures":[{"fn":"rate","field":"v"}]}"#,
    );
    let at = |ago: i64| Nanos((NOW.0 - ago) * 1_000_000);
    let mut view = view_of(&rate, Limits::default());
    fold(&mut view, &[event(at(250), "a", 10.0), event(at(150), "a", 20.0)]);
    let told = Standing { offset: Offset(2), window: view.window() };
    // Between the two, in the bucket of the first: growth now starts from here.
    view.fold(Offset(3), &event(at(210), "a", 19.0));
    view.seal(Offset(3));
    let Rows::Series(rows) = view.since(told).unwrap().rows else { panic!("a series was asked for") };
    let panes = [Millis(NOW.0 - 250), Millis(NOW.0 - 150)].map(|at| rate.pane_width().unwrap().pane_at(at).0);
    assert_eq!(rows[0].panes, panes);
    assert_eq!(rows[0].values[0], [Some(9.0 / 0.04), Some(1.0 / 0.06)]);
}

#[test]
fn first_and_last_of_one_instant_go_by_offset() {
    let ends = query(
        r#"{"stream":"s","shape":"table","range":{"last":2000},"measures":[{"fn":"first","field":"v"},{"fn":"last","field":"v"}]}"#,
    );
    let at = Nanos(NOW.0 * 1_000_000);
    let mut view = view_of(&ends, Limits::default());
    fold(&mut view, &[event(at, "a", 1.0), event(at, "a", 3.0), event(at, "a", 2.0)]);
    let Rows::Table(rows) = view.whole().rows else { panic!("a table was asked for") };
    assert_eq!(rows[0].values, [Some(1.0), Some(2.0)]);
}

#[test]
fn a_feed_counts_what_it_passes_over() {
    let query = query(r#"{"stream":"s","shape":"feed","limit":2}"#);
    let mut view = view_of(&query, Limits::default());
    fold(&mut view, &append(1, 5).events);
    let told = |offset| view.since(Standing { offset: Offset(offset), window: None }).unwrap();
    for (offset, rows, skipped) in [(5, 0, 0), (4, 1, 0), (3, 2, 0), (1, 2, 2), (0, 2, 3)] {
        let delta = told(offset);
        assert_eq!((delta.weight(), delta.skipped), (rows, Some(skipped)), "since {offset}");
    }
}
