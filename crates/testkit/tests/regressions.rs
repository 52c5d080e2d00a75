//! How delivery is known to fail elsewhere, case by case, in the simulated world. After every step the world compares
//! what each viewer holds with what it must hold; what is asserted here is how it got there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod tale;

use serde_json::json;
use tale::{BUCKET_MS, LIMIT, Tale, WINDOW_MS};
use tideboard_sync::wire::Reason;
use tideboard_testkit::Op;

const SECOND: i64 = 1_000;
const HOUR: i64 = 3_600 * SECOND;
const DAY: i64 = 24 * HOUR;

#[test]
fn a_viewer_idle_for_a_day_is_told_what_comes_next_by_a_difference() {
    for step in [DAY, 60 * SECOND] {
        let mut tale = Tale::begin();
        for _ in 0..DAY / step {
            tale.pass(step);
            tale.deliver();
        }
        tale.append(3);
        tale.deliver();
        assert_eq!(tale.news(), [], "in steps of {step} ms");
        tale.cut();
        tale.pass(DAY);
        tale.append(3);
        tale.resume();
        assert_eq!(tale.news(), [], "in steps of {step} ms");
    }
}

/// Else its position would grow older than the proofs that the log keeps, while others write to the stream.
#[test]
fn a_viewer_whom_nothing_concerns_is_told_now_and_then_where_it_stands() {
    let mut tale = Tale::watching(json!([{"stream": "one", "shape": "feed", "limit": 5,
                                          "where": [{"tag": "a", "op": "in", "values": ["nobody"]}]}]));
    tale.append(1);
    tale.deliver();
    let (position, frames) = (tale.position(), tale.viewer().frames);
    for (pass, told) in [(14_999, false), (1, true)] {
        tale.append(1);
        tale.pass(pass);
        tale.deliver();
        assert_eq!((tale.position() != position, tale.viewer().frames > frames), (told, told), "after {pass} ms more");
    }
}

#[test]
fn recovery_works_as_often_as_the_connection_is_cut() {
    let mut tale = Tale::begin();
    for _ in 0..25 {
        tale.cut();
        tale.append(2);
        tale.pass(300);
        tale.resume();
        tale.append(1);
        tale.deliver();
    }
    assert_eq!(tale.news(), []);
}

#[test]
fn a_return_that_is_cut_as_well_loses_nothing() {
    // Messages of 200 bytes: a frame comes in many, and is cut after each number of them.
    for received in 0..12 {
        let mut tale = Tale::in_small_messages();
        tale.cut();
        tale.append(6);
        tale.world.step(&Op::Connect(0));
        tale.prepare();
        tale.world.step(&Op::Flush);
        tale.world.step(&Op::Receive(0, received));
        tale.cut();
        tale.append(1);
        tale.resume();
        assert_eq!(tale.news(), [], "after {received} messages");
    }
}

#[test]
fn a_viewer_that_had_no_event_before_the_cut_resumes_with_all_that_came_meanwhile() {
    let mut unborn = Tale::unborn();
    unborn.cut();
    unborn.append(4);
    unborn.resume();
    // It held "nothing", and no position that could be gone on from.
    assert!(unborn.news().iter().all(|(_, reason)| *reason == Reason::New), "{:?}", unborn.news());

    let mut quiet = Tale::begin();
    quiet.cut();
    quiet.resume();
    quiet.cut();
    quiet.append(4);
    quiet.resume();
    assert_eq!(quiet.news(), []);
}

#[test]
fn a_viewer_cut_before_its_first_frame_gets_everything_when_it_returns() {
    let mut tale = Tale::unborn();
    tale.append(4);
    tale.world.step(&Op::Connect(0));
    tale.cut();
    tale.append(1);
    tale.resume();
    assert!(!tale.viewer().views["v1"].cells.cells.is_empty());
}

#[test]
fn a_server_that_was_restarted_goes_on_where_its_viewers_stand() {
    let mut tale = Tale::begin();
    for _ in 0..3 {
        tale.world.step(&Op::Restart);
        tale.append(2);
        tale.resume();
        // How totals changed before they were read anew is not known; buckets say it by themselves.
        assert!(tale.news().iter().all(|news| *news == ("v2".to_owned(), Reason::Floor)), "{:?}", tale.news());
        tale.forget_news();
    }
}

