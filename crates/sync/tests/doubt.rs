//! What a node asks the log while it doubts it, and what it makes of the answers.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

use std::sync::Arc;

use tideboard_live::{Committed, Engine, View};
use tideboard_model::{Epoch, Event, Limits, Millis, Nanos, Offset, Position, Proof, Query, StreamName};
use tideboard_sync::wire::Reason;
use tideboard_sync::{Answered, Footing, Judged, Known, Need, Proofs, Question, Unanswered, Verdict};

fn stream() -> StreamName {
    StreamName::new("s").unwrap()
}

fn position(offset: u64) -> Position {
    Position { epoch: Epoch(7), offset: Offset(offset), proof: Proof(offset * 11) }
}

fn append(first: u64) -> Committed {
    let event = Event { stream: stream(), time: Nanos(0), tags: Default::default(), fields: Default::default() };
    let previous = position(first - 1).proof;
    Committed {
        first: Offset(first),
        previous,
        position: position(first),
        accepted: Millis(0),
        events: Arc::new([event]),
    }
}

/// An engine whose views stand at an offset.
fn engine(at: u64) -> Engine {
    let mut engine = Engine::new();
    join(&mut engine, 1, at);
    engine
}

/// A view of the last so many events joins.
fn join(engine: &mut Engine, limit: u64, at: u64) {
    let spec = serde_json::from_str(&format!(r#"{{"stream":"s","shape":"feed","limit":{limit}}}"#)).unwrap();
    let query = Arc::new(Query::new(&spec, &Limits::default()).unwrap());
    let mut view = View::new(query, Limits::default(), Millis(0), None, Offset::ZERO);
    view.hydrated(Offset(at));
    engine.join(view, position(at)).unwrap();
}

fn judge(at: u64) -> Option<Need> {
    Some(Need::Judge(stream(), position(at)))
}

fn fill(after: u64) -> Option<Need> {
    Some(Need::Fill(stream(), Offset(after)))
}

#[test]
fn a_gap_is_judged_before_it_is_filled() {
    let (mut engine, mut footing) = (engine(1), Footing::new());
    assert_eq!(footing.commit(&mut engine, &stream(), &append(2)), (true, None));
    assert_eq!(footing.commit(&mut engine, &stream(), &append(4)), (false, judge(2)));
    assert_eq!(footing.commit(&mut engine, &stream(), &append(5)), (false, None), "it is read");
    assert_eq!(footing.judged(&engine, &stream(), position(2), Ok(Verdict::Proved)), fill(2));
    let read = vec![append(3), append(4)];
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(read)), (true, fill(4)), "until nothing is lacking");
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![append(5)])), (true, fill(5)));
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![])), (false, None));
    assert_eq!(footing.commit(&mut engine, &stream(), &append(6)), (true, None));
}

#[test]
fn what_the_log_refuses_is_rebuilt() {
    let (engine, mut footing) = (engine(2), Footing::new());
    assert_eq!(footing.doubt(&engine, &stream()), judge(2));
    let rebuild = Some(Need::Rebuild(stream(), Reason::Ahead));
    let refused = Ok(Verdict::Refused(Reason::Ahead));
    assert_eq!(footing.judged(&engine, &stream(), position(1), refused), None, "asked in an earlier life");
    assert_eq!(footing.judged(&engine, &stream(), position(2), refused), rebuild);
    assert_eq!(footing.doubt(&Engine::new(), &stream()), None, "there is nothing to doubt");
}

#[test]
fn a_verdict_from_before_a_new_doubt_is_asked_for_again() {
    let (mut engine, mut footing) = (engine(2), Footing::new());
    footing.doubt(&engine, &stream());
    assert_eq!(footing.doubt(&engine, &stream()), None, "it is asked already");
    assert_eq!(footing.judged(&engine, &stream(), position(2), Ok(Verdict::Proved)), judge(2));
    assert_eq!(footing.judged(&engine, &stream(), position(2), Ok(Verdict::Proved)), fill(2));
    assert_eq!(footing.doubt(&engine, &stream()), None, "it is being read");
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![append(3)])), (true, judge(3)));
}

#[test]
fn what_the_log_left_unanswered_is_asked_again_with_the_next_slide() {
    let (mut engine, mut footing) = (engine(2), Footing::new());
    footing.doubt(&engine, &stream());
    assert_eq!(footing.retry(&engine), [], "it may still answer");
    assert_eq!(footing.judged(&engine, &stream(), position(2), Err(Unanswered)), None);
    assert_eq!(footing.retry(&engine), [Need::Judge(stream(), position(2))]);
    footing.judged(&engine, &stream(), position(2), Ok(Verdict::Proved));
    assert_eq!(footing.filled(&mut engine, &stream(), Err(Unanswered)), (false, None));
    assert_eq!(footing.retry(&engine), [Need::Judge(stream(), position(2))]);
    footing.judged(&engine, &stream(), position(2), Ok(Verdict::Proved));
    // Read after the log has lost what it was judged by.
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![append(4)])), (false, None));
    assert_eq!(footing.retry(&engine), [Need::Judge(stream(), position(2))]);
}

