//! What the server does all the time, as fixed scenarios: the same events, clocks and viewers on every run, on one thread.
//! `scripts/guard.mjs` counts the instructions that each takes and compares them with those on record
//! (`docs/benchmarks.md`).
//!
//! It knows no sockets, no storage, no clock and no chance. Without an argument it prints the scenarios' names, with one
//! the checksum of what came of that scenario. Start reading at [`scenario::Scenario`], then [`node`], the one place that
//! drives engine and sessions.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a scenario that cannot be set up fails by panicking")]

mod checksum;
mod dashboard;
mod flush;
mod fold;
mod ingest;
mod node;
mod policy;
mod resume;
mod scenario;
mod stream;

use std::io::Write;
use std::process::ExitCode;

use crate::checksum::Checksum;
use crate::scenario::{SCENARIOS, Scenario};

fn main() -> ExitCode {
    let mut out = std::io::stdout().lock();
    let said = match std::env::args().nth(1) {
        None => SCENARIOS.iter().try_for_each(|(name, _)| writeln!(out, "{name}")),
        Some(wanted) => {
            let Some((_, set_up)) = SCENARIOS.iter().find(|(name, _)| *name == wanted) else {
                eprintln!("guard: no scenario is called {wanted}");
                return ExitCode::FAILURE;
            };
            let mut scenario = set_up();
            measured(&mut *scenario);
            let mut checksum = Checksum::default();
            scenario.outcome(&mut checksum);
            writeln!(out, "{checksum}")
        }
    };
    if said.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What is counted, and nothing else: `scripts/guard.mjs` names this function to Callgrind.
#[inline(never)]
fn measured(scenario: &mut dyn Scenario) {
    scenario.run();
}
