//! Figures of Tideboard alone, beside their targets.

use crate::numbers::short;
use crate::report::{Figure, Target};

/// A row per figure.
pub(super) fn table(figures: &[Figure]) -> String {
    let head = "| figure | value | target | |\n|---|---|---|---|\n".to_owned();
    figures.iter().fold(head, |table, Figure { name, value, unit, target }| {
        let bound =
            target.map(Target::bound).map_or_else(String::new, |(sign, bound)| format!("{sign} {}", short(bound)));
        let verdict = target.map_or("", |target| target.verdict(*value));
        let value = format!("{} {unit}", short(*value));
        format!("{table}| {} | {} | {bound} | {verdict} |\n", name.trim(), value.trim_end())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_target_and_what_became_of_it() {
        let figures = [
            Figure::new("ingest", 61_234.5, "events/s").target(Target::AtLeast(50_000.0)),
            Figure::new("  memory", 53.25, "MiB").target(Target::AtMost(50.0)),
            Figure::new("traffic", 3.0, "B"),
        ];
        let rows = [
            "| ingest | 61,234 events/s | ≥ 50,000 | ok |",
            "| memory | 53.2 MiB | ≤ 50 | MISSED |",
            "| traffic | 3 B |  |  |",
        ];
        assert_eq!(table(&figures).lines().skip(2).collect::<Vec<_>>(), rows);
    }
}
