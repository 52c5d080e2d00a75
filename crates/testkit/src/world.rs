//! A simulated world under virtual time: a log that can lose its tail, a server that can restart, viewers that can be
//! cut, stalled and doubled. After every step each viewer's cells are compared with the oracle's at its position.

mod feeds;
mod server;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use serde_json::value::RawValue;
use tideboard_model::{Event, Limits, Millis, Nanos, Query, QuerySpec, StreamName, Window};
use tideboard_sync::wire::Frame;

pub use feeds::{FeedOp, FeedWorld, StartOver};

use crate::Mirror;
use crate::oracle::{self, Cells};
use crate::trace::Tape;
use server::{Log, Server};

/// Something happens.
#[derive(Debug, Clone)]
pub enum Op {
    /// A batch arrives; its events' times are relative to now.
    Append(Vec<Event>),
    /// Time goes on (or back: a clock was set).
    Pass(i64),
    /// A viewer wants another view, and asks for it if it is connected.
    Want(usize, QuerySpec),
    /// A viewer connects (again), resuming; an older connection of it stays open on the server.
    Connect(usize),
    /// A viewer's connection breaks; what is under way is lost.
    Cut(usize),
    /// The server flushes to all viewers.
    Flush,
    /// A viewer receives so many messages.
    Receive(usize, usize),
    /// A viewer grants frames up to so many more.
    Grant(usize, u64),
    /// So many of the views that are being read from the log are read; those of sessions can then be told.
    Hydrate(usize),
    /// The log judges the positions presented.
    Verify,
    /// The server process ends and another starts on the same log.
    Restart,
    /// The log loses its last so many appends with the server, and reissues their offsets.
    LoseTail(usize),
    /// The log is wiped.
    Wipe,
    /// Retention drops events older than so many milliseconds.
    Trim(i64),
}

/// The world, and what must hold in it.
pub struct World {
    now: Millis,
    log: Log,
    server: Server,
    viewers: Vec<Viewer>,
    /// All events up to each position ever issued.
    history: BTreeMap<String, Rc<Vec<Event>>>,
    trimmed: bool,
    /// Frames that a viewer may be sent before it grants more.
    credit: u64,
    /// What becomes of the first viewer, if it is written down.
    tape: Option<Tape>,
}

#[derive(Default)]
struct Viewer {
    mirror: Mirror,
    session: Option<usize>,
    under_way: VecDeque<Sent>,
    asked: usize,
    /// What its cells must be, by view: they change by frames alone.
    expected: BTreeMap<String, Shown>,
    granted: u64,
    /// Events of a feed there were when it was last replaced.
    fed: BTreeMap<String, u64>,
    /// Views named in the messages of the frame that is coming in.
    told: std::collections::BTreeSet<String>,
}

/// A message on its way, with what the server's views showed when it was made.
pub(crate) struct Sent {
    message: Frame<Box<RawValue>>,
    shown: BTreeMap<String, Shown>,
}

#[derive(Clone)]
pub(crate) struct Shown {
    cells: Cells,
    window: Option<Window>,
}

impl World {
    /// A world with so many viewers. Frames longer than `max_message_bytes` are split.
    #[must_use]
    pub fn new(viewers: usize, max_message_bytes: usize) -> Self {
        Self {
            now: Millis(1_000_000),
            log: Log::default(),
            server: Server::new(max_message_bytes),
            viewers: std::iter::repeat_with(Viewer::default).take(viewers).collect(),
            history: BTreeMap::new(),
            trimmed: false,
            credit: 3,
            tape: None,
        }
    }

    /// The same; what becomes of the first viewer is written down. A new connection is granted `credit` frames.
    pub(crate) fn on_tape(viewers: usize, max_message_bytes: usize, credit: u64) -> Self {
        Self { credit, tape: Some(Tape::default()), ..Self::new(viewers, max_message_bytes) }
    }

    pub(crate) fn tape(&mut self) -> &mut Tape {
        self.tape.as_mut().expect("the world is on tape")
    }

    /// From here on nothing is written down.
    pub(crate) fn end_tape(&mut self, name: &str) -> String {
        self.tape.take().expect("the world is on tape").text(name)
    }

    fn written_down(&mut self, viewer: usize) -> Option<&mut Tape> {
        self.tape.as_mut().filter(|_| viewer.is_multiple_of(self.viewers.len()))
    }

    /// What a viewer holds.
    #[must_use]
    pub fn viewer(&self, viewer: usize) -> &Mirror {
        &self.viewers[viewer].mirror
    }

