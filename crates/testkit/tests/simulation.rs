//! INV-2 to INV-5 under every misfortune the world knows, by seeds that shrink.

use proptest::prelude::*;
use tideboard_testkit::generate::{event, query};
use tideboard_testkit::{Op, World};

const VIEWERS: usize = 3;
const NODES: usize = 3;

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

/// What befalls a log that lives on while its nodes do.
fn loss() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (1usize..4).prop_map(Op::Failover),
        1 => Just(Op::Vanish),
        6 => Just(Op::Notice),
        3 => (0..NODES).prop_map(Op::CutOff),
        4 => (0..NODES).prop_map(Op::Rejoin),
        4 => (0..VIEWERS).prop_map(Op::Stall),
        6 => (0..VIEWERS).prop_map(Op::Drain),
    ]
}

/// What goes on at one node and not at the others: one of them lags far behind.
fn lag() -> impl Strategy<Value = Op> {
    let node = || prop::sample::select(vec![0usize, 0, 0, 1, 1, 1, 2]);
    prop_oneof![
        10 => (node(), 1usize..5).prop_map(|(node, news)| Op::Hear(node, news)),
        3 => (0..NODES, 1usize..3).prop_map(|(node, news)| Op::Miss(node, news)),
        12 => (0..NODES, 1usize..6).prop_map(|(node, answers)| Op::Answer(node, answers)),
        3 => (0..VIEWERS, 0..NODES).prop_map(|(viewer, node)| Op::Route(viewer, node)),
        1 => (0..NODES).prop_map(Op::Kill),
    ]
}

fn one_node() -> impl Strategy<Value = Op> {
    prop_oneof![7 => op(), 1 => loss()]
}

fn many_nodes() -> impl Strategy<Value = Op> {
    prop_oneof![7 => op(), 1 => loss(), 4 => lag()]
}

fn run(mut world: World, ops: &[Op]) {
    ops.iter().for_each(|op| world.step(op));
    world.settle();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn viewers_hold_what_the_server_holds_whatever_happens(
        ops in prop::collection::vec(one_node(), 1..130),
        max_message_bytes in prop::sample::select(vec![200usize, 262_144]),
    ) {
        run(World::new(VIEWERS, max_message_bytes), &ops);
    }

    #[test]
    fn viewers_of_many_nodes_hold_what_the_log_holds_whatever_it_loses(
        ops in prop::collection::vec(many_nodes(), 1..200),
        max_message_bytes in prop::sample::select(vec![200usize, 262_144]),
    ) {
        run(World::of_nodes(NODES, VIEWERS, max_message_bytes), &ops);
    }
}

/// The long form: `cargo test -p tideboard-testkit --test simulation -- --ignored`.
#[test]
#[ignore = "takes minutes"]
fn the_same_for_many_seeds() {
    let config = ProptestConfig { cases: 40_000, max_shrink_iters: 50_000, ..ProptestConfig::default() };
    let max = || prop::sample::select(vec![200usize, 262_144]);
    proptest!(config.clone(), |(ops in prop::collection::vec(one_node(), 1..200), max in max())| {
        run(World::new(VIEWERS, max), &ops);
    });
    proptest!(config, |(ops in prop::collection::vec(many_nodes(), 1..300), max in max())| {
        run(World::of_nodes(NODES, VIEWERS, max), &ops);
    });
}
