//! A session as a state machine: what it answers, what it asks for, and what it never does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use tideboard_live::{Committed, Engine, View};
use tideboard_model::{
    Epoch, Event, Limits, Millis, Nanos, Offset, Position, Problem, ProblemCode, Proof, Query, StreamName,
};
use tideboard_sync::wire::{Reason, Subscribe, SubscribedView};
use tideboard_sync::{Effect, Encoder, Session, Settings, Verdict};

const NOW: Millis = Millis(1_000_000);

fn subscribe(message: Value) -> Subscribe {
    serde_json::from_value(message).unwrap()
}

fn feed(id: &str, stream: &str) -> Value {
    json!({"id": id, "query": {"stream": stream, "shape": "feed"}})
}

fn position(offset: u64) -> Position {
    Position { epoch: Epoch(7), offset: Offset(offset), proof: Proof(offset * 11) }
}

fn append(first: u64) -> Committed {
    let event = Event {
        stream: StreamName::new("s").unwrap(),
        time: Nanos(0),
        tags: Default::default(),
        fields: Default::default(),
    };
    let previous = position(first - 1).proof;
    Committed { first: Offset(first), previous, position: position(first), accepted: NOW, events: Arc::new([event]) }
}

/// A session and an engine with one stream.
struct Desk {
    session: Session,
    engine: Engine,
    encoder: Encoder,
}

impl Desk {
    fn new() -> Self {
        let session = Session::new(Settings::default(), NOW);
        Self { session, engine: Engine::new(), encoder: Encoder::new(100_000) }
    }

    /// Subscribes, opens every view at an offset, and answers with what became of each.
    fn subscribe(&mut self, message: Value, at: u64) -> (Vec<SubscribedView>, Vec<Effect>) {
        let (answer, effects) = self.session.subscribe(subscribe(message));
        for effect in &effects {
            if let Effect::Open(query) = effect {
                let id = self.engine.find(query).unwrap_or_else(|| {
                    let mut view = View::new(Arc::clone(query), Limits::default(), NOW, None, Offset::ZERO);
                    view.hydrated(Offset(at));
                    self.engine.join(view, position(at)).unwrap()
                });
                self.session.opened(query, id);
            }
        }
        (answer.views, effects)
    }

    fn apply(&mut self, first: u64) {
        self.encoder.clear();
        self.engine.apply(&StreamName::new("s").unwrap(), &append(first)).unwrap();
    }

    fn flush(&mut self) -> Vec<Value> {
        let frame = self.session.flush(&self.engine, &mut self.encoder, NOW).frame;
        frame.iter().map(|message| serde_json::to_value(message).unwrap()).collect()
    }

    fn flush_sent(&mut self) -> Value {
        let mut messages = self.flush();
        assert_eq!(messages.len(), 1, "one message: {messages:?}");
        self.session.sent();
        messages.remove(0)
    }
}

#[test]
fn without_credit_nothing_is_made_and_the_next_frame_covers_all() {
    let mut desk = Desk::new();
    desk.subscribe(json!({"views": [feed("f", "s")]}), 0);
    for first in 1..=40 {
        desk.apply(first);
        let frames = desk.flush();
        desk.session.sent();
        assert_eq!(frames.len(), usize::from(first <= 8), "frame {first}");
    }
    desk.session.grant(5);
    assert!(desk.flush().is_empty(), "a lower grant is none");
    desk.session.grant(9);
    let frame = desk.flush_sent();
    assert_eq!(frame["from"], Value::Null, "it starts where the last one led");
    let to = position(40).to_string();
    assert_eq!(frame["to"]["s"], format!("~{}", to.split_once('.').unwrap().1));
    assert_eq!(frame["parts"][0]["diff"].as_array().unwrap().len(), 32);
    assert!(desk.flush().is_empty());
}

#[test]
fn a_frame_that_was_not_sent_is_made_again_from_the_same_place() {
    let mut desk = Desk::new();
    desk.subscribe(json!({"views": [feed("f", "s")]}), 0);
    desk.apply(1);
    let lost = desk.flush();
    desk.apply(2);
    let again = desk.flush_sent();
    assert_eq!((&lost[0]["from"]["s"], &again["from"]["s"]), (&Value::Null, &Value::Null));
    assert_ne!(lost[0]["seq"], again["seq"], "a message of another number discards the parts of the first");
    assert_eq!(again["parts"][0]["replace"].as_array().unwrap().len(), 2);
}

