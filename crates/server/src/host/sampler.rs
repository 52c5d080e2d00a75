//! Looking at the machine, through sysinfo. Blocks for a moment; runs off the async threads.

use std::time::{Duration, Instant};

use sysinfo::{DiskRefreshKind, Disks, Networks, ProcessRefreshKind, ProcessesToUpdate, System};

use super::reading::{Disk, Load, Memory, Process, Reading, Traffic, busiest, total};

/// Processes change slowly, and there may be thousands.
const PROCESSES_EVERY: Duration = Duration::from_secs(1);
const LOAD_EVERY: Duration = Duration::from_secs(1);
const DISKS_EVERY: Duration = Duration::from_secs(5);
/// Names of processes told in one sample.
const PROCESSES_KEPT: usize = 8;
/// Container hosts have hundreds of virtual interfaces and mounts: those past this many are only in the sum.
const LISTED_MAX: usize = 16;

/// What is smaller holds no one's files: the system's own mounts.
const DISK_LEAST_BYTES: u64 = 32 << 20;

/// Looks at the machine again and again; remembers what rates are computed from.
pub(super) struct Sampler {
    host: String,
    system: System,
    networks: Networks,
    disks: Disks,
    networks_seen: Instant,
    disks_seen: Option<Instant>,
    processes_seen: Option<Instant>,
    load_seen: Option<Instant>,
}

impl Sampler {
    /// Takes the first look, which later ones are compared with.
    pub(super) fn new(host: String) -> Result<Self, sysinfo::Error> {
        let mut system = System::new()?;
        system.refresh_cpu_usage();
        Ok(Self {
            host,
            system,
            networks: Networks::new_with_refreshed_list()?,
            disks: Disks::new()?,
            networks_seen: Instant::now(),
            disks_seen: None,
            processes_seen: None,
            load_seen: None,
        })
    }

    pub(super) fn sample(&mut self, now: Instant) -> Reading {
        self.system.refresh_cpu_usage();
        self.system.refresh_memory();
        Reading {
            host: self.host.clone(),
            cpu: f64::from(self.system.global_cpu_usage()),
            cores: self.system.cpus().iter().map(|core| f64::from(core.usage())).collect(),
            memory: Memory {
                used: self.system.used_memory(),
                available: self.system.available_memory(),
                total: self.system.total_memory(),
                swap_used: self.system.used_swap(),
            },
            load: self.load(now),
            network: self.network(now),
            disks: self.disks(now),
            processes: self.processes(now),
        }
    }

    fn load(&mut self, now: Instant) -> Option<Load> {
        due(&mut self.load_seen, now, LOAD_EVERY)?;
        let load = System::load_average().ok()?;
        Some(Load { one: load.one, five: load.five, fifteen: load.fifteen })
    }

    fn network(&mut self, now: Instant) -> Vec<Traffic> {
        let seconds = now.saturating_duration_since(self.networks_seen).as_secs_f64();
        if seconds <= 0.0 {
            return Vec::new();
        }
        self.networks.refresh(true);
        self.networks_seen = now;
        let mut interfaces: Vec<_> = self
            .networks
            .iter()
            .map(|(name, data)| Traffic {
                interface: name.display().to_string(),
                received: per_second(data.received(), seconds),
                sent: per_second(data.transmitted(), seconds),
            })
            .collect();
        let all = total(&interfaces);
        interfaces.sort_by(|a, b| {
            (b.received + b.sent).total_cmp(&(a.received + a.sent)).then_with(|| a.interface.cmp(&b.interface))
        });
        interfaces.truncate(LISTED_MAX);
        interfaces.push(all);
        interfaces
    }

    fn disks(&mut self, now: Instant) -> Vec<Disk> {
        let Some(since) = due(&mut self.disks_seen, now, DISKS_EVERY) else { return Vec::new() };
        self.disks.refresh_specifics(true, DiskRefreshKind::nothing().with_storage().with_io_usage());
        let mut disks: Vec<_> = self
            .disks
            .iter()
            .filter(|disk| disk.total_space() >= DISK_LEAST_BYTES)
            .map(|disk| {
                // The first look has nothing to compare with: it finds all bytes since the machine started.
                let usage = since.map(|since| (disk.usage(), since.as_secs_f64()));
                Disk {
                    mount: disk.mount_point().display().to_string(),
                    total: disk.total_space(),
                    free: disk.available_space(),
                    read: usage.map_or(0.0, |(usage, seconds)| per_second(usage.read_bytes, seconds)),
                    written: usage.map_or(0.0, |(usage, seconds)| per_second(usage.written_bytes, seconds)),
                }
            })
            .collect();
        disks.sort_by(|a, b| b.total.cmp(&a.total).then_with(|| a.mount.cmp(&b.mount)));
        disks.truncate(LISTED_MAX);
        disks
    }

    fn processes(&mut self, now: Instant) -> Vec<Process> {
        let first = self.processes_seen.is_none();
        if due(&mut self.processes_seen, now, PROCESSES_EVERY).is_none() {
            return Vec::new();
        }
        let what = ProcessRefreshKind::nothing().with_cpu().with_memory().without_tasks();
        self.system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
        if first {
            // Without an earlier look everyone seems idle.
            return Vec::new();
        }
        let processes = self.system.processes().values().map(|process| Process {
            name: process.name().display().to_string(),
            cpu: f64::from(process.cpu_usage()),
            memory: process.memory(),
        });
        busiest(processes, PROCESSES_KEPT)
    }
}

/// Whether something measured every so often is due. Answers with the time since it last was, `None` at the first.
fn due(seen: &mut Option<Instant>, now: Instant, every: Duration) -> Option<Option<Duration>> {
    // A tick may come a little early: better now than a whole tick late.
    const EARLY: Duration = Duration::from_millis(50);
    let since = seen.map(|seen| now.saturating_duration_since(seen));
    if since.is_some_and(|since| since + EARLY < every) {
        return None;
    }
    *seen = Some(now);
    Some(since)
}

fn per_second(bytes: u64, seconds: f64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a rate is shown to three digits")]
    let bytes = bytes as f64;
    (bytes / seconds).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_measured_less_often_is_due_in_its_own_time() {
        let start = Instant::now();
        let after = |millis| start + Duration::from_millis(millis);
        let mut seen = None;
        assert_eq!(due(&mut seen, start, DISKS_EVERY), Some(None));
        assert_eq!(due(&mut seen, after(4_900), DISKS_EVERY), None);
        assert_eq!(due(&mut seen, after(4_960), DISKS_EVERY), Some(Some(Duration::from_millis(4_960))));
        assert_eq!(due(&mut seen, after(5_100), DISKS_EVERY), None);
    }

    #[test]
    fn this_machine_can_be_measured() {
        let mut sampler = Sampler::new("h".to_owned()).unwrap();
        let start = Instant::now();
        let first = sampler.sample(start);
        let second = sampler.sample(start + PROCESSES_EVERY);
        assert!(!first.cores.is_empty() && first.memory.total > 0, "{first:?}");
        assert!((0.0..=100.0).contains(&first.cpu), "{first:?}");
        assert!(first.processes.is_empty() && !second.processes.is_empty(), "{second:?}");
        assert!(second.processes.len() <= PROCESSES_KEPT);
        assert!(first.disks.iter().all(|disk| disk.read == 0.0 && disk.free <= disk.total), "{first:?}");
    }
}
