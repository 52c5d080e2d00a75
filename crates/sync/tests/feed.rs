//! A complete feed as a state machine: what it tells, what it asks for, and what it never does.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::Arc;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tideboard_live::Committed;
use tideboard_model::{
    Epoch, Event, FieldName, FieldValue, Limits, Millis, Nanos, Offset, Position, ProblemCode, Proof, StreamName,
    TagName,
};
use tideboard_sync::wire::{Followed, Page, Reason};
use tideboard_sync::{Feed, FeedNext, FeedSettings, Verdict};

/// A log of one stream, whose events say their own offset.
#[derive(Default)]
struct Log {
    appends: Vec<Committed>,
    first: u64,
}

impl Log {
    /// A log with appends of these lengths; every third event is tagged `third`.
    fn with(lengths: &[u64]) -> Self {
        let mut log = Self { appends: Vec::new(), first: 1 };
        lengths.iter().for_each(|length| log.append(*length));
        log
    }

    fn end(&self) -> Position {
        self.appends.last().map_or(Position::start(Epoch(7)), |append| append.position)
    }

    fn append(&mut self, length: u64) {
        let before = self.end().offset.0;
        let events = (before + 1..=before + length).map(|offset| Event {
            stream: StreamName::new("s").unwrap(),
            time: Nanos(0),
            tags: (offset % 3 == 0).then(|| (TagName::new("third").unwrap(), Arc::from("yes"))).into_iter().collect(),
            fields: [(FieldName::new("n").unwrap(), FieldValue::Int(offset.cast_signed()))].into_iter().collect(),
        });
        let offset = before + length;
        self.appends.push(Committed {
            first: Offset(before + 1),
            previous: Proof(before * 11),
            position: Position { epoch: Epoch(7), offset: Offset(offset), proof: Proof(offset * 11) },
            accepted: Millis(0),
            events: events.collect(),
        });
    }

    /// Retention takes the first appends.
    fn trim(&mut self, appends: usize) {
        for append in self.appends.drain(..appends.min(self.appends.len() - 1)) {
            self.first = append.position.offset.0 + 1;
        }
    }

    fn judge(&self, position: Position) -> Verdict {
        if position.epoch != Epoch(7) {
            Verdict::Refused(Reason::Epoch)
        } else if position.offset > self.end().offset {
            Verdict::Refused(Reason::Ahead)
        } else if position.offset.0 + 1 < self.first {
            Verdict::Refused(Reason::Expired)
        } else if self.appends.iter().any(|append| append.position == position) || position.offset.0 + 1 == self.first {
            Verdict::Proved
        } else {
            Verdict::Refused(Reason::Unproved)
        }
    }

    fn after(&self, offset: Offset, max: usize) -> Vec<Committed> {
        self.appends.iter().filter(|append| append.position.offset > offset).take(max).cloned().collect()
    }
}

const SETTINGS: FeedSettings =
    FeedSettings { page_events: 4, page_bytes: 10_000, scan_events: 20, feeds_per_session: 2 };

fn follow(message: Value, settings: FeedSettings) -> Result<Feed, Followed> {
    let mut whole = json!({"id": "f", "stream": "s", "after": "start", "until": 100});
    whole.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
    Feed::new(serde_json::from_value(whole).unwrap(), std::iter::empty(), settings, &Limits::default())
}

/// Drives a feed until it waits; returns its pages. Reads bring `at_once` appends.
fn drive(feed: &mut Feed, log: &Log, at_once: usize) -> (Option<Followed>, Vec<Page<Box<RawValue>>>, FeedNext) {
    let (mut followed, mut pages) = (None, Vec::new());
    loop {
        match feed.advance() {
            FeedNext::Judge(position) => feed.judged(log.judge(position)),
            FeedNext::Find(offset) => feed.found(log.after(offset, 1).first()),
            FeedNext::FindEnd => feed.found_end(Some(log.end())),
            FeedNext::Acknowledge(answer) => followed = Some(answer),
            FeedNext::Page(page) => pages.push(page),
            FeedNext::Read(after) => feed.read(log.after(after, at_once)),
            FeedNext::Bounds => feed.bounds(Some((Offset(log.first), log.end()))),
            next @ (FeedNext::Credit | FeedNext::Commit | FeedNext::Over(_)) => return (followed, pages, next),
        }
    }
}