#[test]
fn a_view_that_waits_for_what_the_log_has_lost_is_read_anew() {
    let (mut engine, mut footing) = (engine(1), Footing::new());
    join(&mut engine, 2, 4);
    footing.doubt(&engine, &stream());
    footing.judged(&engine, &stream(), position(1), Ok(Verdict::Proved));
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![append(2)])), (true, fill(2)));
    assert_eq!(engine.strays(&stream()).count(), 0, "it may get there");
    assert_eq!(footing.filled(&mut engine, &stream(), Ok(vec![])), (false, None));
    assert_eq!(engine.strays(&stream()).count(), 1, "the log ends before");
}

fn question(at: u64, reached: u64) -> Question {
    Question { stream: stream(), position: position(at), reached: position(reached) }
}

fn proved(reached: u64) -> Judged {
    Judged { verdict: Verdict::Proved, reached: Offset(reached) }
}

const BOTH: Result<(Verdict, Verdict), Unanswered> = Ok((Verdict::Proved, Verdict::Proved));

#[test]
fn the_log_is_asked_once_for_all_who_present_the_same() {
    let (engine, mut proofs) = (engine(9), Proofs::default());
    assert_eq!(proofs.ask(&engine, "one", &stream(), position(7)), Known::Ask(question(7, 9)));
    assert_eq!(proofs.ask(&engine, "two", &stream(), position(7)), Known::Later);
    assert_eq!(proofs.ask(&engine, "three", &stream(), position(8)), Known::Ask(question(8, 9)));
    let answered = proofs.answered(&engine, &question(7, 9), BOTH);
    assert_eq!(answered, Answered::Verdict(vec!["one", "two"], proved(9)));
    assert_eq!(proofs.ask(&engine, "four", &stream(), position(7)), Known::Verdict(proved(9)));
    proofs.age();
    proofs.age();
    assert_eq!(proofs.ask(&engine, "five", &stream(), position(7)), Known::Ask(question(7, 9)), "after a while");
}

#[test]
fn what_was_refused_or_lies_ahead_is_asked_again() {
    let (engine, mut proofs) = (engine(3), Proofs::default());
    for answer in [Ok((Verdict::Refused(Reason::Ahead), Verdict::Proved)), BOTH] {
        assert_eq!(proofs.ask(&engine, "one", &stream(), position(7)), Known::Ask(question(7, 3)));
        assert!(matches!(proofs.answered(&engine, &question(7, 3), answer), Answered::Verdict(..)));
    }
    assert_eq!(proofs.ask(&engine, "two", &stream(), position(7)), Known::Ask(question(7, 3)));
}

#[test]
fn a_position_waits_for_views_that_lead_on_from_it() {
    let (none, engine, mut proofs) = (Engine::new(), engine(9), Proofs::default());
    assert_eq!(proofs.ask(&none, "one", &stream(), position(7)), Known::Later);
    assert_eq!(proofs.waiting(&none, None), []);
    assert_eq!(proofs.waiting(&engine, Some(&stream())), [question(7, 9)]);
    assert_eq!(proofs.waiting(&engine, None), [], "it is asked");
    assert_eq!(proofs.answered(&engine, &question(7, 9), Err(Unanswered)), Answered::Later);
    assert_eq!(proofs.waiting(&engine, None), [question(7, 9)]);
    let of_views = Ok((Verdict::Proved, Verdict::Refused(Reason::Unproved)));
    assert_eq!(proofs.answered(&engine, &question(7, 9), of_views), Answered::Doubt, "the views stand on no log");
    proofs.keep(|_| false);
    assert_eq!(proofs.waiting(&engine, None), [], "nobody watches");
}

#[test]
fn after_a_doubt_nothing_counts_that_was_said_before() {
    let (engine, mut proofs) = (engine(9), Proofs::default());
    proofs.ask(&engine, "one", &stream(), position(7));
    proofs.answered(&engine, &question(7, 9), BOTH);
    proofs.ask(&engine, "two", &stream(), position(8));
    proofs.doubt(&stream());
    assert_eq!(proofs.ask(&engine, "one", &stream(), position(7)), Known::Ask(question(7, 9)));
    assert_eq!(proofs.answered(&engine, &question(8, 9), BOTH), Answered::Ask(question(8, 9)));
    assert_eq!(proofs.answered(&engine, &question(8, 9), BOTH), Answered::Verdict(vec!["two"], proved(9)));
}
