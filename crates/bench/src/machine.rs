//! What the figures were measured on.

use std::fs;

use serde::{Deserialize, Serialize};

use crate::error::{BenchError, Trying};

/// The machine, as far as figures depend on it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Machine {
    /// The processor's name.
    pub(crate) processor: String,
    /// How many of its threads may be used.
    pub(crate) threads: usize,
    /// Memory in MiB.
    pub(crate) memory_mib: u64,
    /// The kernel.
    pub(crate) kernel: String,
    /// Runnable tasks, averaged over the minute before: others that were busy meanwhile.
    pub(crate) load_before: f64,
}

/// Describes this machine.
pub(crate) fn describe() -> Result<Machine, BenchError> {
    let processors = read("/proc/cpuinfo")?;
    let memory = read("/proc/meminfo")?;
    let kib: u64 = value(&memory, "MemTotal").split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0);
    let load = read("/proc/loadavg")?;
    Ok(Machine {
        processor: value(&processors, "model name").to_owned(),
        threads: std::thread::available_parallelism().trying("counting processors")?.get(),
        memory_mib: kib / 1024,
        kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        load_before: load.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or(0.0),
    })
}

fn read(file: &str) -> Result<String, BenchError> {
    fs::read_to_string(file).trying(format!("reading {file}"))
}

/// The value of the first line `name : value`.
fn value<'a>(text: &'a str, name: &str) -> &'a str {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(key, _)| key.trim() == name).map(|(_, value)| value.trim()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_whole_name() {
        let text = "MemTotalX: 1 kB\nMemTotal:   24 kB\nmodel name\t: A B\n";
        assert_eq!(value(text, "MemTotal"), "24 kB");
        assert_eq!(value(text, "model name"), "A B");
        assert_eq!(value(text, "MemFree"), "");
    }
}