#[test]
fn a_stream_waits_for_the_verdict_and_for_every_view_that_is_claimed() {
    let mut first = Desk::new();
    let (answer, _) = first.subscribe(json!({"views": [feed("f", "s")]}), 3);
    let SubscribedView::Opened { identity, .. } = &answer[0] else { panic!("{answer:?}") };
    let have = json!({"identity": identity});
    let mut view = feed("f", "s");
    view["have"] = have.clone();
    let mut second = feed("g", "s");
    second["query"]["limit"] = json!(7);
    second["have"] = have;
    let message = json!({"views": [view, second], "position": {"s": position(3).to_string()}});

    let mut desk = Desk::new();
    let (_, effects) = desk.session.subscribe(subscribe(message));
    let verify = effects.iter().filter(|effect| matches!(effect, Effect::Verify(_, at) if *at == position(3))).count();
    assert_eq!(verify, 1, "one stream, one question");
    let queries: Vec<_> = effects
        .iter()
        .filter_map(|effect| if let Effect::Open(query) = effect { Some(Arc::clone(query)) } else { None })
        .collect();
    let open = |desk: &mut Desk, query: &Arc<Query>| {
        let mut view = View::new(Arc::clone(query), Limits::default(), NOW, None, Offset::ZERO);
        view.hydrated(Offset(3));
        let id = desk.engine.join(view, position(3)).unwrap();
        desk.session.opened(query, id);
    };
    open(&mut desk, &queries[0]);
    assert!(desk.flush().is_empty(), "not judged yet");
    desk.session.verified(&StreamName::new("s").unwrap(), Verdict::Proved, Offset(3));
    assert!(desk.flush().is_empty(), "the other view would be left behind");
    open(&mut desk, &queries[1]);
    let frame = desk.flush_sent();
    assert_eq!(frame["from"]["s"], position(3).to_string());
    // The second was made by another query: its cells are of no use.
    let parts = frame["parts"].as_array().unwrap();
    assert_eq!(parts.len(), 1, "{parts:?}");
    assert_eq!((&parts[0]["view"], &parts[0]["reason"]), (&json!("g"), &json!("query")));
}

/// Else a cut in between would leave a viewer that holds "nothing" at a position, and what came before lost on it.
#[test]
fn a_stream_that_appears_waits_for_every_view_that_was_told_there_is_nothing() {
    let mut desk = Desk::new();
    let mut second = feed("g", "s");
    second["query"]["limit"] = json!(7);
    let (_, effects) = desk.session.subscribe(subscribe(json!({"views": [feed("f", "s"), second]})));
    let queries: Vec<_> = effects
        .iter()
        .filter_map(|effect| if let Effect::Open(query) = effect { Some(Arc::clone(query)) } else { None })
        .collect();
    queries.iter().for_each(|query| desk.session.absent(query));
    let nothing = desk.flush_sent();
    assert_eq!((nothing["parts"].as_array().unwrap().len(), nothing.get("to")), (2, None));
    for (number, query) in queries.iter().enumerate() {
        assert!(desk.flush().is_empty(), "{number} views are open");
        let mut view = View::new(Arc::clone(query), Limits::default(), NOW, None, Offset::ZERO);
        view.fold(Offset(1), &append(1).events[0]);
        view.hydrated(Offset(1));
        let id = desk.engine.join(view, position(1)).unwrap();
        desk.session.opened(query, id);
    }
    let frame = desk.flush_sent();
    assert_eq!((&frame["from"]["s"], frame["parts"].as_array().unwrap().len()), (&Value::Null, 2));
}

/// The same where it appears before that was told.
#[test]
fn a_stream_does_not_move_with_the_word_that_there_is_nothing() {
    let mut desk = Desk::new();
    let mut second = feed("g", "s");
    second["query"]["limit"] = json!(7);
    let (_, effects) = desk.session.subscribe(subscribe(json!({"views": [feed("f", "s"), second]})));
    for (number, effect) in effects.iter().enumerate() {
        let Effect::Open(query) = effect else { panic!("{effect:?}") };
        desk.session.absent(query);
        if number == 0 {
            let mut view = View::new(Arc::clone(query), Limits::default(), NOW, None, Offset::ZERO);
            view.hydrated(Offset(1));
            let id = desk.engine.join(view, position(1)).unwrap();
            desk.session.opened(query, id);
        }
    }
    let frame = desk.flush_sent();
    assert_eq!((frame["parts"].as_array().unwrap().len(), frame.get("to")), (1, None), "the one that is not open");
    assert_eq!(frame["parts"][0]["view"], "g");
}