/// No event came, so the position alone tells nothing: what has left the window since must be told all the same.
#[test]
fn totals_that_only_time_has_changed_are_right_after_a_restart() {
    for passed in [BUCKET_MS, WINDOW_MS / 2, WINDOW_MS, 3 * WINDOW_MS] {
        let mut tale = Tale::begin();
        tale.pass(WINDOW_MS / 2);
        tale.append(4);
        tale.deliver();
        tale.forget_news();
        tale.world.step(&Op::Restart);
        tale.pass(passed);
        tale.resume();
        assert_eq!(tale.news(), [("v2".to_owned(), Reason::Floor)], "{passed} ms");
    }
}

#[test]
fn away_for_the_window_a_bucket_less_a_bucket_more_and_ten_times_as_long() {
    for away in [WINDOW_MS - BUCKET_MS, WINDOW_MS - 1, WINDOW_MS, WINDOW_MS + 1, WINDOW_MS + BUCKET_MS, 10 * WINDOW_MS]
    {
        for restarted in [false, true] {
            let mut tale = Tale::begin();
            tale.cut();
            for _ in 0..away / BUCKET_MS {
                tale.pass(BUCKET_MS);
                tale.append(1);
            }
            tale.pass(away % BUCKET_MS);
            if restarted {
                tale.world.step(&Op::Restart);
            }
            tale.resume();
            let by_difference = |(view, _): &(String, Reason)| restarted && view == "v2";
            assert!(tale.news().iter().all(by_difference), "{away} ms, restarted {restarted}: {:?}", tale.news());
        }
    }
}

#[test]
fn a_feed_says_how_many_it_passed_over_around_its_length_and_far_past_it() {
    for missed in [1, LIMIT - 1, LIMIT, LIMIT + 1, 10 * LIMIT] {
        let mut tale = Tale::begin();
        tale.cut();
        tale.append(missed);
        tale.resume();
        let over = missed.saturating_sub(LIMIT) as u64;
        let said = if over == 0 { vec![] } else { vec![("v3".to_owned(), Some(over))] };
        assert_eq!((tale.news(), &tale.viewer().skipped), (&[][..], &said), "{missed} events");
    }
}

/// A view knows so many of its events by their offsets; what lies further back it cannot count.
#[test]
fn a_feed_past_what_its_view_remembers_is_replaced_and_says_that_it_does_not_know_how_many() {
    const REMEMBERED: usize = 10_000;
    for (missed, news) in [(REMEMBERED - 1, vec![]), (REMEMBERED, vec![]), (REMEMBERED + 1, vec![Reason::Floor])] {
        let mut tale = Tale::watching(json!([{"stream": "one", "shape": "feed", "limit": LIMIT}]));
        tale.append(1);
        tale.deliver();
        tale.forget_news();
        tale.cut();
        tale.append(missed);
        tale.resume();
        let known = if news.is_empty() { Some((missed - LIMIT) as u64) } else { None };
        assert_eq!(tale.news().iter().map(|(_, reason)| *reason).collect::<Vec<_>>(), news, "{missed} events");
        assert_eq!(tale.viewer().skipped, [("v1".to_owned(), known)], "{missed} events");
    }
}

#[test]
fn a_position_at_the_edge_of_retention_is_honoured_and_one_before_it_has_expired() {
    for (lost, expired) in [(1, false), (2, true)] {
        let mut tale = Tale::begin();
        tale.cut();
        // What came before the cut, and so many appends less one after it, is taken.
        for _ in 0..3 {
            tale.pass(50 * SECOND);
            tale.append(1);
        }
        tale.world.step(&Op::Trim(50 * SECOND * (4 - lost) - 1));
        tale.resume();
        let reasons: Vec<_> = tale.news().iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, vec![Reason::Expired; if expired { 3 } else { 0 }], "{lost} appends taken");
    }
}

#[test]
fn one_stream_whose_position_has_expired_leaves_the_others_to_their_differences() {
    let series = |stream: &str| {
        json!({"stream": stream, "shape": "series", "bucket": BUCKET_MS, "range": {"last": 4_000 * BUCKET_MS},
               "measures": [{"fn": "count"}]})
    };
    let mut tale = Tale::watching(json!([series("one"), series("two")]));
    tale.append_to("one", 0);
    tale.pass(100 * SECOND);
    tale.append_to("two", 0);
    tale.deliver();
    tale.forget_news();
    tale.cut();
    // An event as old as the first follows it: retention takes both, and nothing of the other stream.
    tale.append_to("one", 100 * SECOND);
    tale.pass(100 * SECOND);
    tale.append_to("one", 0);
    tale.append_to("two", 0);
    tale.world.step(&Op::Trim(150 * SECOND));
    tale.resume();
    assert_eq!(tale.news(), [("v1".to_owned(), Reason::Expired)]);
}

