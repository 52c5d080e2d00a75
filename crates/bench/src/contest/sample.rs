//! What contests find: figures of several contestants, each measured several times in one run.

use serde::{Deserialize, Serialize};

/// One figure of one contestant, measured several times in one run.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sample {
    /// What the contest is about: figures of one table were measured interleaved, and may be compared.
    pub(crate) table: String,
    /// What was measured.
    pub(crate) measure: String,
    /// Whose figure it is.
    pub(crate) contestant: String,
    /// The unit.
    pub(crate) unit: String,
    /// One number per round.
    pub(crate) runs: Vec<f64>,
}

impl Sample {
    /// The middle one; of an even number, the mean of the two in the middle.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.runs.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
        if sorted.len() % 2 == 1 { at(middle) } else { (at(middle.wrapping_sub(1)) + at(middle)) / 2.0 }
    }

    /// The least and the greatest.
    pub(crate) fn spread(&self) -> (f64, f64) {
        self.runs
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), run| (least.min(*run), most.max(*run)))
    }
}

/// Samples that grow round by round.
#[derive(Debug, Default)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// Adds a round's number.
    pub(crate) fn add(&mut self, table: &str, contestant: &str, (measure, unit): (&str, &str), run: f64) {
        let same = |one: &&mut Sample| one.table == table && one.contestant == contestant && one.measure == measure;
        if let Some(found) = self.0.iter_mut().find(same) {
            found.runs.push(run);
            return;
        }
        let owned = str::to_owned;
        let (table, measure, contestant) = (owned(table), owned(measure), owned(contestant));
        self.0.push(Sample { table, measure, contestant, unit: owned(unit), runs: vec![run] });
    }

    /// All.
    pub(crate) fn into_all(self) -> Vec<Sample> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_of_one_figure_come_together() {
        let mut samples = Samples::default();
        for run in [3.0, 1.0, 2.0] {
            samples.add("t", "A", ("cpu", "ms"), run);
            samples.add("t", "B", ("cpu", "ms"), run * 2.0);
        }
        let all = samples.into_all();
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].median(), all[0].spread()), (2.0, (1.0, 3.0)));
        assert_eq!(all[1].median(), 4.0);
    }

    #[test]
    fn an_even_number_of_rounds_has_a_median_between_two() {
        let mut samples = Samples::default();
        for run in [4.0, 1.0, 2.0, 3.0] {
            samples.add("t", "A", ("cpu", "ms"), run);
        }
        assert_eq!(samples.into_all()[0].median(), 2.5);
    }
}
