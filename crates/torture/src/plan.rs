//! The plan of a run: it follows from the seed alone, so that a run can be repeated.

mod actions;
mod faults;
mod queries;
mod stage;

use std::fmt;
use std::time::Duration;

use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;

pub(crate) use self::actions::{Action, Phase};
pub(crate) use self::faults::{Block, Fault};
pub(crate) use self::stage::{Ground, Level, Stage};
use crate::link::Transport;
use crate::producer::{Habits, Writes};

/// Queries that viewers choose from: enough to differ, few enough that views are shared.
const POOL: usize = 14;
/// Kept below the number of names that times are made unique with.
const PRODUCERS: [Writes; 5] = [Writes::Json, Writes::Ndjson, Writes::Lines, Writes::Numbered, Writes::Numbered];
const VIEWERS: [Transport; 6] = [
    Transport::WebSocket,
    Transport::Polling,
    Transport::WebSocket,
    Transport::WebSocket,
    Transport::Polling,
    Transport::WebSocket,
];

/// The plan of a run.
#[derive(Debug, PartialEq)]
pub(crate) struct Plan {
    /// What all follows from.
    pub(crate) seed: u64,
    /// The seed of all dice that are thrown on the way.
    pub(crate) root: u64,
    /// Producers.
    pub(crate) producers: Vec<Habits>,
    /// Viewers.
    pub(crate) viewers: Vec<ViewerPlan>,
    /// What the pages of the real client watch.
    pub(crate) page: Vec<QuerySpec>,
    /// How many servers there are.
    pub(crate) nodes: usize,
    /// What happens, stage by stage.
    pub(crate) stages: Vec<Stage>,
}

/// One viewer.
#[derive(Debug, PartialEq)]
pub(crate) struct ViewerPlan {
    /// Its name.
    pub(crate) name: String,
    /// How it connects.
    pub(crate) transport: Transport,
    /// What it watches from the start, each with its name.
    pub(crate) queries: Vec<(String, QuerySpec)>,
}

impl Plan {
    /// The plan of a seed for about so long. `base` is now, in milliseconds: absolute ranges lie around it.
    pub(crate) fn new(seed: u64, time: Duration, base: i64, nodes: usize) -> Self {
        // Mixed once: near seeds must not have plans in common.
        let root = Dice::new(seed, "root").next();
        let mut dice = Dice::new(root, "plan");
        let producers = PRODUCERS.map(|writes| Habits {
            writes,
            pause: Duration::from_millis(dice.within(40, 160)),
            batch: dice.within(2, 24),
        });
        let pool: Vec<_> = (0..POOL).map(|_| queries::any(&mut dice, base)).collect();
        let mut choose = |count| queries::choose(&mut dice, &pool, count, base);
        let viewers = VIEWERS.iter().enumerate().map(|(number, transport)| ViewerPlan {
            name: format!("viewer{number}"),
            transport: *transport,
            queries: choose(4).into_iter().enumerate().map(|(view, query)| (format!("v{view}"), query)).collect(),
        });
        let (viewers, page) = (viewers.collect(), choose(5));
        let stages = if nodes == 1 { one_server(root, &pool, time) } else { many_servers(root, &pool, time, nodes) };
        Self { seed, root, producers: producers.to_vec(), viewers, page, nodes, stages }
    }
}

// A phase depends on its number, not on those before it: a longer run begins as a shorter one does.
fn dice_of_phase(root: u64, number: usize) -> Dice {
    Dice::new(root, &format!("phase {number}"))
}

fn one_server(root: u64, pool: &[QuerySpec], time: Duration) -> Vec<Stage> {
    let mut phases = Vec::new();
    let mut left = time;
    while phases.is_empty() || left > Duration::ZERO {
        let number = phases.len();
        let phase = Phase::any(&mut dice_of_phase(root, number), number, VIEWERS.len(), pool);
        left = left.saturating_sub(phase.length + actions::CHECKPOINT);
        phases.push(phase);
    }
    vec![Stage { ground: Ground::Folder, phases }]
}

fn many_servers(root: u64, pool: &[QuerySpec], time: Duration, nodes: usize) -> Vec<Stage> {
    let mut stages = Vec::new();
    let (mut left, mut number) = (time, 0);
    while stages.is_empty() || left > Duration::ZERO {
        let ground = Ground::of_stage(stages.len());
        let count = stage::phases_of(stages.len());
        let mut phases = Vec::new();
        left = left.saturating_sub(actions::START);
        for phase in 0..count {
            let dice = &mut dice_of_phase(root, number);
            let level = ground.level(phase, count);
            let phase = Phase::on_nodes(dice, (number, VIEWERS.len(), pool), (ground, level, nodes));
            left = left.saturating_sub(phase.length + actions::CHECKPOINT);
            phases.push(phase);
            number += 1;
        }
        stages.push(Stage { ground, phases });
    }
    stages
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}", self.seed)?;
        for (number, producer) in self.producers.iter().enumerate() {
            writeln!(f, "producer{number}: {producer:?}")?;
        }
        for ViewerPlan { name, transport, queries } in &self.viewers {
            writeln!(f, "{name}: {transport:?}, {} views", queries.len())?;
        }
        for Stage { ground, phases } in &self.stages {
            writeln!(
                f,
                "{} on {ground:?}",
                if self.nodes == 1 { "one server".to_owned() } else { format!("{} nodes", self.nodes) }
            )?;
            for (number, phase) in phases.iter().enumerate() {
                write!(f, "phase {number}: {phase}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
