//! The plan of a run: it follows from the seed alone, so that a run can be repeated.

mod actions;
mod queries;

use std::fmt;
use std::time::Duration;

use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;

pub(crate) use self::actions::{Action, Phase};
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
    /// What happens, phase by phase; each ends with a checkpoint.
    pub(crate) phases: Vec<Phase>,
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
    pub(crate) fn new(seed: u64, time: Duration, base: i64) -> Self {
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
        let mut phases = Vec::new();
        let mut left = time;
        while phases.is_empty() || left > Duration::ZERO {
            let number = phases.len();
            // A phase depends on its number, not on those before it: a longer run begins as a shorter one does.
            let mut dice = Dice::new(root, &format!("phase {number}"));
            let phase = Phase::any(&mut dice, number, VIEWERS.len(), &pool);
            left = left.saturating_sub(phase.length + actions::CHECKPOINT);
            phases.push(phase);
        }
        Self { seed, root, producers: producers.to_vec(), viewers, page, phases }
    }
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
        for (number, phase) in self.phases.iter().enumerate() {
            write!(f, "phase {number}: {phase}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_has_one_plan_and_a_longer_one_begins_like_a_shorter_one() {
        let plan = |seed, minutes: u64| Plan::new(seed, Duration::from_secs(60 * minutes), 1_790_000_000_000);
        assert_eq!(plan(1, 1), plan(1, 1));
        for seed in 1..50 {
            assert_ne!(plan(seed, 1).phases[0], plan(seed + 1, 1).phases[1]);
            assert_ne!(plan(seed, 1).phases[1], plan(seed + 1, 1).phases[0]);
        }
        let (short, long) = (plan(1, 1), plan(1, 10));
        assert!(long.phases.len() > 5 * short.phases.len());
        assert_eq!(long.phases[..short.phases.len()], short.phases);
    }

    #[test]
    fn ten_minutes_of_any_seed_hold_every_kind_of_fault() {
        for seed in 0..20 {
            let text = Plan::new(seed, Duration::from_secs(600), 1_790_000_000_000).to_string();
            for kind in [
                "Kill",
                "Restart",
                "Freeze",
                "Wipe",
                "Cut",
                "Stall",
                "Refuse",
                "StopReading",
                "Withhold",
                "SecondSocket",
                "Away",
                "Rewind",
                "Want",
                "Drop",
            ] {
                assert!(text.contains(kind), "{kind} is missing in the plan of seed {seed}");
            }
        }
    }

    #[test]
    fn every_query_is_one_that_the_server_takes() {
        let limits = tideboard_model::Limits::default();
        let plan = Plan::new(3, Duration::from_secs(60), 1_790_000_000_000);
        for (id, query) in plan.viewers.iter().flat_map(|viewer| &viewer.queries) {
            tideboard_model::Query::new(query, &limits).unwrap_or_else(|error| panic!("{id} {query:?}: {error}"));
        }
    }
}