fn offsets(pages: &[Page<Box<RawValue>>]) -> Vec<Vec<i64>> {
    let offset = |event: &RawValue| {
        let event: Value = serde_json::from_str(event.get()).unwrap();
        event["fields"]["n"].as_i64().unwrap()
    };
    pages.iter().map(|page| page.events.iter().map(|event| offset(event)).collect()).collect()
}

fn reason(answer: Result<Feed, Followed>, log: &Log) -> Option<Reason> {
    let followed = match answer {
        Ok(mut feed) => drive(&mut feed, log, 2).0.unwrap(),
        Err(refused) => refused,
    };
    match followed {
        Followed::Opened { .. } => None,
        Followed::Refused { problem, reason, .. } => {
            assert_eq!(problem.code, ProblemCode::PositionRefused);
            Some(reason.unwrap())
        }
    }
}

#[test]
fn pages_tell_every_event_in_order_and_chain_by_position() {
    let log = Log::with(&[3, 10, 1, 1, 1]);
    for at_once in 1..4 {
        let mut feed = follow(json!({}), SETTINGS).unwrap();
        let (_, pages, next) = drive(&mut feed, &log, at_once);
        assert!(matches!(next, FeedNext::Commit));
        assert_eq!(
            offsets(&pages),
            [vec![1, 2, 3, 4], vec![5, 6, 7, 8], vec![9, 10, 11, 12], vec![13, 14, 15, 16]],
            "{at_once} at once"
        );
        assert_eq!(pages.iter().map(|page| page.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(pages[0].from, None);
        assert!(pages.is_sorted_by(|one, next| next.from.as_ref() == Some(&one.to)));
        assert_eq!(pages[0].to, "7.13.8f-9", "a page may end inside an append");
        assert_eq!(pages[3].to, log.end().to_string());
    }
}

#[test]
fn a_feed_goes_on_from_every_position_it_told() {
    let log = Log::with(&[3, 10, 1, 1, 1]);
    // Pages that end because of their events, and because of their bytes.
    for settings in [FeedSettings { page_events: 1, ..SETTINGS }, FeedSettings { page_bytes: 60, ..SETTINGS }] {
        let mut feed = follow(json!({}), settings).unwrap();
        let (_, pages, _) = drive(&mut feed, &log, 2);
        let mut passed = 0;
        for page in &pages {
            passed += page.events.len() as i64;
            let mut again = follow(json!({"after": page.to}), FeedSettings { page_events: 100, ..SETTINGS }).unwrap();
            let (followed, pages, _) = drive(&mut again, &log, 2);
            assert_eq!(followed, Some(Followed::Opened { id: "f".to_owned(), position: Some(page.to.clone()) }));
            assert_eq!(offsets(&pages).concat(), (passed + 1..=16).collect::<Vec<_>>());
            assert!(pages.first().is_none_or(|first| first.from.as_ref() == Some(&page.to)));
        }
        assert_eq!(passed, 16);
    }
}

#[test]
fn a_filter_that_matches_little_still_moves_the_position() {
    let log = Log::with(&[30, 30]);
    let little = json!({"where": [{"tag": "third", "op": "in", "values": ["no"]}]});
    let mut feed = follow(little, SETTINGS).unwrap();
    let (_, pages, _) = drive(&mut feed, &log, 2);
    assert_eq!(offsets(&pages), [[0i64; 0]; 3], "one after every 20 events");
    assert_eq!(pages[2].to, log.end().to_string());

    let third = json!({"where": [{"tag": "third", "op": "in", "values": ["yes"]}]});
    let mut feed = follow(third, SETTINGS).unwrap();
    let (_, pages, _) = drive(&mut feed, &log, 2);
    assert_eq!(offsets(&pages).concat(), (1..=20).map(|third| third * 3).collect::<Vec<_>>());
}

#[test]
fn what_does_not_match_is_passed_over_in_silence_until_it_is_overdue() {
    let mut log = Log::with(&[1]);
    let mut feed =
        follow(json!({"after": "end", "where": [{"tag": "third", "op": "in", "values": ["yes"]}]}), SETTINGS).unwrap();
    drive(&mut feed, &log, 2);
    assert!(feed.overdue().is_none(), "nothing has passed");
    log.append(1);
    feed.committed(log.appends[1].clone());
    let (_, pages, _) = drive(&mut feed, &log, 2);
    assert!(pages.is_empty());
    let page = feed.overdue().unwrap();
    assert_eq!((page.from, page.to), (Some(log.appends[0].position.to_string()), log.end().to_string()));
    assert!(page.events.is_empty());
    assert!(feed.overdue().is_none(), "it was told");
}

#[test]
fn without_credit_nothing_is_told_or_held_and_the_next_pages_cover_all() {
    let mut log = Log::with(&[6]);
    let mut feed = follow(json!({"until": 1}), SETTINGS).unwrap();
    let (_, pages, next) = drive(&mut feed, &log, 2);
    assert_eq!(offsets(&pages), [[1, 2, 3, 4]]);
    assert!(matches!(next, FeedNext::Credit));
    assert_eq!(Arc::strong_count(&log.appends[0].events), 1, "what was read ahead is let go");
    log.append(1);
    feed.grant(0);
    assert!(matches!(drive(&mut feed, &log, 2).2, FeedNext::Credit), "a lower grant is passed over");
    feed.grant(9);
    let (_, pages, _) = drive(&mut feed, &log, 2);
    assert_eq!(offsets(&pages), [vec![5, 6, 7]]);
}

#[test]
fn each_commit_is_a_page_at_once_and_one_that_was_missed_is_read() {
    let mut log = Log::with(&[1]);
    let mut feed = follow(json!({"after": "end"}), SETTINGS).unwrap();
    assert!(drive(&mut feed, &log, 2).1.is_empty());
    log.append(2);
    feed.committed(log.appends[1].clone());
    feed.committed(log.appends[1].clone());
    let FeedNext::Page(page) = feed.advance() else { panic!("a commit is a page") };
    assert_eq!(offsets(&[page]), [[2, 3]], "once, though it was told twice");
    log.append(1);
    log.append(1);
    feed.committed(log.appends[3].clone());
    assert_eq!(offsets(&drive(&mut feed, &log, 2).1).concat(), [4, 5]);
    log.append(1);
    feed.lagged();
    assert_eq!(offsets(&drive(&mut feed, &log, 2).1).concat(), [6]);
}

#[test]
fn what_retention_took_is_told_by_its_exact_range() {
    let told = |log: &Log, after: &str| {
        let mut feed = follow(json!({"after": after}), SETTINGS).unwrap();
        let (_, pages, _) = drive(&mut feed, log, 2);
        let gone = pages.iter().filter_map(|page| page.gone).map(|gone| (gone.from, gone.to)).collect::<Vec<_>>();
        (gone, offsets(&pages).concat(), pages.last().map(|page| page.to.clone()))
    };
    let mut log = Log::with(&[3, 6, 2, 2]);
    let (start, inside, end) = (log.appends[0].position.to_string(), "7.9.63-4", log.end().to_string());
    log.trim(2);
    for (after, from) in [("start", 1), (&start, 4), (inside, 6)] {
        assert_eq!(told(&log, after), (vec![(from, 10)], vec![10, 11, 12, 13], Some(end.clone())), "{after}");
    }
    assert_eq!(
        told(&log, "7.9.63"),
        (vec![], vec![10, 11, 12, 13], Some(end.clone())),
        "nothing that it lacks is gone"
    );
    // All that is left is taken: nothing follows.
    log.first = 14;
    log.appends[1].first = Offset(14);
    let whole = std::mem::take(&mut log.appends);
    let mut feed = follow(json!({"after": start}), SETTINGS).unwrap();
    let (mut pages, position) = (Vec::new(), whole[1].position);
    loop {
        match feed.advance() {
            FeedNext::Judge(_) => feed.judged(Verdict::Refused(Reason::Expired)),
            FeedNext::Find(_) => feed.found(None),
            FeedNext::Read(_) => feed.read([]),
            FeedNext::Bounds => feed.bounds(Some((Offset(14), position))),
            FeedNext::Page(page) => pages.push(page),
            FeedNext::Acknowledge(_) => {}
            FeedNext::FindEnd | FeedNext::Credit | FeedNext::Over(_) => panic!("not asked for"),
            FeedNext::Commit => break,
        }
    }
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].gone.map(|gone| (gone.from, gone.to)), Some((4, 14)));
    assert_eq!((pages[0].events.len(), &pages[0].to), (0, &end));
}

