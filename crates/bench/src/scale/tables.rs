//! The tables of `docs/scale.md`.

use super::coefficients::Coefficients;
use super::cost::Load;
use super::fleet::{Limit, plan};
use super::freshness::freshness;
use super::owning::{TOLD_PER_SECOND, each_or_shared, worth_from};
use crate::document;
use crate::error::{BenchError, unexpected};
use crate::numbers::grouped;

/// Threads of the machines that are planned with.
const THREADS: f64 = 8.0;
const MIB: f64 = 1024.0 * 1024.0;
const DAY_SECONDS: f64 = 86_400.0;

/// A load as the document describes it: a hundred dashboards of twelve widgets over a thousand streams, a hundred events in
/// a request.
fn load(viewers: f64, events: f64) -> Load {
    Load { viewers, events, batch: 100.0, streams: 1_000.0, views: 1_200.0, widgets: 12.0, cells: 600.0 }
}

/// A document with its tables as they follow from the coefficients.
pub(crate) fn tables(document: &str, coefficients: &Coefficients) -> Result<String, BenchError> {
    let blocks = [
        ("coefficients", measured(coefficients)),
        ("node", node(coefficients)),
        ("plan", plans(coefficients)),
        ("owning", owning(coefficients)),
    ];
    blocks.into_iter().try_fold(document.to_owned(), |document, (name, table)| {
        let filled = document::filled(&document, name, &table);
        filled.map_or_else(|| unexpected(format!("no place for the table `{name}`")), Ok)
    })
}

fn measured(c: &Coefficients) -> String {
    let head = format!("Measured: {}.\n\n| what | costs |\n|---|---|\n", c.measured);
    c.rows().iter().fold(head, |table, (what, cost, unit)| format!("{table}| {what} | {} {unit} |\n", number(*cost)))
}

/// One node with ever more viewers.
fn node(c: &Coefficients) -> String {
    let head = "| viewers on a node | frames to each, a second | engine's thread | processors | to viewers | age of what is seen, p50 / p99 |\n|---|---|---|---|---|---|\n";
    let mut table = head.to_owned();
    for viewers in [100.0, 1_000.0, 2_000.0, 4_000.0, 8_000.0, 16_000.0] {
        let load = load(viewers, 100_000.0);
        let fleet = super::cost::Fleet { nodes: 1.0, threads: THREADS, primaries: 1.0 };
        let used = c.node(&load, &fleet);
        let age = freshness(c, &load, viewers);
        table += &format!(
            "| {} | {} | {} % | {} threads | {} MiB/s | {} / {} ms |\n",
            grouped(viewers),
            number(used.frame_rate),
            number(used.engine * 100.0),
            number(used.threads()),
            number(used.sent / MIB),
            number(age.median * 1e3),
            number(age.p99 * 1e3),
        );
    }
    table
}

fn plans(c: &Coefficients) -> String {
    let head = "| viewers | events/s | nodes | what sets that | one node: threads | Redis servers | of Redis' work, telling nodes | to nodes, all | a day of events | PostgreSQL | age, p50 / p99 |\n|---|---|---|---|---|---|---|---|---|---|---|\n";
    let mut table = head.to_owned();
    for viewers in [10_000.0, 100_000.0, 1_000_000.0] {
        for events in [10_000.0, 100_000.0, 1_000_000.0] {
            table += &planned(c, viewers, events);
        }
    }
    table
}

fn planned(c: &Coefficients, viewers: f64, events: f64) -> String {
    let load = load(viewers, events);
    let first = format!("| {} | {} |", grouped(viewers), grouped(events));
    let kept = number(c.kept(&load, DAY_SECONDS) / (1024.0 * MIB));
    match plan(c, &load, THREADS) {
        Err(limit) => format!("{first} – | {} | – | – | – | – | {kept} GiB | – | – |\n", limit.text()),
        Ok(plan) => {
            let age = freshness(c, &load, viewers / plan.fleet.nodes);
            let limit = if plan.limit == Limit::Least { "one may die" } else { plan.limit.text() };
            format!(
                "{first} {} | {limit} | {} | {} | {} % | {} MiB/s | {kept} GiB | {} % | {} / {} ms |\n",
                grouped(plan.fleet.nodes),
                number(plan.node.threads()),
                grouped(plan.fleet.primaries),
                number(100.0 * plan.redis.telling / plan.redis.thread()),
                number(plan.redis.sent * plan.fleet.primaries / MIB),
                number(100.0 * c.postgres(&plan.fleet)),
                number(age.median * 1e3),
                number(age.p99 * 1e3),
            )
        }
    }
}

fn owning(c: &Coefficients) -> String {
    let some = load(0.0, 1.0);
    let mut table = format!(
        "Handing changes on costs as much as computing everywhere at {} events/s ({} views, told {} times a second).\n\n",
        grouped(worth_from(c, &some).round()),
        grouped(some.views),
        number(TOLD_PER_SECOND)
    );
    table += "| events/s | threads of each node, if each computes all | 4 nodes, each its share | 16 nodes | 64 nodes |\n|---|---|---|---|---|\n";
    for events in [10_000.0, 100_000.0, 300_000.0, 1_000_000.0, 3_000_000.0] {
        let of = |nodes| each_or_shared(c, &load(0.0, events), nodes);
        let shared = [4.0, 16.0, 64.0].map(|nodes| number(of(nodes).1));
        table += &format!("| {} | {} | {} |\n", grouped(events), number(of(4.0).0), shared.join(" | "));
    }
    table
}

/// Two digits that tell something, three above a hundred.
fn number(value: f64) -> String {
    if value >= 1_000.0 {
        grouped(value.round())
    } else if value >= 10.0 || value == 0.0 {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.1}")
    } else if value >= 0.1 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
    }

    #[test]
    fn the_document_holds_what_follows_from_what_was_measured() {
        let coefficients = Coefficients::read(&root().join("bench/coefficients.json")).unwrap();
        let document = std::fs::read_to_string(root().join("docs/scale.md")).unwrap();
        let filled = tables(&document, &coefficients).unwrap();
        for (held, follows) in document.lines().zip(filled.lines()) {
            assert_eq!(held, follows, "run: cargo run -p tideboard-bench -- --tables docs/scale.md");
        }
        assert_eq!(document.len(), filled.len());
    }

    #[test]
    fn numbers_are_as_long_as_they_tell_something() {
        for (value, text) in [(1_234_567.0, "1,234,567"), (123.4, "123"), (12.3, "12"), (1.26, "1.3"), (0.126, "0.13")]
        {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_document_without_a_place_for_a_table_is_refused() {
        let coefficients = Coefficients::read(&root().join("bench/coefficients.json")).unwrap();
        tables("nothing", &coefficients).unwrap_err();
    }
}
