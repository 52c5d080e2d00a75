//! What one look at the machine found, apart from how it is found and how it is told.

/// One sample. What is measured less often is absent in between.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) host: String,
    /// Percent busy over all cores.
    pub(super) cpu: f64,
    /// Percent busy by core.
    pub(super) cores: Vec<f64>,
    pub(super) memory: Memory,
    pub(super) load: Option<Load>,
    pub(super) network: Vec<Traffic>,
    pub(super) disks: Vec<Disk>,
    pub(super) processes: Vec<Process>,
}

/// Bytes of memory.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Memory {
    pub(super) used: u64,
    pub(super) available: u64,
    pub(super) total: u64,
    pub(super) swap_used: u64,
}

/// Load averages.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Load {
    pub(super) one: f64,
    pub(super) five: f64,
    pub(super) fifteen: f64,
}

/// Bytes per second through one interface.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Traffic {
    pub(super) interface: String,
    pub(super) received: f64,
    pub(super) sent: f64,
}

/// One mounted file system.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Disk {
    pub(super) mount: String,
    pub(super) total: u64,
    pub(super) free: u64,
    /// Bytes per second.
    pub(super) read: f64,
    /// Bytes per second.
    pub(super) written: f64,
}

/// All processes of one name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Process {
    pub(super) name: String,
    /// Percent of one core.
    pub(super) cpu: f64,
    /// Bytes.
    pub(super) memory: u64,
}

/// The name under which all interfaces are summed up.
pub(super) const ALL: &str = "all";

/// Sums processes of one name, and keeps those that keep the machine busiest: by CPU, then by memory.
pub(super) fn busiest(processes: impl IntoIterator<Item = Process>, keep: usize) -> Vec<Process> {
    let mut by_name = std::collections::BTreeMap::<String, Process>::new();
    for process in processes {
        let name = family(&process.name).to_owned();
        let sum = by_name.entry(name.clone()).or_insert(Process { name, cpu: 0.0, memory: 0 });
        sum.cpu += process.cpu;
        sum.memory = sum.memory.saturating_add(process.memory);
    }
    let mut sums: Vec<_> = by_name.into_values().collect();
    sums.sort_by(|a, b| b.cpu.total_cmp(&a.cpu).then(b.memory.cmp(&a.memory)).then_with(|| a.name.cmp(&b.name)));
    sums.truncate(keep);
    sums
}

/// The kernel names its workers by core and queue (`kworker/0:1-events`): one name for all of a kind, else each would
/// be a group of its own.
fn family(name: &str) -> &str {
    match name.split_once('/') {
        Some((kind, _)) if !kind.is_empty() => kind,
        Some(_) => name,
        None if name.is_empty() => "unknown",
        None => name,
    }
}

/// The traffic of the machine with the world; of the loopback interface if there is no other.
pub(super) fn total(interfaces: &[Traffic]) -> Traffic {
    let is_loopback = |one: &Traffic| one.interface == "lo" || one.interface.starts_with("lo0");
    let alone = interfaces.iter().all(is_loopback);
    let counted = interfaces.iter().filter(|one| alone || !is_loopback(one));
    counted.fold(Traffic { interface: ALL.to_owned(), received: 0.0, sent: 0.0 }, |sum, one| Traffic {
        received: sum.received + one.received,
        sent: sum.sent + one.sent,
        ..sum
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(name: &str, cpu: f64, memory: u64) -> Process {
        Process { name: name.to_owned(), cpu, memory }
    }

    #[test]
    fn processes_are_summed_by_name_and_the_busiest_kept() {
        let found = [
            process("web", 20.0, 5),
            process("kworker/0:1-events", 1.0, 0),
            process("web", 15.0, 6),
            process("kworker/1:0", 2.0, 0),
            process("idle-big", 0.0, 9),
            process("idle-small", 0.0, 1),
        ];
        let expected = [process("web", 35.0, 11), process("kworker", 3.0, 0), process("idle-big", 0.0, 9)];
        assert_eq!(busiest(found, 3), expected);
    }

    #[test]
    fn the_loopback_counts_only_where_there_is_nothing_else() {
        let traffic =
            |interface: &str, bytes| Traffic { interface: interface.to_owned(), received: bytes, sent: 2.0 * bytes };
        assert_eq!(total(&[traffic("lo", 5.0), traffic("eth0", 1.0), traffic("wlan0", 2.0)]), traffic(ALL, 3.0));
        assert_eq!(total(&[traffic("lo", 5.0)]), traffic(ALL, 5.0));
    }
}
