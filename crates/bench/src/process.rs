//! What a process costs, as Linux counts it.

use std::fs;
use std::time::Duration;

use crate::error::{BenchError, Trying, unexpected};

/// Linux counts processor time in hundredths of a second, whatever the machine.
const TICK: Duration = Duration::from_millis(10);

/// Processor time used so far, in user and system mode.
pub(crate) fn cpu(pid: u32) -> Result<Duration, BenchError> {
    let file = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&file).trying(format!("reading {file}"))?;
    ticks(&text).map_or_else(|| unexpected(format!("{file} has no times")), |ticks| Ok(TICK * ticks))
}

/// Processor time used so far by all threads that there are, to the nanosecond: for what costs little. Threads that ended
/// are not in it.
pub(crate) fn precise(pid: u32) -> Result<Duration, BenchError> {
    let folder = format!("/proc/{pid}/task");
    let threads = fs::read_dir(&folder).trying(format!("reading {folder}"))?.flatten();
    let times = threads.filter_map(|thread| fs::read_to_string(thread.path().join("schedstat")).ok());
    Ok(Duration::from_nanos(times.filter_map(|text| text.split(' ').next()?.parse::<u64>().ok()).sum()))
}

/// The same of a process and those that it started itself.
pub(crate) fn precise_with_children(pid: u32) -> Result<Duration, BenchError> {
    // One that ends meanwhile is no failure.
    Ok(precise(pid)? + children(pid)?.filter_map(|child| precise(child).ok()).sum::<Duration>())
}

fn children(pid: u32) -> Result<impl Iterator<Item = u32>, BenchError> {
    let file = format!("/proc/{pid}/task/{pid}/children");
    let text = fs::read_to_string(&file).trying(format!("reading {file}"))?;
    let children: Vec<_> = text.split_whitespace().filter_map(|child| child.parse().ok()).collect();
    Ok(children.into_iter())
}

/// Resident memory, in bytes.
pub(crate) fn resident(pid: u32) -> Result<u64, BenchError> {
    kib(&format!("/proc/{pid}/status"), "VmRSS:")
}

/// Resident memory without what other processes share, in bytes.
pub(crate) fn proportional(pid: u32) -> Result<u64, BenchError> {
    kib(&format!("/proc/{pid}/smaps_rollup"), "Pss:")
}

/// The same of a process and those that it started itself.
pub(crate) fn proportional_with_children(pid: u32) -> Result<u64, BenchError> {
    Ok(proportional(pid)? + children(pid)?.filter_map(|child| proportional(child).ok()).sum::<u64>())
}

/// A line `name   number kB` of a file, in bytes.
fn kib(file: &str, name: &str) -> Result<u64, BenchError> {
    let text = fs::read_to_string(file).trying(format!("reading {file}"))?;
    let kib = text.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.map_or_else(|| unexpected(format!("{file} has no {name}")), |kib| Ok(kib * 1024))
}

/// The name in parentheses may hold spaces: fields are counted after it.
fn ticks(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    user.checked_add(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_any_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 5 0 0 0 31 11 0 0 20 0 3 0 100 1 2 3";
        assert_eq!(ticks(stat), Some(42));
        assert_eq!(ticks("7 (a"), None);
    }
}
