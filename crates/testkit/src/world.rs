//! A simulated world under virtual time: a log that can lose its tail, nodes that can lag behind it, be cut off from it
//! and restart, viewers that can be cut, stalled and doubled. After every step each viewer's cells are compared with the
//! oracle's at its position.

mod feeds;
mod log;
mod node;
mod quiet;
mod shown;
mod viewer;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use tideboard_model::{Event, Millis, Nanos, QuerySpec, StreamName};

pub use feeds::{FeedOp, FeedWorld, StartOver};

use self::log::Log;
use self::node::{News, Node};
use self::viewer::Viewer;
use crate::Mirror;
use crate::trace::Tape;

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
    /// The nodes flush to all viewers.
    Flush,
    /// A viewer receives so many messages.
    Receive(usize, usize),
    /// A viewer grants frames up to so many more.
    Grant(usize, u64),
    /// A viewer's connection takes nothing more: what it is sent next waits on the node.
    Stall(usize),
    /// It takes what waits, and goes on.
    Drain(usize),
    /// Each node reads so many of the views that are to be read from the log; those of sessions can then be told.
    Hydrate(usize),
    /// The log judges the positions presented.
    Verify,
    /// All server processes end and others start on the same log.
    Restart,
    /// The log loses its last so many appends with the servers, and reissues their offsets.
    LoseTail(usize),
    /// The log is wiped, with the servers.
    Wipe,
    /// A viewer's next connection goes to this node.
    Route(usize, usize),
    /// A node hears of so many of the commits it was told.
    Hear(usize, usize),
    /// So many of them go by unheard; that the streams are uncertain is told with the next notice.
    Miss(usize, usize),
    /// So many of a node's reads come back.
    Answer(usize, usize),
    /// One server process ends and another starts.
    Kill(usize),
    /// A node is cut off from the log: it hears nothing and can read nothing.
    CutOff(usize),
    /// It reaches the log again.
    Rejoin(usize),
    /// The log loses its last so many appends under the nodes, and reissues their offsets.
    Failover(usize),
    /// The log is wiped under the nodes.
    Vanish,
    /// The nodes are told what has become uncertain.
    Notice,
    /// Retention drops events older than so many milliseconds.
    Trim(i64),
}

/// The world, and what must hold in it.
pub struct World {
    now: Millis,
    log: Log,
    nodes: Vec<Node>,
    /// Streams of which the log lost something that the nodes have not been told of.
    uncertain: BTreeSet<StreamName>,
    viewers: Vec<Viewer>,
    /// All events up to each position ever issued.
    history: BTreeMap<String, Rc<Vec<Event>>>,
    trimmed: bool,
    /// Frames that a viewer may be sent before it grants more.
    credit: u64,
    /// What becomes of the first viewer, if it is written down.
    tape: Option<Tape>,
}

impl World {
    /// A world with so many viewers of one node, which hears of everything at once. Frames longer than
    /// `max_message_bytes` are split.
    #[must_use]
    pub fn new(viewers: usize, max_message_bytes: usize) -> Self {
        Self::with_nodes(vec![Node::new(max_message_bytes, true)], viewers)
    }

    /// The same of several nodes over one log. What they hear and read comes when it may.
    #[must_use]
    pub fn of_nodes(nodes: usize, viewers: usize, max_message_bytes: usize) -> Self {
        let node = || Node::new(max_message_bytes, false);
        Self::with_nodes(std::iter::repeat_with(node).take(nodes).collect(), viewers)
    }

    fn with_nodes(nodes: Vec<Node>, viewers: usize) -> Self {
        Self {
            now: Millis(1_000_000),
            log: Log::default(),
            nodes,
            uncertain: BTreeSet::new(),
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
                self.nodes.iter_mut().for_each(|node| node.slide(self.now, &self.log));
            }
            Op::Trim(ms) => self.trim(Nanos((self.now.0 - ms) * 1_000_000)),
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
            Op::Failover(appends) => {
                self.uncertain.extend(self.log.streams());
                self.log.lose_tail(*appends);
            }
            Op::Vanish => {
                self.uncertain.extend(self.log.streams());
                self.log.wipe();
            }
            Op::Notice => {
                for stream in std::mem::take(&mut self.uncertain) {
                    self.tell(&News::Uncertain(stream));
                }
            }
            Op::Hydrate(_)
            | Op::Verify
            | Op::Hear(..)
            | Op::Miss(..)
            | Op::Answer(..)
            | Op::Kill(_)
            | Op::CutOff(_)
            | Op::Rejoin(_) => self.step_nodes(op),
            Op::Want(..)
            | Op::Connect(_)
            | Op::Cut(_)
            | Op::Flush
            | Op::Receive(..)
            | Op::Grant(..)
            | Op::Stall(_)
            | Op::Drain(_)
            | Op::Route(..) => self.step_viewers(op),
        }
        self.check();
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "the others never come here")]
    fn step_nodes(&mut self, op: &Op) {
        let (log, count) = (&self.log, self.nodes.len());
        match op {
            Op::Hydrate(views) => self.nodes.iter_mut().for_each(|node| node.hydrate(*views, log, self.now)),
            Op::Verify => self.nodes.iter_mut().for_each(|node| node.verify(log)),
            Op::Hear(node, news) => self.nodes[node % count].hear(*news),
            Op::Miss(node, news) => self.uncertain.extend(self.nodes[node % count].miss(*news)),
            Op::Answer(node, answers) => self.nodes[node % count].deliver(*answers),
            Op::CutOff(node) => self.nodes[node % count].cut_off(),
            Op::Rejoin(node) => self.nodes[node % count].rejoin(log),
            Op::Kill(node) => self.kill(node % count),
            _ => unreachable!("of no node"),
        }
    }

    fn tell(&mut self, news: &News) {
        self.nodes.iter_mut().for_each(|node| node.tell(news.clone(), &self.log));
    }

    fn trim(&mut self, before: Nanos) {
        for (stream, retained) in self.log.trim(before) {
            self.tell(&News::Trim(stream, retained));
            self.trimmed = true;
        }
        self.nodes.iter_mut().for_each(|node| node.slide(self.now, &self.log));
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
            self.tell(&News::Append(stream, append));
        }
    }

    fn restart(&mut self) {
        self.uncertain.clear();
        (0..self.nodes.len()).for_each(|node| self.kill(node));
    }

    fn kill(&mut self, node: usize) {
        for viewer in 0..self.viewers.len() {
            if self.viewers[viewer].session.is_some_and(|(on, _)| on == node) {
                self.write_cut(viewer);
                self.viewers[viewer].disconnect();
            }
        }
        self.nodes[node].restart();
    }
}