    /// Something happens; then everything is checked.
    ///
    /// # Panics
    /// If anything that is promised does not hold.
    pub fn step(&mut self, op: &Op) {
        match op {
            Op::Append(events) => self.append(events),
            Op::Pass(ms) => {
                self.now.0 += ms;
                self.server.slide(self.now);
            }
            Op::Want(viewer, query) => self.want(*viewer, query),
            Op::Connect(viewer) => self.connect(*viewer),
            Op::Cut(viewer) => self.cut(*viewer),
            Op::Flush => self.flush(),
            Op::Receive(viewer, messages) => self.receive(*viewer, *messages),
            Op::Grant(viewer, frames) => {
                let (count, number) = (self.viewers.len(), *viewer);
                let viewer = &mut self.viewers[viewer % count];
                viewer.granted += frames;
                let granted = viewer.granted;
                if let Some(session) = viewer.session {
                    self.server.session(session).grant(granted);
                    self.written_down(number).into_iter().for_each(|tape| tape.granted(granted));
                }
            }
            Op::Hydrate(views) => self.server.hydrate(*views, &self.log, self.now),
            Op::Verify => self.server.verify(&self.log),
            Op::Restart => self.restart(),
            Op::LoseTail(appends) => {
                self.log.lose_tail(*appends);
                self.restart();
            }
            Op::Wipe => {
                self.log.wipe();
                self.trimmed = false;
                self.restart();
            }
            Op::Trim(ms) => {
                let before = Nanos((self.now.0 - ms) * 1_000_000);
                for (stream, retained) in self.log.trim(before) {
                    self.server.trim(&stream, retained);
                    self.trimmed = true;
                }
                self.server.slide(self.now);
            }
        }
        self.check();
    }

    /// Everything goes well for a while: every viewer is connected, and gets all there is.
    ///
    /// # Panics
    /// If a viewer does not end at the end of every stream it watches.
    pub fn settle(&mut self) {
        for viewer in 0..self.viewers.len() {
            self.step(&Op::Connect(viewer));
        }
        for op in [Op::Verify, Op::Hydrate(usize::MAX), Op::Verify] {
            self.step(&op);
        }
        for viewer in 0..self.viewers.len() {
            self.step(&Op::Grant(viewer, 100));
        }
        for _ in 0..3 {
            self.step(&Op::Flush);
            for viewer in 0..self.viewers.len() {
                self.step(&Op::Receive(viewer, usize::MAX));
            }
        }
        for viewer in &self.viewers {
            for (id, held) in &viewer.mirror.views {
                let stream = StreamName::new(&held.query.stream).unwrap();
                let Some(end) = self.log.end(&stream) else { continue };
                let query = Query::new(&held.query, &Limits::default()).unwrap();
                let view = self.server.view(&query).expect("a view that is asked for is open");
                let all = self.history.get(&end.to_string()).map(|events| events.as_slice()).unwrap_or_default();
                let expected = oracle::cells(&query, all, view.window());
                if !(self.trimmed && matches!(query.shape, tideboard_model::Shape::Feed { .. })) {
                    let own = clipped(held.cells.clone(), view.window(), &query);
                    assert_eq!(own, expected, "{id} after everything was received");
                }
            }
        }
    }

    fn append(&mut self, events: &[Event]) {
        let mut by_stream: BTreeMap<StreamName, Vec<Event>> = BTreeMap::new();
        for event in events {
            let mut event = event.clone();
            event.time.0 += self.now.0 * 1_000_000;
            by_stream.entry(event.stream.clone()).or_default().push(event);
        }
        for (stream, events) in by_stream {
            let append = self.log.append(&stream, events, self.now);
            let all = self.log.all(&stream);
            self.history.insert(append.position.to_string(), Rc::new(all));
            self.server.apply(&stream, &append, &self.log);
        }
    }

    fn want(&mut self, viewer: usize, query: &QuerySpec) {
        let (count, number) = (self.viewers.len(), viewer);
        let viewer = &mut self.viewers[viewer % count];
        viewer.asked += 1;
        let id = format!("v{}", viewer.asked);
        if let Some(tape) = self.tape.as_mut().filter(|_| number.is_multiple_of(count)) {
            tape.wants(&id, query);
        }
        let mut message = tideboard_sync::wire::Subscribe { views: Vec::new(), position: BTreeMap::new() };
        viewer.mirror.want(&id, query.clone());
        let Some(session) = viewer.session else { return };
        message.views.push(tideboard_sync::wire::SubscribeView { id, query: query.clone(), have: None });
        let answer = self.server.subscribe(session, message.clone());
        viewer.mirror.subscribed(&answer);
        self.written_down(number).into_iter().for_each(|tape| tape.asked(&message, &answer));
    }

    fn connect(&mut self, viewer: usize) {
        let (count, number) = (self.viewers.len(), viewer);
        self.write_cut(viewer);
        let viewer = &mut self.viewers[viewer % count];
        viewer.under_way.clear();
        viewer.told.clear();
        viewer.granted = self.credit;
        // A position is presented for streams of which cells are held.
        let session = self.server.connect(self.now, viewer.granted);
        viewer.session = Some(session);
        let message = viewer.mirror.subscribe();
        let answer = self.server.subscribe(session, message.clone());
        viewer.mirror.subscribed(&answer);
        let hello = self.server.session(session).hello(self.now);
        self.written_down(number).into_iter().for_each(|tape| tape.connected(&hello, &message, &answer));
    }

    /// As the first viewer sees it, a connection that it had is over.
    fn write_cut(&mut self, viewer: usize) {
        if self.viewers[viewer % self.viewers.len()].session.is_some() {
            self.written_down(viewer).into_iter().for_each(Tape::cut);
        }
    }

