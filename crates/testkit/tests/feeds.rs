//! INV-4 for complete feeds under every misfortune the world knows, by seeds that shrink.
#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

use proptest::prelude::*;
use tideboard_model::{FilterOp, FilterSpec, StreamName};
use tideboard_sync::FeedSettings;
use tideboard_testkit::generate::event;
use tideboard_testkit::{FeedOp, FeedWorld, StartOver};

const FOLLOWERS: usize = 3;

fn op() -> impl Strategy<Value = FeedOp> {
    let start_over = prop::sample::select(vec![StartOver::Start, StartOver::End]);
    prop_oneof![
        12 => prop::collection::vec(event(), 1..8).prop_map(FeedOp::Append),
        4 => (1i64..400).prop_map(FeedOp::Pass),
        1 => (-3_000i64..30_000).prop_map(FeedOp::Pass),
        5 => (0..FOLLOWERS, start_over).prop_map(|(follower, start)| FeedOp::Follow(follower, start)),
        2 => (0..FOLLOWERS).prop_map(FeedOp::Cut),
        20 => (0..FOLLOWERS, 1usize..10, 1usize..4).prop_map(|(follower, steps, read)| FeedOp::Work(follower, steps, read)),
        2 => (0..FOLLOWERS).prop_map(FeedOp::Overdue),
        12 => (0..FOLLOWERS, 1usize..4).prop_map(|(follower, messages)| FeedOp::Receive(follower, messages)),
        8 => (0..FOLLOWERS, 1u64..4).prop_map(|(follower, pages)| FeedOp::Grant(follower, pages)),
        1 => Just(FeedOp::Restart),
        1 => (1usize..4).prop_map(FeedOp::LoseTail),
        1 => prop_oneof![9 => Just(FeedOp::Restart), 1 => Just(FeedOp::Wipe)],
        3 => (1usize..4).prop_map(FeedOp::Failover),
        1 => prop_oneof![9 => Just(FeedOp::Failover(1)), 1 => Just(FeedOp::Vanish)],
        4 => (0..FOLLOWERS).prop_map(FeedOp::Notice),
        2 => (0i64..8_000).prop_map(FeedOp::Trim),
    ]
}

fn settings() -> impl Strategy<Value = FeedSettings> {
    (1usize..6, prop::sample::select(vec![150usize, 65_536]), 2usize..12).prop_map(
        |(page_events, page_bytes, scan_events)| FeedSettings {
            page_events,
            page_bytes,
            scan_events,
            ..FeedSettings::default()
        },
    )
}

fn run(ops: &[FeedOp], settings: FeedSettings) {
    let stream = |name| StreamName::new(name).unwrap();
    let filter = |op| vec![FilterSpec { tag: "a".to_owned(), op, values: vec!["x".to_owned()] }];
    let followed = vec![
        (stream("one"), Vec::new()),
        (stream("one"), filter(FilterOp::In)),
        (stream("two"), filter(FilterOp::NotIn)),
    ];
    let mut world = FeedWorld::new(followed, settings);
    ops.iter().for_each(|op| world.step(op));
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn followers_are_shown_every_event_once_or_told_what_is_gone_whatever_happens(
        ops in prop::collection::vec(op(), 1..150),
        settings in settings(),
    ) {
        run(&ops, settings);
    }
}

/// The long form: `cargo test -p tideboard-testkit --test feeds -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn the_same_for_many_seeds() {
    let config = ProptestConfig { cases: 60_000, max_shrink_iters: 50_000, ..ProptestConfig::default() };
    proptest!(config, |(ops in prop::collection::vec(op(), 1..250), settings in settings())| {
        run(&ops, settings);
    });
}
