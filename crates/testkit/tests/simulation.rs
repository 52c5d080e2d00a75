//! INV-2 to INV-5 under every misfortune the world knows, by seeds that shrink.

use proptest::prelude::*;
use tideboard_testkit::generate::{event, query};
use tideboard_testkit::{Op, World};

const VIEWERS: usize = 3;

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        12 => prop::collection::vec(event(), 1..6).prop_map(Op::Append),
        6 => (1i64..400).prop_map(Op::Pass),
        1 => (-3_000i64..30_000).prop_map(Op::Pass),
        4 => (0..VIEWERS, query()).prop_map(|(viewer, query)| Op::Want(viewer, query)),
        4 => (0..VIEWERS).prop_map(Op::Connect),
        3 => (0..VIEWERS).prop_map(Op::Cut),
        10 => Just(Op::Flush),
        10 => (0..VIEWERS, 1usize..4).prop_map(|(viewer, messages)| Op::Receive(viewer, messages)),
        6 => (0..VIEWERS, 1u64..6).prop_map(|(viewer, frames)| Op::Grant(viewer, frames)),
        6 => (1usize..4).prop_map(Op::Hydrate),
        5 => Just(Op::Verify),
        1 => Just(Op::Restart),
        1 => (1usize..4).prop_map(Op::LoseTail),
        1 => prop_oneof![9 => Just(Op::Restart), 1 => Just(Op::Wipe)],
        1 => (0i64..8_000).prop_map(Op::Trim),
    ]
}

fn run(ops: &[Op], max_message_bytes: usize) {
    let mut world = World::new(VIEWERS, max_message_bytes);
    ops.iter().for_each(|op| world.step(op));
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn viewers_hold_what_the_server_holds_whatever_happens(
        ops in prop::collection::vec(op(), 1..120),
        max_message_bytes in prop::sample::select(vec![200usize, 262_144]),
    ) {
        run(&ops, max_message_bytes);
    }
}

/// The long form: `cargo test -p tideboard-testkit --test simulation -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn the_same_for_many_seeds() {
    let config = ProptestConfig { cases: 40_000, max_shrink_iters: 50_000, ..ProptestConfig::default() };
    proptest!(config, |(ops in prop::collection::vec(op(), 1..200), max in prop::sample::select(vec![200usize, 262_144]))| {
        run(&ops, max);
    });
}
