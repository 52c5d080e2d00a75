//! From a look at the machine to events.

use tideboard_model::{Event, Nanos};

use super::reading::{ALL, Reading};
use crate::source::Draft;

/// The events of one sample, all of one instant.
pub(super) fn events(reading: &Reading, time: Nanos) -> Vec<Event> {
    let draft = |stream| Draft::new(stream, time).tag("host", &reading.host);
    let mut drafts = vec![
        draft("host.cpu").tag("core", ALL).number("busy", percent(reading.cpu)),
        draft("host.memory")
            .integer("used", reading.memory.used)
            .integer("available", reading.memory.available)
            .integer("total", reading.memory.total)
            .integer("swap_used", reading.memory.swap_used)
            .number("used_percent", share(reading.memory.used, reading.memory.total)),
    ];
    for (core, busy) in reading.cores.iter().enumerate() {
        drafts.push(draft("host.cpu").tag("core", &core.to_string()).number("busy", percent(*busy)));
    }
    if let Some(load) = reading.load {
        let drafted = draft("host.load").number("one", load.one).number("five", load.five);
        drafts.push(drafted.number("fifteen", load.fifteen));
    }
    for one in &reading.network {
        let drafted = draft("host.network").tag("interface", &one.interface);
        drafts.push(drafted.number("received", one.received).number("sent", one.sent));
    }
    for disk in &reading.disks {
        let drafted = draft("host.disk")
            .tag("mount", &disk.mount)
            .number("used_percent", share(disk.total.saturating_sub(disk.free), disk.total))
            .integer("free", disk.free)
            .integer("total", disk.total);
        drafts.push(drafted.number("read", disk.read).number("written", disk.written));
    }
    for process in &reading.processes {
        let drafted = draft("host.process").tag("process", &process.name);
        drafts.push(drafted.number("cpu", tenths(process.cpu)).integer("memory", process.memory));
    }
    drafts.into_iter().filter_map(Draft::finish).collect()
}

/// More digits would be noise, and cost bytes in every frame.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn percent(value: f64) -> f64 {
    tenths(value.clamp(0.0, 100.0))
}

fn share(part: u64, whole: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a percentage is told to one tenth")]
    let (part, whole) = (part as f64, whole as f64);
    if whole > 0.0 { percent(100.0 * part / whole) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tideboard_model::FieldValue;

    use super::super::reading::{Disk, Load, Memory, Process, Traffic};
    use super::*;

    #[test]
    fn every_part_of_a_sample_is_told() {
        let reading = Reading {
            host: "box".to_owned(),
            cpu: 33.333,
            cores: vec![66.666, 123.0],
            memory: Memory { used: 1, available: 2, total: 3, swap_used: 0 },
            load: Some(Load { one: 0.5, five: 0.4, fifteen: 0.3 }),
            network: vec![Traffic { interface: ALL.to_owned(), received: 10.0, sent: 20.0 }],
            disks: vec![Disk { mount: "/".to_owned(), total: 200, free: 50, read: 0.0, written: 7.0 }],
            processes: vec![Process { name: "web".to_owned(), cpu: 12.34, memory: 9 }],
        };
        let told = events(&reading, Nanos(5));
        let mut streams = BTreeMap::new();
        for event in &told {
            assert_eq!(event.tags.get("host").map(|host| &**host), Some("box"));
            assert_eq!(event.time, Nanos(5));
            *streams.entry(event.stream.as_str()).or_insert(0) += 1;
        }
        assert_eq!(streams.keys().copied().collect::<Vec<_>>(), crate::host::STREAMS);
        assert_eq!(streams.get("host.cpu"), Some(&3));

        let field = |stream: &str, tag: Option<(&str, &str)>, field: &str| {
            let matches = |event: &&Event| {
                event.stream.as_str() == stream
                    && tag.is_none_or(|(name, value)| event.tags.get(name).is_some_and(|is| &**is == value))
            };
            told.iter().find(matches).unwrap().fields.get(field).cloned()
        };
        assert_eq!(field("host.cpu", Some(("core", ALL)), "busy"), Some(FieldValue::Float(33.3)));
        assert_eq!(field("host.cpu", Some(("core", "1")), "busy"), Some(FieldValue::Float(100.0)));
        assert_eq!(field("host.memory", None, "used_percent"), Some(FieldValue::Float(33.3)));
        assert_eq!(field("host.disk", Some(("mount", "/")), "used_percent"), Some(FieldValue::Float(75.0)));
        assert_eq!(field("host.process", Some(("process", "web")), "cpu"), Some(FieldValue::Float(12.3)));
    }
}
