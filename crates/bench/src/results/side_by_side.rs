//! A table per contest: contestants as columns, measures as rows, costs also as ratios to Tideboard's.

use crate::contest::measures::SERVER_SHARE_MOST;
use crate::contest::{Sample, measures};
use crate::numbers::short;

/// Whose costs are 1.
const OURS: &str = "Tideboard";

/// All tables, in the order of the samples.
pub(super) fn tables(samples: &[Sample]) -> String {
    let mut text = String::new();
    for name in in_order(samples.iter().map(|sample| sample.table.as_str())) {
        let of_table: Vec<_> = samples.iter().filter(|sample| sample.table == name).collect();
        let blank = if text.is_empty() { "" } else { "\n" };
        text += &format!("{blank}### {}\n\n{}", capital(name), table(&of_table));
    }
    text
}

fn table(samples: &[&Sample]) -> String {
    let contestants = in_order(samples.iter().map(|sample| sample.contestant.as_str()));
    let mut text = format!("| | {} |\n|---|{}\n", contestants.join(" | "), "---|".repeat(contestants.len()));
    let mut withheld = false;
    for measure in in_order(samples.iter().map(|sample| sample.measure.as_str())) {
        let of = |contestant: &str| find(samples, contestant, measure);
        let unit = samples.iter().find(|sample| sample.measure == measure).map_or("", |sample| &sample.unit);
        let cells = contestants.iter().map(|contestant| of(contestant).map_or_else(String::new, cell));
        text += &row(&label(measure, unit), cells);
        if contestants.len() > 1 && is_cost(measure) {
            let ratios: Vec<_> = contestants.iter().map(|contestant| ratio(samples, contestant, measure)).collect();
            withheld |= ratios.iter().any(|ratio| ratio == WITHHELD);
            text += &row("… beside Tideboard", ratios.into_iter());
        }
    }
    if withheld {
        text += &format!(
            "\n{WITHHELD} no ratio: one of the two servers needs {SERVER_SHARE_MOST:.0} % of a core or more, or let viewers go.\n"
        );
    }
    text
}

const WITHHELD: &str = "—";

fn row(first: &str, cells: impl Iterator<Item = String>) -> String {
    format!("| {first} | {} |\n", cells.collect::<Vec<_>>().join(" | "))
}

fn label(measure: &str, unit: &str) -> String {
    if unit.is_empty() || unit == measures::COUNT { measure.to_owned() } else { format!("{measure} [{unit}]") }
}

/// The median, with the least and the greatest if they differ.
fn cell(sample: &Sample) -> String {
    let (median, (least, most)) = (short(sample.median()), sample.spread());
    let (least, most) = (short(least), short(most));
    if least == most { median } else { format!("{median} ({least}–{most})") }
}

/// Of one to ours; empty where one of them has no such figure.
fn ratio(samples: &[&Sample], contestant: &str, measure: &str) -> String {
    let median = |contestant| find(samples, contestant, measure).map(Sample::median);
    let (Some(theirs), Some(ours)) = (median(contestant), median(OURS)) else { return String::new() };
    let (condition, _) = parts(measure);
    let is_past = |contestant| {
        let mut own = samples.iter().filter(|sample| sample.contestant == contestant);
        own.any(|sample| is_past_its_limit(condition, sample))
    };
    if is_past(contestant) || is_past(OURS) || ours <= 0.0 {
        return WITHHELD.to_owned();
    }
    times(theirs / ours)
}

/// Two digits are as much as such a figure is good for.
fn times(ratio: f64) -> String {
    let decimals = if ratio >= 9.95 {
        0
    } else if ratio >= 0.995 {
        1
    } else {
        2
    };
    let text = format!("{ratio:.decimals$}");
    format!("× {}", text.strip_suffix(".0").unwrap_or(&text))
}

/// A measure may hold under a condition of several in one table: `25 viewers: bytes`.
fn parts(measure: &str) -> (&str, &str) {
    measure.split_once(": ").unwrap_or(("", measure))
}

/// A server that needs nearly a core, or serves fewer than it was asked to.
fn is_past_its_limit(condition: &str, sample: &Sample) -> bool {
    let is = |(measure, _): measures::Measure| parts(&sample.measure) == (condition, measure);
    (is(measures::SERVER_SHARE) && sample.median() >= SERVER_SHARE_MOST)
        || (is(measures::GONE) && sample.spread().1 > 0.0)
}

