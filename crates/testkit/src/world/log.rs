//! The simulated log: keeps everything in memory, and can lose it.

use std::collections::BTreeMap;

use tideboard_live::Committed;
use tideboard_model::{Epoch, Event, Millis, Nanos, Offset, Position, Proof, StreamName};
use tideboard_sync::Verdict;
use tideboard_sync::wire::Reason;

/// A log that keeps everything in memory and can lose it.
#[derive(Default)]
pub(super) struct Log {
    streams: BTreeMap<StreamName, LogStream>,
    issued: u64,
}

struct LogStream {
    epoch: Epoch,
    appends: Vec<Committed>,
    first_retained: Offset,
    retained: Option<Nanos>,
}

impl Log {
    pub(super) fn append(&mut self, stream: &StreamName, events: Vec<Event>, now: Millis) -> Committed {
        self.issued += 2;
        let issued = self.issued;
        let log = self.streams.entry(stream.clone()).or_insert_with(|| LogStream {
            epoch: Epoch(issued),
            appends: Vec::new(),
            first_retained: Offset(1),
            retained: None,
        });
        let before = log.appends.last().map_or(Position::start(log.epoch), |append| append.position);
        let offset = before.offset.plus(events.len());
        let append = Committed {
            first: before.offset.next(),
            previous: before.proof,
            position: Position { epoch: log.epoch, offset, proof: Proof(issued + 1) },
            accepted: now,
            events: events.into(),
        };
        log.appends.push(append.clone());
        append
    }

    pub(super) fn end(&self, stream: &StreamName) -> Option<Position> {
        let log = self.streams.get(stream)?;
        Some(log.appends.last().map_or(Position::start(log.epoch), |append| append.position))
    }

    pub(super) fn all(&self, stream: &StreamName) -> Vec<Event> {
        self.streams[stream].appends.iter().flat_map(|append| append.events.iter().cloned()).collect()
    }

    pub(super) fn positions(&self, stream: &StreamName) -> Vec<Position> {
        self.streams[stream].appends.iter().map(|append| append.position).collect()
    }

    /// The first offset that is still there, or will be given next.
    pub(super) fn first_retained(&self, stream: &StreamName) -> Offset {
        self.streams.get(stream).map_or(Offset(1), |log| log.first_retained)
    }

    /// Appends that are still there, after an offset.
    pub(super) fn kept(&self, stream: &StreamName, after: Offset) -> impl Iterator<Item = &Committed> {
        self.streams.get(stream).into_iter().flat_map(move |log| {
            log.appends
                .iter()
                .filter(move |append| append.position.offset > after && append.first >= log.first_retained)
        })
    }

    pub(super) fn lose_tail(&mut self, appends: usize) {
        for log in self.streams.values_mut() {
            let kept = log.appends.iter().filter(|append| append.first < log.first_retained).count();
            log.appends.truncate(log.appends.len().saturating_sub(appends).max(kept));
        }
    }

    pub(super) fn streams(&self) -> Vec<StreamName> {
        self.streams.keys().cloned().collect()
    }

    pub(super) fn retained(&self, stream: &StreamName) -> Option<Nanos> {
        self.streams.get(stream)?.retained
    }

    pub(super) fn wipe(&mut self) {
        self.streams.clear();
    }

    pub(super) fn trim(&mut self, before: Nanos) -> Vec<(StreamName, Nanos)> {
        let mut marks = Vec::new();
        for (name, log) in &mut self.streams {
            let before = log.retained.unwrap_or(Nanos(i64::MIN)).max(before);
            let first = log.appends.iter().find(|append| append.events.iter().any(|event| event.time >= before));
            let end = log.appends.last().map_or(Offset::ZERO, |append| append.position.offset);
            let first = first.map_or(end.next(), |append| append.first);
            if first > log.first_retained {
                log.first_retained = first;
                log.retained = Some(before);
                marks.push((name.clone(), before));
            }
        }
        marks
    }

    pub(super) fn judge(&self, stream: &StreamName, position: Position) -> Verdict {
        let Some(log) = self.streams.get(stream) else { return Verdict::Refused(Reason::Epoch) };
        if position.epoch != log.epoch {
            return Verdict::Refused(Reason::Epoch);
        }
        let end = log.appends.last().map_or(Offset::ZERO, |append| append.position.offset);
        if position.offset > end {
            return Verdict::Refused(Reason::Ahead);
        }
        if position.offset.next() < log.first_retained {
            return Verdict::Refused(Reason::Expired);
        }
        let issued =
            position == Position::start(log.epoch) || log.appends.iter().any(|append| append.position == position);
        if issued { Verdict::Proved } else { Verdict::Refused(Reason::Unproved) }
    }
}