/// The same where the cut came before: the views return without a position.
#[test]
fn views_that_return_with_nothing_move_together_too() {
    let mut desk = Desk::new();
    let mut views = [feed("f", "s"), feed("g", "s")];
    views[1]["query"]["limit"] = json!(7);
    views.iter_mut().for_each(|view| view["have"] = json!({"identity": "any"}));
    let (_, effects) = desk.session.subscribe(subscribe(json!({"views": views})));
    let mut opened = 0;
    for effect in &effects {
        let Effect::Open(query) = effect else { continue };
        assert!(desk.flush().is_empty(), "{opened} views are open");
        let mut view = View::new(Arc::clone(query), Limits::default(), NOW, None, Offset::ZERO);
        view.hydrated(Offset(1));
        let id = desk.engine.join(view, position(1)).unwrap();
        desk.session.opened(query, id);
        opened += 1;
    }
    assert_eq!(desk.flush_sent()["parts"].as_array().unwrap().len(), 2);
}

#[test]
fn a_position_that_is_refused_replaces_its_views_with_the_reason() {
    for (text, verdict, reason) in [
        ("nonsense".to_owned(), None, "unproved"),
        (position(3).to_string(), Some(Reason::Epoch), "epoch"),
        (position(3).to_string(), Some(Reason::Ahead), "ahead"),
        (position(3).to_string(), Some(Reason::Expired), "expired"),
    ] {
        let mut desk = Desk::new();
        let query = Query::new(&serde_json::from_value(feed("f", "s")["query"].clone()).unwrap(), &Limits::default());
        let mut view = feed("f", "s");
        view["have"] = json!({"identity": query.unwrap().identity().to_string()});
        desk.subscribe(json!({"views": [view], "position": {"s": text}}), 3);
        if let Some(reason) = verdict {
            desk.session.verified(&StreamName::new("s").unwrap(), Verdict::Refused(reason), Offset::ZERO);
        }
        let frame = desk.flush_sent();
        assert_eq!(frame["from"]["s"], text, "the rule holds unchanged");
        assert_eq!(frame["parts"][0]["reason"], reason);
        assert!(frame["parts"][0]["replace"].is_array());
    }
}

/// Or a later claim (this window, that position) would say that a late event before the new window is held.
#[test]
fn a_move_tells_every_window_that_moved_and_a_window_alone_is_no_reason_to_move() {
    let mut desk = Desk::new();
    let series = json!({"id": "c", "query": {"stream": "s", "shape": "series", "range": {"last": 2000}, "bucket": 1000,
                                             "measures": [{"fn": "count"}]}});
    desk.subscribe(json!({"views": [feed("f", "s"), series]}), 0);
    let first = desk.flush_sent();
    assert_eq!(first["parts"][0]["window"], json!([999_000, 1_001_000]));
    desk.engine.slide(Millis(NOW.0 + 1_000));
    desk.encoder.clear();
    assert!(desk.flush().is_empty());
    // The event is older than the series shows: only the feed changes.
    desk.apply(1);
    let frame = desk.flush_sent();
    assert_eq!(frame["parts"][1], json!({"view": "c", "window": [1_000_000, 1_002_000], "diff": []}));
    assert_eq!(frame["parts"].as_array().unwrap().len(), 2);
}

#[test]
fn limits_of_a_session_are_said_by_name() {
    let mut desk = Desk::new();
    let many: Vec<_> = (0..101).map(|number| feed(&format!("v{number}"), "s")).collect();
    let (answer, _) = desk.subscribe(json!({"views": many}), 0);
    let code = |view: &SubscribedView| match view {
        SubscribedView::Opened { .. } => None,
        SubscribedView::Refused { problem, .. } => Some(problem.code),
    };
    assert_eq!(answer.iter().filter_map(code).collect::<Vec<_>>(), [ProblemCode::TooManyViews]);
    assert_eq!(desk.session.unsubscribe(&["v0".into(), "v1".into(), "nobody".into()]).len(), 2);
    for id in ["v2".to_owned(), String::new(), "x".repeat(65)] {
        let (answer, _) = desk.subscribe(json!({"views": [feed(&id, "s")]}), 0);
        assert_eq!(code(&answer[0]), Some(ProblemCode::InvalidInput), "`{id}`");
    }
    assert_eq!(desk.session.close().len(), 98, "every use ends with the session");
}

