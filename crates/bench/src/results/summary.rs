//! Three figures for whoever looks at the project for the first time.

use crate::contest::{Sample, measures, summarised};
use crate::numbers::short;
use crate::report::Report;

const OURS: &str = "Tideboard";
const THEIRS: &str = "Socket.IO";
const RECOVERING: &str = "Socket.IO, recovery";
/// What was not measured in that run.
const MISSING: &str = "not measured";
/// The figure of `measure::latency`, and the measure that pages add.
const LATENCY: &str = "latency, request sent → viewer has it, p50";
const PAINTED: &str = "request sent → painted, p50";

/// The table, and how it is repeated.
pub(super) fn table(report: &Report) -> String {
    let samples = &report.samples;
    let (load, back) = (summarised::FANOUT, summarised::RESUME);
    let both = |table: &str, theirs: &str, measure: measures::Measure| {
        [OURS, theirs].map(|contestant| value(find(samples, table, contestant, measure.0)))
    };
    let returned = |measure| both(back, RECOVERING, measure);
    let cpu = both(load, THEIRS, measures::SERVER_CPU);
    let (time, bytes) = (returned(measures::BACK_P50), returned(measures::BACK_BYTES));
    let (lost, doubled) = (returned(measures::LOST), returned(measures::DOUBLED));
    let mut text = format!("| | {OURS} | {THEIRS} |\n|---|---|---|\n");
    text += &row(&format!("{load}: server's processor per viewer and second"), &cpu);
    text += &row(&format!("{back} ({THEIRS}: connection state recovery): received per viewer until exact"), &bytes);
    text += &row("… and the time that it takes, p50", &time);
    text += &row("… updates lost", &lost);
    text += &row("… updates twice", &doubled);
    text += &row(LATENCY, &[latency(report), String::new()]);
    if let Some(painted) = samples.iter().find(|one| one.contestant == OURS && one.measure == PAINTED) {
        text += &row("the same until it is painted", &[value(Some(painted)), String::new()]);
    }
    text + &format!("\n{} `make bench` repeats them.\n", super::measured(report).trim_end())
}

fn row(what: &str, [ours, theirs]: &[String; 2]) -> String {
    format!("| {what} | {ours} | {theirs} |\n")
}

fn find<'a>(samples: &'a [Sample], table: &str, contestant: &str, measure: &str) -> Option<&'a Sample> {
    samples.iter().find(|one| one.table == table && one.contestant == contestant && one.measure == measure)
}

fn value(sample: Option<&Sample>) -> String {
    let Some(sample) = sample else { return MISSING.to_owned() };
    let unit = if sample.unit == measures::COUNT { String::new() } else { format!(" {}", sample.unit) };
    format!("{}{unit}", short(sample.median()))
}

fn latency(report: &Report) -> String {
    let figure = report.figures.iter().find(|figure| figure.name == LATENCY);
    figure.map_or_else(|| MISSING.to_owned(), |figure| format!("{} {}", short(figure.value), figure.unit))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::Machine;
    use crate::measure::Effort;
    use crate::report::Figure;

    fn report() -> Report {
        let machine = Machine {
            processor: "P".to_owned(),
            threads: 2,
            memory_mib: 1_024,
            kernel: "6".to_owned(),
            load_before: 0.0,
        };
        Report::new(machine, Effort::Short)
    }

    #[test]
    fn the_first_page_quotes_what_was_measured_and_says_what_was_not() {
        let mut report = report();
        report.add(vec![Figure::new(LATENCY, 1.5, "ms")]);
        let cpu = |contestant: &str, run| Sample {
            table: summarised::FANOUT.to_owned(),
            measure: measures::SERVER_CPU.0.to_owned(),
            contestant: contestant.to_owned(),
            unit: "µs".to_owned(),
            runs: vec![run],
        };
        report.add_samples(vec![cpu(OURS, 120.0), cpu(THEIRS, 990.0)]);
        let text = table(&report);
        assert!(text.contains("processor per viewer and second | 120 µs | 990 µs |"), "{text}");
        assert!(text.contains(&format!("| {LATENCY} | 1.50 ms |  |")), "{text}");
        assert!(text.contains("| … updates lost | not measured | not measured |"), "{text}");
    }
}
