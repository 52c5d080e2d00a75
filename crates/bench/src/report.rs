//! Figures beside their targets, for people and for programs.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::contest::Sample;
use crate::error::{BenchError, Trying};
use crate::machine::Machine;
use crate::measure::Effort;
use crate::numbers::number;

/// One measured number.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) name: String,
    /// The number.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: Cow<'static, str>,
    /// What it should be, where something is promised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) target: Option<Target>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
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
        Self { name: name.into(), value, unit: Cow::Borrowed(unit), target: None }
    }

    /// The figure with its target.
    pub(crate) fn target(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }
}

impl Target {
    /// Whether a figure is as it should be, in a word.
    pub(crate) fn verdict(self, value: f64) -> &'static str {
        let met = match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
        };
        if met { "ok" } else { "MISSED" }
    }

    /// Its sign and its bound.
    pub(crate) fn bound(self) -> (&'static str, f64) {
        match self {
            Self::AtLeast(least) => ("≥", least),
            Self::AtMost(most) => ("≤", most),
        }
    }
}

/// All figures of one run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Report {
    /// What it was measured on.
    pub(crate) machine: Machine,
    /// How long.
    pub(crate) effort: Effort,
    /// In milliseconds since 1970.
    pub(crate) measured_at: u64,
    /// What was measured of Tideboard alone.
    pub(crate) figures: Vec<Figure>,
    /// What contests found.
    pub(crate) samples: Vec<Sample>,
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

    /// Reads what was measured before, and perhaps added to by others.
    pub(crate) fn read(file: &Path) -> Result<Self, BenchError> {
        let text = std::fs::read_to_string(file).trying(format!("reading {}", file.display()))?;
        Ok(serde_json::from_str(&text)?)
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
            let (sign, bound) = target.map(Target::bound).map_or_else(Default::default, |(sign, n)| (sign, number(n)));
            let verdict = target.map_or("", |target| target.verdict(*value));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_up_to_its_bound() {
        let verdicts = |target: Target| [4.9, 5.0, 5.1].map(|value| target.verdict(value));
        assert_eq!(verdicts(Target::AtMost(5.0)), ["ok", "ok", "MISSED"]);
        assert_eq!(verdicts(Target::AtLeast(5.0)), ["MISSED", "ok", "ok"]);
    }
}