#[test]
fn the_whole_is_told_where_it_is_shorter_than_what_changed() {
    for (groups, news) in [(60, vec![]), (100, vec![("v1".to_owned(), Reason::Smaller)])] {
        let mut tale = Tale::watching(json!([{"stream": "one", "shape": "table", "groupBy": ["a"],
                                              "measures": [{"fn": "count"}], "range": {"last": WINDOW_MS}}]));
        tale.append_groups(groups);
        tale.deliver();
        tale.forget_news();
        tale.cut();
        // All groups but one are gone: either they are all named, or the one that is left is told.
        tale.pass(2 * WINDOW_MS);
        tale.append_groups(1);
        tale.resume();
        assert_eq!(tale.news(), news, "{groups} groups");
        assert_eq!(tale.viewer().views["v1"].cells.cells.len(), 1);
    }
}

#[test]
fn positions_of_a_log_that_was_wiped_or_lost_its_tail_are_refused_by_name() {
    let told = |what: &str, happen: &dyn Fn(&mut Tale), reason| {
        let mut tale = Tale::begin();
        tale.append(2);
        tale.deliver();
        happen(&mut tale);
        tale.resume();
        let reasons: Vec<_> = tale.news().iter().map(|(_, reason)| *reason).collect();
        assert_eq!(reasons, [reason; 3], "{what}");
    };
    let wiped = |tale: &mut Tale| {
        tale.world.step(&Op::Wipe);
        tale.append(9);
    };
    told("wiped", &wiped, Reason::Epoch);
    told("ahead of the log", &|tale| tale.world.step(&Op::LoseTail(1)), Reason::Ahead);
    // Offsets that were lost are given out again: the old position has one of them, and another proof.
    let reissued = |tale: &mut Tale| {
        tale.world.step(&Op::LoseTail(1));
        tale.append(2);
        tale.append(2);
    };
    told("reissued", &reissued, Reason::Unproved);
}

#[test]
fn a_page_hidden_for_an_hour_costs_nothing_and_is_caught_up_by_one_frame() {
    let mut tale = Tale::begin();
    let frames = |tale: &Tale| tale.viewer().frames;
    // It uses up what it was granted when it connected, and grants no more.
    while frames(&tale) < 3 {
        tale.append(1);
        tale.send();
    }
    let (shown, events) = (frames(&tale), 360);
    for _ in 0..events {
        tale.append(1);
        tale.pass(10 * SECOND);
        tale.send();
    }
    assert_eq!(frames(&tale), shown, "nothing was sent to it");
    tale.deliver();
    assert_eq!(frames(&tale), shown + 1);
    assert_eq!(tale.news(), [], "by a difference");
    assert_eq!(tale.viewer().skipped, [("v3".to_owned(), Some(events - LIMIT as u64))]);
}

#[test]
fn what_a_slow_viewer_did_not_see_is_in_its_next_frame_however_much_it_is() {
    let mut tale = Tale::begin();
    for _ in 0..200 {
        tale.append(3);
        tale.send();
    }
    let before = tale.viewer().frames;
    tale.deliver();
    assert_eq!((tale.viewer().frames, tale.news()), (before + 1, &[][..]));
}

#[test]
fn events_that_come_at_any_moment_of_a_return_are_in_it_once() {
    for restarted in [false, true] {
        let mut tale = Tale::begin();
        tale.cut();
        tale.append(5);
        if restarted {
            tale.world.step(&Op::Restart);
        }
        let steps =
            [Op::Connect(0), Op::Verify, Op::Hydrate(1), Op::Grant(0, 9), Op::Hydrate(9), Op::Flush, Op::Receive(0, 9)];
        for step in &steps {
            tale.append(2);
            tale.world.step(step);
        }
        tale.deliver();
        assert!(tale.news().iter().all(|(view, _)| restarted && view == "v2"), "{:?}", tale.news());
    }
}