fn is_cost(measure: &str) -> bool {
    let (_, what) = parts(measure);
    measures::COSTS.iter().any(|cost| what.starts_with(cost))
}

fn find<'a>(samples: &[&'a Sample], contestant: &str, measure: &str) -> Option<&'a Sample> {
    samples.iter().find(|sample| sample.contestant == contestant && sample.measure == measure).copied()
}

/// Each once, as it first came.
fn in_order<'a>(all: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    all.fold(Vec::new(), |mut each, one| {
        if !each.contains(&one) {
            each.push(one);
        }
        each
    })
}

fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(contestant: &str, (measure, unit): (&str, &str), runs: &[f64]) -> Sample {
        let owned = str::to_owned;
        let (table, contestant, measure, unit) = (owned("fan-out"), owned(contestant), owned(measure), owned(unit));
        Sample { table, contestant, measure, unit, runs: runs.to_vec() }
    }

    const CPU: (&str, &str) = measures::SERVER_CPU;
    const SHARE: (&str, &str) = measures::SERVER_SHARE;

    fn lines(samples: &[Sample]) -> Vec<String> {
        tables(samples).lines().map(str::to_owned).collect()
    }

    #[test]
    fn costs_stand_with_their_spread_and_their_ratio_to_ours() {
        let samples = [sample(OURS, CPU, &[90.0, 100.0, 120.0]), sample("Peer", CPU, &[820.0, 1_220.0, 800.0])];
        let expected = [
            "### Fan-out",
            "",
            "| | Tideboard | Peer |",
            "|---|---|---|",
            "| server, processor per viewer and second [µs] | 100 (90–120) | 820 (800–1,220) |",
            "| … beside Tideboard | × 1 | × 8.2 |",
        ];
        assert_eq!(lines(&samples), expected);
    }

    #[test]
    fn a_ratio_is_withheld_where_either_server_is_busy() {
        for (ours, theirs, ratios) in [
            (10.0, 69.9, "| … beside Tideboard | × 1 | × 8 |"),
            (10.0, 70.0, "| … beside Tideboard | × 1 | — |"),
            (70.0, 10.0, "| … beside Tideboard | — | — |"),
        ] {
            let samples = [
                sample(OURS, CPU, &[100.0]),
                sample("Peer", CPU, &[800.0]),
                sample(OURS, SHARE, &[ours]),
                sample("Peer", SHARE, &[theirs]),
            ];
            let lines = lines(&samples);
            assert_eq!(lines[5], ratios);
            assert_eq!(lines.last().unwrap().starts_with("— no ratio"), ratios.contains('—'));
        }
    }

    #[test]
    fn a_ratio_is_withheld_where_viewers_were_let_go_in_any_round() {
        let samples = [
            sample(OURS, CPU, &[100.0]),
            sample("Peer", CPU, &[300.0]),
            sample("Peer", SHARE, &[50.0]),
            sample("Peer", measures::GONE, &[0.0, 0.0, 1.0]),
        ];
        assert_eq!(lines(&samples)[5], "| … beside Tideboard | × 1 | — |");
    }

    #[test]
    fn a_busy_server_takes_away_only_the_ratios_of_its_own_condition() {
        let (at_25, at_400) = (format!("25 viewers: {}", CPU.0), format!("400 viewers: {}", CPU.0));
        let busy = format!("400 viewers: {}", SHARE.0);
        let samples = [
            sample(OURS, (&at_25, "µs"), &[100.0]),
            sample("Peer", (&at_25, "µs"), &[300.0]),
            sample(OURS, (&at_400, "µs"), &[100.0]),
            sample("Peer", (&at_400, "µs"), &[300.0]),
            sample("Peer", (&busy, "%"), &[98.0]),
        ];
        let lines = lines(&samples);
        assert_eq!(lines[5], "| … beside Tideboard | × 1 | × 3 |");
        assert_eq!(lines[7], "| … beside Tideboard | × 1 | — |");
    }

    #[test]
    fn who_lacks_a_figure_has_an_empty_cell_and_delays_have_no_ratio() {
        let delay = ("update due → received, p50", "ms");
        let samples = [sample(OURS, CPU, &[1.0]), sample("Floor", CPU, &[0.5]), sample(OURS, delay, &[2.0])];
        let lines = lines(&samples);
        assert_eq!(lines[5], "| … beside Tideboard | × 1 | × 0.50 |");
        assert_eq!(lines[6], "| update due → received, p50 [ms] | 2 |  |");
        assert_eq!(lines.len(), 7);
    }
}
