//! Figures beside their targets, for people and for programs.

use std::fmt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;

use crate::contest::Sample;
use crate::error::{BenchError, Trying};
use crate::machine::Machine;
use crate::measure::Effort;

/// One measured number.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The number.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'static str,
    /// What it should be, where something is promised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Target {
    /// No less.
    AtLeast(f64),
    /// No more.
    AtMost(f64),
}

impl Figure {
    /// A figure without a target.
    pub(crate) fn new(name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { name: name.into(), value, unit, target: None }
    }

    /// The figure with its target.
    pub(crate) fn target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }
}

impl Target {
    fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        }
    }
}

/// All figures of one run.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    machine: Machine,
    effort: Effort,
    /// In milliseconds since 1970.
    measured_at: u64,
    figures: Vec<Figure>,
    samples: Vec<Sample>,
}

impl Report {
    /// A report without figures.
    pub(crate) fn new(machine: Machine, effort: Effort) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let measured_at = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        Self { machine, effort, measured_at, figures: Vec::new(), samples: Vec::new() }
    }

    /// Adds figures.
    pub(crate) fn add(&mut self, figures: Vec<Figure>) {
        self.figures.extend(figures);
    }

    /// Adds what contests found.
    pub(crate) fn add_samples(&mut self, samples: Vec<Sample>) {
        self.samples.extend(samples);
    }

    /// Writes the report as JSON.
    pub(crate) fn write(&self, file: &Path) -> Result<(), BenchError> {
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).trying(format!("making {}", folder.display()))?;
        }
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).trying(format!("writing {}", file.display()))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processor, threads, memory_mib, kernel, load_before } = &self.machine;
        writeln!(f, "{processor}, {threads} threads, {memory_mib} MiB, Linux {kernel}, load before {load_before}\n")?;
        for Figure { name, value, unit, target } in &self.figures {
            let (sign, bound) = match target {
                None => ("", String::new()),
                Some(Target::AtLeast(least)) => ("≥", number(*least)),
                Some(Target::AtMost(most)) => ("≤", number(*most)),
            };
            let verdict = target.map_or("", |target| if target.is_met(*value) { "ok" } else { "MISSED" });
            writeln!(f, "{name:<64} {:>12} {unit:<8} {sign:>2} {bound:<9} {verdict}", number(*value))?;
        }
        let mut table = "";
        for sample in &self.samples {
            if sample.table != table {
                table = &sample.table;
                writeln!(f, "\n{table}")?;
            }
            let Sample { measure, contestant, unit, .. } = sample;
            let (least, most) = sample.spread();
            let spread = format!("{}–{}", number(least), number(most));
            writeln!(f, "  {contestant:<26} {measure:<42} {:>10} {unit:<4} {spread}", number(sample.median()))?;
        }
        Ok(())
    }
}

/// Large numbers without decimals, small ones with as many as tell something.
fn number(value: f64) -> String {
    if value >= 100.0 || value == value.trunc() {
        format!("{value:.0}")
    } else if value >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_tell_something() {
        for (value, text) in [(61_234.5, "61234"), (5.0, "5"), (12.345, "12.35"), (0.1234, "0.123")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn a_target_is_met_up_to_its_bound() {
        assert!(Target::AtMost(5.0).is_met(5.0) && !Target::AtMost(5.0).is_met(5.1));
        assert!(Target::AtLeast(5.0).is_met(5.0) && !Target::AtLeast(5.0).is_met(4.9));
    }
}