#[test]
fn a_position_that_cannot_be_honoured_is_refused_by_name_and_nothing_is_replayed() {
    let log = Log::with(&[3, 6, 2]);
    for (after, expected) in [
        ("8.3.21", Reason::Epoch),
        ("7.99.21", Reason::Ahead),
        ("7.3.22", Reason::Unproved),
        ("7.4.2c", Reason::Unproved),
        ("7.9.63-6", Reason::Unproved),
        ("7.9.63-0", Reason::Unproved),
        ("yesterday", Reason::Unproved),
        ("", Reason::Unproved),
    ] {
        assert_eq!(reason(follow(json!({"after": after}), SETTINGS), &log), Some(expected), "{after}");
    }
    for after in ["7.3.21", "7.9.63-5", "7.9.63-1", "7.9.63", "start", "end"] {
        assert_eq!(reason(follow(json!({"after": after}), SETTINGS), &log), None, "{after}");
    }
}

#[test]
fn a_proof_past_its_time_is_honoured_while_its_append_is_kept() {
    let log = Log::with(&[3, 6]);
    for (after, honoured) in [("7.3.21", true), ("7.3.22", false)] {
        let mut feed = follow(json!({"after": after}), SETTINGS).unwrap();
        assert!(matches!(feed.advance(), FeedNext::Judge(_)));
        feed.judged(Verdict::Refused(Reason::Expired));
        let (followed, ..) = drive(&mut feed, &log, 2);
        assert_eq!(matches!(followed, Some(Followed::Opened { .. })), honoured, "{after}");
    }
}