    fn cut(&mut self, viewer: usize) {
        self.write_cut(viewer);
        let count = self.viewers.len();
        let viewer = &mut self.viewers[viewer % count];
        viewer.under_way.clear();
        if let Some(session) = viewer.session.take() {
            self.server.gone(session);
        }
    }

    fn restart(&mut self) {
        self.write_cut(0);
        for viewer in &mut self.viewers {
            viewer.session = None;
            viewer.under_way.clear();
        }
        self.server.restart();
    }

    fn flush(&mut self) {
        for viewer in &mut self.viewers {
            let Some(session) = viewer.session else { continue };
            let shown = self.server.shown(&viewer.mirror);
            for message in self.server.flush(session, self.now) {
                viewer.under_way.push_back(Sent { message, shown: shown.clone() });
            }
        }
    }

    fn receive(&mut self, viewer: usize, messages: usize) {
        let (count, number) = (self.viewers.len(), viewer);
        let viewer = &mut self.viewers[viewer % count];
        for _ in 0..messages.min(viewer.under_way.len()) {
            let sent = viewer.under_way.pop_front().unwrap();
            let whole = viewer.told.is_empty();
            let (position, reasons) = (viewer.mirror.position.clone(), viewer.mirror.reasons.len());
            let complete = viewer.mirror.frame(&sent.message).expect("in one connection frames follow on each other");
            if let Some(tape) = self.tape.as_mut().filter(|_| number.is_multiple_of(count)) {
                tape.heard(&sent.message, &viewer.mirror);
            }
            let told = sent.message.parts.iter().map(|part| {
                let part: serde_json::Value = serde_json::from_str(part.get()).unwrap();
                part["view"].as_str().unwrap().to_owned()
            });
            viewer.told.extend(told);
            if !complete {
                continue;
            }
            let told = std::mem::take(&mut viewer.told);
            if whole {
                applied_twice(&viewer.mirror, position, &sent.message);
            }
            for id in viewer.mirror.views.keys().filter(|id| !sent.shown.contains_key(*id)) {
                // Its stream does not exist (any more): there is nothing.
                if told.contains(id) {
                    viewer.expected.insert(id.clone(), Shown { cells: Cells::default(), window: None });
                }
            }
            for (id, held) in &viewer.mirror.views {
                let moved = sent.message.to.contains_key(&held.query.stream);
                if let (true, true, Some(shown)) = (held.told, moved, sent.shown.get(id)) {
                    let at = &viewer.mirror.position[&held.query.stream];
                    let all = self.history.get(at).map(|events| events.as_slice()).unwrap_or_default();
                    let query = Query::new(&held.query, &Limits::default()).unwrap();
                    let feed = matches!(query.shape, tideboard_model::Shape::Feed { .. });
                    if feed {
                        let replaced = viewer.mirror.reasons[reasons..].iter().any(|(view, _)| view == id);
                        let matching = all.iter().filter(|event| query.matches(event)).count() as u64;
                        let passed = held.passed.expect("a difference knows how many it skips");
                        if replaced {
                            // A long replacement goes on in differences.
                            viewer.fed.insert(id.clone(), matching - passed);
                        }
                        assert_eq!(viewer.fed[id] + passed, matching, "{id}: shown or skipped since it was replaced");
                    }
                    if !(feed && self.trimmed) {
                        let expected = oracle::cells(&query, all, shown.window);
                        assert_eq!(shown.cells, expected, "{id}: incremental is recomputed, at {at}");
                    }
                    if feed && self.trimmed {
                        // A feed does not take back what retention took meanwhile.
                        viewer.expected.remove(id);
                    } else {
                        viewer.expected.insert(id.clone(), shown.clone());
                    }
                }
            }
        }
    }

    /// Whatever happened: what a viewer holds is what it was told, whole.
    fn check(&self) {
        for (number, viewer) in self.viewers.iter().enumerate() {
            for (id, held) in &viewer.mirror.views {
                if let Some(expected) = viewer.expected.get(id) {
                    let query = Query::new(&held.query, &Limits::default()).unwrap();
                    let own = clipped(held.cells.clone(), expected.window, &query);
                    assert_eq!(own, expected.cells, "viewer {number}, {id}");
                }
            }
        }
    }
}

/// A series' cells from the start of a window on: a viewer holds buckets that the server has let go until it is told.
fn clipped(mut cells: Cells, window: Option<Window>, query: &Query) -> Cells {
    if let (Some(window), tideboard_model::Shape::Series { .. }) = (window, &query.shape) {
        cells.cells.retain(|(_, pane), _| *pane >= window.from.0);
    }
    cells
}

/// INV-3: a frame in one message, applied again from where it starts, changes no cell. (A feed is a list: it would grow.)
fn applied_twice(mirror: &Mirror, before: BTreeMap<String, String>, message: &Frame<Box<RawValue>>) {
    let mut again = mirror.clone();
    again.position = before;
    assert_eq!(again.frame(message), Ok(true));
    for (id, held) in &again.views {
        assert_eq!(held.cells.cells, mirror.views[id].cells.cells, "{id}: a frame applied twice");
    }
}
