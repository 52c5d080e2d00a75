//! Events folded into views of all shapes.

use tideboard_live::Committed;
use tideboard_model::Millis;

use crate::checksum::Checksum;
use crate::dashboard;
use crate::node::{Node, ask};
use crate::scenario::Scenario;
use crate::stream::Stream;

const APPENDS: usize = 1_000;
const EVENTS_PER_APPEND: u64 = 10;
const STEP_MS: i64 = 30;

pub(crate) struct Fold {
    node: Node,
    streams: Vec<Stream>,
    /// The streams take turns.
    appends: Vec<Committed>,
}

impl Fold {
    pub(crate) fn new() -> Self {
        let mut node = Node::new();
        node.subscribe(&ask(&dashboard::of_all_shapes()));
        let mut streams: Vec<_> = dashboard::STREAMS.iter().map(|name| Stream::new(name)).collect();
        let mut now = node.now();
        let turns = (0..streams.len()).cycle().take(APPENDS);
        let appends = turns.map(|number| {
            now = Millis(now.0 + STEP_MS);
            streams.get_mut(number).unwrap().append(EVENTS_PER_APPEND, now)
        });
        let appends = appends.collect();
        Self { node, streams, appends }
    }
}

impl Scenario for Fold {
    fn run(&mut self) {
        for (append, stream) in self.appends.iter().zip(self.streams.iter().cycle()) {
            self.node.pass(STEP_MS);
            self.node.commit(&stream.name, append);
        }
    }

    /// What the viewer is shown of it.
    fn outcome(&mut self, checksum: &mut Checksum) {
        self.node.flush();
        self.node.outcome(checksum);
    }
}
