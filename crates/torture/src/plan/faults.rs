//! What befalls nodes, Redis and PostgreSQL.

use std::time::Duration;

use tideboard_testkit::Dice;

use super::actions::while_of;
use super::{Action, Ground, Level};

/// Something that befalls what all nodes share.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fault {
    /// Redis is killed, and started again with what it kept on disk after a while.
    RedisRestart(Duration),
    /// Redis stands still for a while: long enough, and a replica takes over.
    RedisPause(Duration),
    /// The connections on which Redis wakes nodes are cut: what was published meanwhile is lost.
    LoseWakes,
    /// Redis is killed, and its replica takes over.
    FailOver,
    /// Redis's replica is cut off for a while, then Redis is killed and the replica takes over: what came meanwhile is gone.
    LoseTail(Duration),
    /// PostgreSQL is stopped, and started again after a while.
    PostgresRestart(Duration),
    /// PostgreSQL stands still for a while.
    PostgresPause(Duration),
}

/// How a node's way to Redis is blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Block {
    /// Connections are cut, and none is let through.
    Closed,
    /// Connections stay, and nothing moves on them.
    Silent,
    /// Connections are cut at any byte, left open on one side, and slow.
    Storm,
    /// Packets are dropped, all of them.
    Partition,
    /// A fifth of the packets is dropped, both ways.
    Loss,
}

/// What befalls servers that stand on this ground, besides what their viewers meet.
pub(super) fn on(dice: &mut Dice, ground: Ground, level: Level, nodes: usize) -> Vec<Action> {
    let mut acts = Vec::new();
    if ground.fails_over() {
        // These take longest, and only one of them at a time is possible.
        acts.push(Action::Fault(match level {
            Level::Memory => Fault::LoseTail(while_of(dice, 500, 2_500)),
            Level::Disk | Level::Replica => match dice.within(0, 10) {
                0..5 => Fault::FailOver,
                5..8 => Fault::LoseTail(while_of(dice, 500, 2_500)),
                _ => Fault::RedisPause(while_of(dice, 300, 5_000)),
            },
        }));
    } else {
        acts.push(Action::Fault(match dice.within(0, 10) {
            0..6 => Fault::RedisRestart(while_of(dice, 0, 2_500)),
            _ => Fault::RedisPause(while_of(dice, 300, 4_000)),
        }));
    }
    let way = of_node(dice, nodes);
    acts.push(way);
    for _ in 0..dice.within(1, 4) {
        acts.push(any(dice, nodes));
    }
    acts
}

fn any(dice: &mut Dice, nodes: usize) -> Action {
    match dice.within(0, 100) {
        0..20 => Action::Fault(Fault::LoseWakes),
        20..28 => Action::Fault(Fault::PostgresRestart(while_of(dice, 500, 4_000))),
        28..36 => Action::Fault(Fault::PostgresPause(while_of(dice, 500, 5_000))),
        36..66 => {
            let node = dice.within(0, nodes as u64) as usize;
            let block = *dice.pick(&[
                Block::Closed,
                Block::Silent,
                Block::Storm,
                Block::Partition,
                Block::Partition,
                Block::Loss,
            ]);
            Action::Block(node, block, while_of(dice, 1_000, 5_000))
        }
        _ => of_node(dice, nodes),
    }
}

fn of_node(dice: &mut Dice, nodes: usize) -> Action {
    let node = dice.within(0, nodes as u64) as usize;
    match dice.within(0, 10) {
        0..5 => Action::Kill(node),
        5..7 => Action::Restart(node),
        _ => Action::Freeze(node, while_of(dice, 300, 6_000)),
    }
}