#[test]
fn the_servers_clock_may_jump_back_and_forth() {
    for restarted in [false, true] {
        for jump in [-HOUR, -BUCKET_MS, -1, 1, HOUR, 400 * DAY] {
            let mut tale = Tale::begin();
            tale.append(3);
            tale.deliver();
            tale.pass(jump);
            tale.append(2);
            tale.deliver();
            assert_eq!(tale.news(), [], "{jump} ms");
            if restarted {
                tale.world.step(&Op::Restart);
            }
            tale.cut();
            tale.append(2);
            tale.resume();
            // A new process knows no later window than its clock says: the viewer's lies ahead of it.
            let told = |(view, reason): &(String, Reason)| {
                restarted && (*reason == Reason::Window || (view == "v2" && *reason == Reason::Floor))
            };
            assert!(tale.news().iter().all(told), "{jump} ms, restarted {restarted}: {:?}", tale.news());
            tale.pass(-jump);
            tale.append(2);
            tale.deliver();
        }
    }
}

#[test]
fn all_viewers_may_return_at_once_and_share_the_work() {
    let mut tale = Tale::with_viewers(40);
    tale.world.step(&Op::Restart);
    tale.append(3);
    (0..40).for_each(|viewer| tale.world.step(&Op::Connect(viewer)));
    // Three views are read, however many wait for them.
    tale.world.step(&Op::Verify);
    tale.world.step(&Op::Hydrate(3));
    for viewer in 0..40 {
        tale.world.step(&Op::Grant(viewer, 9));
    }
    tale.world.step(&Op::Flush);
    for viewer in 0..40 {
        tale.world.step(&Op::Receive(viewer, 99));
        assert_eq!(tale.world.viewer(viewer).position, tale.world.viewer(0).position);
    }
    assert!(tale.world.viewer(0).position.contains_key("one"));
}

/// A viewer that saw two appends, and comes to a node that has heard of the first.
fn ahead_of_its_node() -> Tale {
    let mut tale = Tale::among(2);
    tale.append(2);
    tale.connect_to(1);
    tale.work(1);
    tale.append(2);
    // What it was told goes by; it knows that something may have.
    tale.world.step(&Op::CutOff(1));
    tale.world.step(&Op::Rejoin(1));
    tale.connect_to(0);
    tale.work(0);
    tale.connect_to(1);
    for op in [Op::Verify, Op::Answer(1, 9), Op::Flush, Op::Receive(0, 9)] {
        tale.world.step(&op);
    }
    tale.forget_news();
    tale
}

#[test]
fn ahead_of_its_node_is_not_ahead_of_the_log() {
    let mut tale = ahead_of_its_node();
    let (shown, at) = (tale.viewer().frames, tale.position());
    tale.work(1);
    assert_eq!((tale.viewer().frames, tale.position()), (shown + 1, at), "it resumed where it stands");
    assert_eq!(tale.news(), []);
}

#[test]
fn a_position_ahead_of_its_node_waits_no_more_once_the_log_has_lost_it() {
    let mut tale = ahead_of_its_node();
    tale.world.step(&Op::Failover(1));
    tale.work(1);
    assert_eq!(tale.news().iter().map(|(_, reason)| *reason).collect::<Vec<_>>(), [Reason::Ahead; 3]);
}

#[test]
fn a_stream_that_vanishes_under_a_frame_under_way_is_told_to_be_gone() {
    let mut tale = Tale::begin();
    tale.append(2);
    for op in [Op::Grant(0, 9), Op::Stall(0), Op::Flush, Op::Vanish, Op::Notice, Op::Drain(0), Op::Receive(0, 9)] {
        tale.world.step(&op);
    }
    tale.deliver();
    assert_eq!(tale.news().iter().map(|(_, reason)| *reason).collect::<Vec<_>>(), [Reason::Epoch; 3]);
}

#[test]
fn a_node_that_shows_what_the_log_has_lost_sends_no_difference_to_who_saw_the_new_one() {
    let mut tale = Tale::among(2);
    tale.append(2);
    tale.append(2);
    tale.append(2);
    tale.connect_to(1);
    tale.work(1);
    tale.world.step(&Op::Failover(2));
    tale.append(2);
    tale.cut();
    // The viewer is told of the new log by a node that begins with it.
    tale.connect_to(0);
    tale.work(0);
    tale.forget_news();
    tale.connect_to(1);
    for op in [Op::Verify, Op::Answer(1, 9), Op::Grant(0, 9), Op::Flush, Op::Receive(0, 9)] {
        tale.world.step(&op);
    }
    let at = tale.position();
    tale.work(1);
    assert_eq!((tale.position(), tale.news()), (at, &[][..]), "its position is one of the log");
}
