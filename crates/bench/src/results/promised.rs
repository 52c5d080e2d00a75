//! Figures that follow from contests and have targets.

use crate::contest::{Sample, measures, summarised};
use crate::report::{Figure, Target};

const OURS: &str = "Tideboard";
const RECOVERING: &str = "Socket.IO, recovery";

/// Those whose samples are there.
pub(super) fn figures(samples: &[Sample]) -> Vec<Figure> {
    let median =
        |measure: &str| samples.iter().find(|one| one.contestant == OURS && one.measure == measure).map(Sample::median);
    let grown = |few: &str, many: &str| {
        let cpu = |condition: &str| median(&format!("{condition}: {}", measures::SERVER_CPU.0));
        Some(cpu(many)? / cpu(few)?)
    };
    let returned = |contestant: &str, (measure, _): measures::Measure| {
        let mut of_table = samples.iter().filter(|one| one.table == summarised::RESUME);
        of_table.find(|one| one.contestant == contestant && one.measure == measure).map(Sample::median)
    };
    let replayed = || Some(returned(RECOVERING, measures::BACK_BYTES)? / returned(OURS, measures::BACK_BYTES)?);
    let faults = || Some(returned(OURS, measures::LOST)? + returned(OURS, measures::DOUBLED)?);
    let figure =
        |name: &str, value: Option<f64>, unit, target| value.map(|value| Figure::new(name, value, unit).target(target));
    // In the order of the contests.
    [
        figure("back after 10 s, bytes that a replay takes instead", replayed(), "×", Target::AtLeast(5.0)),
        figure("back after 10 s, updates lost or doubled", faults(), "", Target::AtMost(0.0)),
        figure("memory of a viewer of 12 widgets at rest", median(measures::MEMORY.0), "KiB", Target::AtMost(25.0)),
        figure("processor, 12 widgets in phase beside 1", grown("1 widget", "12 widgets"), "×", Target::AtMost(2.0)),
        // A tenth is what turns differ by.
        figure("processor per viewer, 400 beside 100", grown("100 viewers", "400 viewers"), "×", Target::AtMost(1.1)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(table: &str, contestant: &str, measure: &str, run: f64) -> Sample {
        let owned = str::to_owned;
        let (table, contestant, measure) = (owned(table), owned(contestant), owned(measure));
        Sample { table, contestant, measure, unit: String::new(), runs: vec![run] }
    }

    #[test]
    fn a_promise_is_held_against_what_contests_found() {
        let cpu = |widgets: &str| format!("{widgets}: {}", measures::SERVER_CPU.0);
        let samples = [
            sample(summarised::RESUME, OURS, measures::BACK_BYTES.0, 5.0),
            sample(summarised::RESUME, RECOVERING, measures::BACK_BYTES.0, 100.0),
            sample("t", OURS, &cpu("1 widget"), 100.0),
            sample("t", OURS, &cpu("12 widgets"), 250.0),
            sample("t", "Socket.IO", measures::MEMORY.0, 90.0),
        ];
        let figures = figures(&samples);
        let found: Vec<_> = figures.iter().map(|one| (one.value, one.target.unwrap().verdict(one.value))).collect();
        assert_eq!(found, [(20.0, "ok"), (2.5, "MISSED")]);
    }
}
