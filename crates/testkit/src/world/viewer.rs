//! Viewers of the world: what they hold, and that it is what they were told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::value::RawValue;
use tideboard_model::{Limits, Query, QuerySpec, Shape};
use tideboard_sync::wire::{Frame, Subscribe, SubscribeView};

use super::shown::{Shown, clipped};
use super::{Op, World};
use crate::Mirror;
use crate::oracle::{self, Cells};
use crate::trace::Tape;

#[derive(Default)]
pub(super) struct Viewer {
    pub(super) mirror: Mirror,
    /// The node and its session there.
    pub(super) session: Option<(usize, usize)>,
    /// Where its next connection goes.
    node: usize,
    under_way: VecDeque<Sent>,
    /// Takes nothing at the moment.
    stalled: bool,
    /// Messages that its node could not hand over.
    waiting: Vec<Sent>,
    asked: usize,
    /// What its cells must be, by view: they change by frames alone.
    expected: BTreeMap<String, Shown>,
    granted: u64,
    /// Events of a feed there were when it was last replaced.
    fed: BTreeMap<String, u64>,
    /// Views named in the messages of the frame that is coming in.
    told: BTreeSet<String>,
}

/// A message on its way, with what the server's views showed when it was made.
pub(super) struct Sent {
    message: Frame<Box<RawValue>>,
    shown: BTreeMap<String, Shown>,
}

impl Viewer {
    /// Its connection is no more.
    pub(super) fn disconnect(&mut self) {
        (self.session, self.stalled) = (None, false);
        self.under_way.clear();
        self.waiting.clear();
        self.told.clear();
    }
}

impl World {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the others never come here")]
    pub(super) fn step_viewers(&mut self, op: &Op) {
        let count = self.viewers.len();
        match op {
            Op::Want(viewer, query) => self.want(*viewer, query),
            Op::Connect(viewer) => self.connect(*viewer),
            Op::Cut(viewer) => self.cut(*viewer),
            Op::Flush => self.flush(),
            Op::Receive(viewer, messages) => self.receive(*viewer, *messages),
            Op::Grant(viewer, frames) => self.grant(*viewer, *frames),
            Op::Stall(viewer) => self.viewers[viewer % count].stalled = true,
            Op::Drain(viewer) => self.drain(viewer % count),
            Op::Route(viewer, node) => self.viewers[viewer % count].node = node % self.nodes.len(),
            _ => unreachable!("of no viewer"),
        }
    }

    fn grant(&mut self, number: usize, frames: u64) {
        let count = self.viewers.len();
        let viewer = &mut self.viewers[number % count];
        viewer.granted += frames;
        let granted = viewer.granted;
        if let Some((node, session)) = viewer.session {
            self.nodes[node].session(session).grant(granted);
            self.written_down(number).into_iter().for_each(|tape| tape.granted(granted));
        }
    }

    fn want(&mut self, number: usize, query: &QuerySpec) {
        let count = self.viewers.len();
        let viewer = &mut self.viewers[number % count];
        viewer.asked += 1;
        let id = format!("v{}", viewer.asked);
        if let Some(tape) = self.tape.as_mut().filter(|_| number.is_multiple_of(count)) {
            tape.wants(&id, query);
        }
        let mut message = Subscribe { views: Vec::new(), position: BTreeMap::new() };
        viewer.mirror.want(&id, query.clone());
        let Some((node, session)) = viewer.session else { return };
        message.views.push(SubscribeView { id, query: query.clone(), have: None });
        let answer = self.nodes[node].subscribe(session, message.clone());
        viewer.mirror.subscribed(&answer);
        self.written_down(number).into_iter().for_each(|tape| tape.asked(&message, &answer));
    }

    fn connect(&mut self, number: usize) {
        let count = self.viewers.len();
        self.write_cut(number);
        let viewer = &mut self.viewers[number % count];
        viewer.disconnect();
        viewer.granted = self.credit;
        let node = &mut self.nodes[viewer.node];
        // A position is presented for streams of which cells are held.
        let session = node.connect(self.now, viewer.granted);
        viewer.session = Some((viewer.node, session));
        let message = viewer.mirror.subscribe();
        let answer = node.subscribe(session, message.clone());
        viewer.mirror.subscribed(&answer);
        let hello = node.session(session).hello(self.now);
        self.written_down(number).into_iter().for_each(|tape| tape.connected(&hello, &message, &answer));
    }

    /// As the first viewer sees it, a connection that it had is over.
    pub(super) fn write_cut(&mut self, viewer: usize) {
        if self.viewers[viewer % self.viewers.len()].session.is_some() {
            self.written_down(viewer).into_iter().for_each(Tape::cut);
        }
    }

    fn cut(&mut self, number: usize) {
        self.write_cut(number);
        let count = self.viewers.len();
        let viewer = &mut self.viewers[number % count];
        if let Some((node, session)) = viewer.session {
            self.nodes[node].gone(session);
        }
        viewer.disconnect();
    }

    fn flush(&mut self) {
        for viewer in self.viewers.iter_mut().filter(|viewer| viewer.waiting.is_empty()) {
            let Some((node, session)) = viewer.session else { continue };
            let node = &mut self.nodes[node];
            let shown = node.shown(&viewer.mirror);
            let messages = node.flush(session, self.now);
            let sent = messages.into_iter().map(|message| Sent { message, shown: shown.clone() });
            if viewer.stalled {
                viewer.waiting.extend(sent);
            } else {
                viewer.under_way.extend(sent);
                node.session(session).sent();
            }
        }
    }

    fn drain(&mut self, number: usize) {
        let viewer = &mut self.viewers[number];
        viewer.stalled = false;
        if let (Some((node, session)), false) = (viewer.session, viewer.waiting.is_empty()) {
            viewer.under_way.extend(viewer.waiting.drain(..));
            self.nodes[node].session(session).sent();
        }
    }

    fn receive(&mut self, number: usize, messages: usize) {
        let count = self.viewers.len();
        let viewer = &mut self.viewers[number % count];
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
                    let feed = matches!(query.shape, Shape::Feed { .. });
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
    pub(super) fn check(&self) {
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

/// INV-3: a frame in one message, applied again from where it starts, changes no cell. (A feed is a list: it would grow.)
fn applied_twice(mirror: &Mirror, before: BTreeMap<String, String>, message: &Frame<Box<RawValue>>) {
    let mut again = mirror.clone();
    (again.position, again.seq) = (before, message.seq - 1);
    assert_eq!(again.frame(message), Ok(true));
    for (id, held) in &again.views {
        assert_eq!(held.cells.cells, mirror.views[id].cells.cells, "{id}: a frame applied twice");
    }
}
