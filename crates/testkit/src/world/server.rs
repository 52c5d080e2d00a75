//! The simulated log and server: the real engine and sessions, wired without I/O.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::value::RawValue;
use tideboard_live::{Committed, Engine, Rows, View};
use tideboard_model::{Epoch, Event, Limits, Millis, Nanos, Offset, Position, Proof, Query, StreamName};
use tideboard_sync::wire::{Frame, Reason, Subscribe, Subscribed};
use tideboard_sync::{Effect, Encoder, Session, Settings, Verdict};

use super::Shown;
use crate::Mirror;
use crate::oracle::{self, Cells};

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

/// One server process at a time: the real engine and the real sessions.
pub(super) struct Server {
    settings: Settings,
    engine: Engine,
    encoder: Encoder,
    sessions: Vec<Option<Session>>,
    opening: BTreeSet<Arc<Query>>,
    absent: BTreeSet<Arc<Query>>,
    verifying: Vec<(usize, StreamName, Position)>,
}

impl Server {
    pub(super) fn new(max_message_bytes: usize) -> Self {
        let settings = Settings { max_message_bytes, ..Settings::default() };
        Self {
            settings,
            engine: Engine::new(),
            encoder: Encoder::new(max_message_bytes / 2),
            sessions: Vec::new(),
            opening: BTreeSet::new(),
            absent: BTreeSet::new(),
            verifying: Vec::new(),
        }
    }

    pub(super) fn restart(&mut self) {
        let sessions = self.sessions.len();
        *self = Self::new(self.settings.max_message_bytes);
        self.sessions.resize_with(sessions, || None);
    }

    pub(super) fn connect(&mut self, now: Millis, credit: u64) -> usize {
        self.sessions.push(Some(Session::new(Settings { credit, ..self.settings }, now)));
        self.sessions.len() - 1
    }

    pub(super) fn gone(&mut self, session: usize) {
        self.sessions[session] = None;
    }

    pub(super) fn session(&mut self, session: usize) -> &mut Session {
        self.sessions[session].as_mut().expect("the session is open")
    }

    pub(super) fn subscribe(&mut self, number: usize, message: Subscribe) -> Subscribed {
        let (answer, effects) = self.session(number).subscribe(message);
        for effect in effects {
            match effect {
                Effect::Open(query) => match self.engine.find(&query) {
                    Some(view) => self.session(number).opened(&query, view),
                    None if self.absent.contains(&query) => self.session(number).absent(&query),
                    None => {
                        self.opening.insert(query);
                    }
                },
                Effect::Close(_) => {}
                Effect::Verify(stream, position) => self.verifying.push((number, stream, position)),
            }
        }
        answer
    }

    pub(super) fn verify(&mut self, log: &Log) {
        for (number, stream, position) in std::mem::take(&mut self.verifying) {
            if let Some(session) = self.sessions[number].as_mut() {
                session.verified(&stream, log.judge(&stream, position));
            }
        }
    }

    pub(super) fn hydrate(&mut self, views: usize, log: &Log, now: Millis) {
        for _ in 0..views.min(self.opening.len()) {
            let query = self.opening.pop_first().unwrap();
            let Some(end) = log.end(&query.stream) else {
                self.sessions.iter_mut().flatten().for_each(|session| session.absent(&query));
                self.absent.insert(query);
                continue;
            };
            let retained = log.streams[&query.stream].retained;
            let floor = Offset(log.streams[&query.stream].first_retained.0 - 1);
            let mut view = View::new(Arc::clone(&query), Limits::default(), now, retained, floor);
            let since = view.hydrate_from();
            for append in log.kept(&query.stream, Offset::ZERO) {
                // As a log scans: appends that hold nothing recent enough are passed over whole.
                if since.is_none_or(|since| append.events.iter().any(|event| event.time >= since)) {
                    let mut offset = append.first;
                    for event in append.events.iter() {
                        view.fold(offset, event);
                        offset = offset.next();
                    }
                    view.seal(append.position.offset);
                }
            }
            view.hydrated(end.offset);
            let stream = query.stream.clone();
            let id = self.engine.join(view, end).expect("nothing was committed meanwhile");
            if let Some(retained) = retained {
                self.engine.trim(&stream, retained);
            }
            self.encoder.clear();
            self.sessions.iter_mut().flatten().for_each(|session| session.opened(&query, id));
        }
    }

    pub(super) fn apply(&mut self, stream: &StreamName, append: &Committed, log: &Log) {
        self.encoder.clear();
        let appeared: Vec<_> = self.absent.iter().filter(|query| query.stream == *stream).cloned().collect();
        for query in appeared {
            self.absent.remove(&query);
            self.opening.insert(query);
        }
        if let Err(gap) = self.engine.apply(stream, append) {
            for append in log.kept(stream, gap.after.offset) {
                self.engine.apply(stream, append).expect("the log has no gap");
            }
        }
    }

    pub(super) fn slide(&mut self, now: Millis) {
        self.engine.slide(now);
        self.encoder.clear();
    }

    pub(super) fn trim(&mut self, stream: &StreamName, retained: Nanos) {
        self.engine.trim(stream, retained);
    }

    pub(super) fn flush(&mut self, number: usize, now: Millis) -> Vec<Frame<Box<RawValue>>> {
        let session = self.sessions[number].as_mut().expect("the session is open");
        let outgoing = session.flush(&self.engine, &mut self.encoder, now);
        assert!(outgoing.problems.is_empty(), "{:?}", outgoing.problems);
        if !outgoing.frame.is_empty() {
            session.sent();
        }
        outgoing.frame
    }

    pub(super) fn view(&self, query: &Query) -> Option<&View> {
        self.engine.view(self.engine.find(query)?)
    }

    /// What the views that a viewer watches show now.
    pub(super) fn shown(&self, mirror: &Mirror) -> BTreeMap<String, Shown> {
        let shown = |query| {
            let query = Query::new(query, &Limits::default()).ok()?;
            let view = self.view(&query)?;
            Some(Shown { cells: whole(view), window: view.window() })
        };
        mirror.views.iter().filter_map(|(id, held)| Some((id.clone(), shown(&held.query)?))).collect()
    }
}

fn whole(view: &View) -> Cells {
    let mut cells = Cells::default();
    let group = |group: &tideboard_live::Group| group.iter().map(|value| value.as_deref().map(str::to_owned)).collect();
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    match view.whole().rows {
        Rows::Series(rows) => {
            for row in rows {
                for (index, pane) in row.panes.iter().enumerate() {
                    let values = row.values.iter().map(|column| bits(&column[index])).collect();
                    cells.cells.insert((group(&row.group), *pane), values);
                }
            }
        }
        Rows::Table(rows) => {
            for row in rows {
                cells.cells.insert((group(&row.group), 0), row.values.iter().map(bits).collect());
            }
        }
        Rows::Feed(items) => {
            let line = |item: &Arc<tideboard_live::FeedItem>| {
                oracle::feed_line(&Event {
                    stream: view.query().stream.clone(),
                    time: item.time,
                    tags: item.tags.clone(),
                    fields: item.fields.clone(),
                })
            };
            cells.feed = items.iter().map(line).collect();
        }
    }
    cells
}