#[test]
fn a_view_that_fails_is_told_and_forgotten() {
    let mut desk = Desk::new();
    desk.subscribe(json!({"views": [feed("f", "s"), feed("g", "s"), feed("h", "t")]}), 0);
    let query =
        Query::new(&serde_json::from_value(feed("f", "s")["query"].clone()).unwrap(), &Limits::default()).unwrap();
    let (problems, effects) = desk.session.refused(&query, &Problem::new(ProblemCode::StorageFailed, "why"));
    let views: Vec<_> = problems.iter().filter_map(|problem| problem.view.as_deref()).collect();
    assert_eq!((views, effects.len(), desk.session.view_count()), (vec!["f", "g"], 2, 1));
}

fn any_json() -> impl Strategy<Value = Value> {
    let key = prop::sample::select(vec![
        "views", "id", "query", "have", "identity", "window", "position", "stream", "shape", "measures", "fn", "field",
        "groupBy", "where", "tag", "op", "values", "range", "last", "from", "to", "bucket", "limit", "s",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop::sample::select(vec!["series", "table", "feed", "count", "rate", "in", "s", "", "7.3.b", "-1.0.0"])
            .prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 60, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(key.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Any query: valid in form, absurd in content.
fn any_subscription() -> impl Strategy<Value = Value> {
    let number = prop_oneof![any::<i64>(), 0..10i64, Just(i64::MAX), Just(i64::MIN), Just(3_153_600_000_000i64)];
    (
        prop::sample::select(vec!["series", "table", "feed"]),
        number.clone(),
        number.clone(),
        prop::option::of(number.clone()),
        prop::option::of((number.clone(), number)),
        any::<bool>(),
    )
        .prop_map(|(shape, from, to, bucket, window, last)| {
            let range = if last { json!({"last": to}) } else { json!({"from": from, "to": to}) };
            let mut query = json!({"stream": "s", "shape": shape});
            if shape != "feed" {
                query["range"] = range;
                query["measures"] = json!([{"fn": "rate", "field": "v"}, {"fn": "rate"}]);
            }
            if let (Some(bucket), "series") = (bucket, shape) {
                query["bucket"] = json!(bucket);
            }
            let mut view = json!({"id": "v", "query": query});
            if let Some(window) = window {
                view["have"] = json!({"identity": "", "window": window});
            }
            json!({"views": [view], "position": {"s": "7.3.21"}})
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn whatever_a_viewer_sends_is_answered_or_refused(message in prop_oneof![any_json(), any_subscription()], now: i64) {
        let Ok(message) = serde_json::from_value::<Subscribe>(message) else { return Ok(()) };
        let asked = message.views.len();
        let mut desk = Desk::new();
        let (answer, effects) = desk.session.subscribe(message);
        prop_assert_eq!(answer.views.len(), asked);
        for effect in effects {
            if let Effect::Open(query) = effect {
                let mut view = View::new(Arc::clone(&query), Limits::default(), Millis(now), None, Offset::ZERO);
                view.fold(Offset(1), &append(1).events[0]);
                view.hydrated(Offset(1));
                view.slide(Millis(now.saturating_add(5_000)), Some(Nanos(0)));
                if let Ok(id) = desk.engine.join(view, position(1)) {
                    desk.session.opened(&query, id);
                }
            }
        }
        desk.session.verified(&StreamName::new("s").unwrap(), Verdict::Proved, Offset(3));
        desk.session.flush(&desk.engine, &mut desk.encoder, Millis(now));
    }
}

/// A position that the log gave out in place of one it lost.
fn reissued(offset: u64) -> Position {
    Position { proof: Proof(1_000 + offset), ..position(offset) }
}

impl Desk {
    /// The log has lost what the views show; they are read anew up to `at`.
    fn lose(&mut self, at: Position, reason: Reason) {
        self.session.lost(&StreamName::new("s").unwrap(), reason);
        self.read_anew(at);
    }

    /// One view after another.
    fn read_anew(&mut self, at: Position) {
        self.encoder.clear();
        let queries = self.engine.forget(&StreamName::new("s").unwrap());
        for (number, query) in queries.into_iter().enumerate() {
            assert!(self.flush().is_empty(), "{number} views are open");
            let mut view = View::new(Arc::clone(&query), Limits::default(), NOW, None, Offset::ZERO);
            view.hydrated(at.offset);
            let id = self.engine.join(view, at).unwrap();
            self.session.opened(&query, id);
        }
    }
}

#[test]
fn what_the_log_lost_is_told_anew_with_the_reason_in_one_frame() {
    let mut desk = Desk::new();
    let mut second = feed("g", "s");
    second["query"]["limit"] = json!(7);
    desk.subscribe(json!({"views": [feed("f", "s"), second]}), 0);
    desk.apply(1);
    desk.flush_sent();
    desk.lose(reissued(1), Reason::Unproved);
    let frame = desk.flush_sent();
    assert_eq!(
        (&frame["from"]["s"], &frame["to"]["s"]),
        (&json!(position(1).to_string()), &json!(reissued(1).to_string()))
    );
    let parts = frame["parts"].as_array().unwrap();
    assert_eq!(parts.iter().map(|part| &part["reason"]).collect::<Vec<_>>(), ["unproved", "unproved"]);
    assert!(parts.iter().all(|part| part["replace"].is_array()));
    assert!(desk.flush().is_empty());
}

#[test]
fn a_frame_under_way_when_the_log_lost_it_is_taken_back_by_the_next_one() {
    let mut desk = Desk::new();
    desk.subscribe(json!({"views": [feed("f", "s")]}), 0);
    desk.apply(1);
    assert_eq!(desk.flush().len(), 1);
    desk.session.lost(&StreamName::new("s").unwrap(), Reason::Unproved);
    desk.session.sent();
    desk.read_anew(reissued(1));
    let frame = desk.flush_sent();
    assert_eq!(frame["from"]["s"], position(1).to_string(), "where the frame took the viewer");
    assert_eq!(
        (&frame["to"]["s"], &frame["parts"][0]["reason"]),
        (&json!(reissued(1).to_string()), &json!("unproved"))
    );
}

#[test]
fn a_position_ahead_of_the_views_is_asked_for_again_once_they_have_passed_it_or_doubt_it() {
    let stream = StreamName::new("s").unwrap();
    let query = Query::new(&serde_json::from_value(feed("f", "s")["query"].clone()).unwrap(), &Limits::default());
    let mut view = feed("f", "s");
    view["have"] = json!({"identity": query.unwrap().identity().to_string()});
    let ahead = || {
        let mut desk = Desk::new();
        desk.subscribe(json!({"views": [view], "position": {"s": position(3).to_string()}}), 1);
        desk.session.verified(&stream, Verdict::Proved, Offset(1));
        assert!(desk.flush().is_empty(), "the views will get there");
        desk
    };
    let mut reached = ahead();
    (2..=3).for_each(|first| reached.apply(first));
    assert_eq!(reached.flush_sent()["from"]["s"], position(3).to_string());

    let mut met = ahead();
    met.apply(2);
    met.encoder.clear();
    met.engine.apply(&stream, &Committed { position: reissued(3), ..append(3) }).unwrap();
    assert_eq!(met.flush_sent()["parts"][0]["reason"], "unproved", "another end of that offset");

    let asked = [Effect::Verify(stream.clone(), position(3))];
    let mut passed = ahead();
    (2..=4).for_each(|first| passed.apply(first));
    let outgoing = passed.session.flush(&passed.engine, &mut passed.encoder, NOW);
    assert_eq!((outgoing.effects.as_slice(), outgoing.frame.len()), (asked.as_slice(), 0));

    let mut doubted = ahead();
    assert_eq!(doubted.session.uncertain(&stream), asked);
    doubted.session.verified(&stream, Verdict::Refused(Reason::Ahead), Offset(1));
    assert_eq!(doubted.flush_sent()["from"]["s"], position(3).to_string(), "it waits no more");

    let mut other = ahead();
    other.lose(reissued(3), Reason::Unproved);
    assert!(other.flush().is_empty(), "asked for again");
}

#[test]
fn what_was_judged_while_nothing_was_watched_is_judged_again() {
    let stream = StreamName::new("s").unwrap();
    let mut desk = Desk::new();
    desk.subscribe(json!({"views": [feed("f", "s")], "position": {"s": position(3).to_string()}}), 3);
    desk.session.verified(&stream, Verdict::Proved, Offset(3));
    desk.session.unsubscribe(&["f".to_owned()]);
    let (_, effects) = desk.subscribe(json!({"views": [feed("f", "s")]}), 3);
    assert!(effects.contains(&Effect::Verify(stream, position(3))));
}