#[test]
fn a_log_that_is_replaced_under_a_feed_ends_it() {
    let log = Log::with(&[3]);
    let mut feed = follow(json!({}), SETTINGS).unwrap();
    drive(&mut feed, &log, 2);
    let mut other = Log::with(&[4]).appends.remove(0);
    (other.first, other.position.epoch) = (Offset(4), Epoch(8));
    feed.committed(other);
    assert!(matches!(feed.advance(), FeedNext::Judge(position) if position == log.end()), "what it told last");
    feed.judged(Verdict::Refused(Reason::Epoch));
    let FeedNext::Over(Some(message)) = feed.advance() else { panic!("it goes on") };
    assert_eq!((message.feed.as_deref(), message.problem.code), (Some("f"), ProblemCode::PositionRefused));
    assert!(matches!(feed.advance(), FeedNext::Over(None)));
}

#[test]
fn limits_of_feeds_are_said_by_name() {
    let refused = |message: Value, others: &[&str]| {
        let mut whole = json!({"id": "f", "stream": "s", "after": "start", "until": 100});
        whole.as_object_mut().unwrap().extend(message.as_object().unwrap().clone());
        let message = serde_json::from_value(whole).unwrap();
        match Feed::new(message, others.iter().copied(), SETTINGS, &Limits::default()) {
            Err(Followed::Refused { problem, .. }) => problem,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(json!({}), &["a", "b"]).code, ProblemCode::TooManyFeeds);
    for (message, place) in [
        (json!({"id": ""}), "id"),
        (json!({"id": "x".repeat(65)}), "id"),
        (json!({"id": "a"}), "id"),
        (json!({"stream": "a b\n"}), "stream"),
        (json!({"where": [{"tag": "t", "op": "in", "values": []}]}), "where[0]"),
    ] {
        let problem = refused(message.clone(), &["a"]);
        assert_eq!(problem.code, ProblemCode::InvalidInput);
        assert!(problem.detail.starts_with(place), "{message}: {}", problem.detail);
    }
}

#[test]
fn a_page_is_bounded_in_bytes_and_holds_one_event_at_least() {
    let log = Log::with(&[10]);
    let lengths = |page_bytes| {
        let mut feed = follow(json!({}), FeedSettings { page_bytes, page_events: 100, ..SETTINGS }).unwrap();
        let (_, pages, _) = drive(&mut feed, &log, 2);
        assert_eq!(offsets(&pages).concat(), (1..=10).collect::<Vec<_>>());
        pages.iter().map(|page| page.events.iter().map(|event| event.get().len()).collect()).collect::<Vec<Vec<_>>>()
    };
    assert!(lengths(100).iter().all(|page| page.len() > 1 && page.iter().sum::<usize>() <= 100));
    assert!(lengths(1).iter().all(|page| page.len() == 1));
}
