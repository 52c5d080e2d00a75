//! Frames to many viewers of the same views, as events come.

use tideboard_live::Committed;
use tideboard_model::Millis;

use crate::checksum::Checksum;
use crate::dashboard;
use crate::node::{Node, ask};
use crate::scenario::Scenario;
use crate::stream::Stream;

const VIEWERS: usize = 100;
const VIEWS: usize = 12;

/// How the updates of the views lie in time: ten a second each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// All at once.
    Together,
    /// One after the other.
    Staggered,
}

impl Phase {
    /// Ticks, the milliseconds between two, and how many streams move in each.
    fn plan(self) -> (usize, i64, usize) {
        match self {
            Self::Together => (50, 100, VIEWS),
            Self::Staggered => (200, 8, 1),
        }
    }
}

pub(crate) struct Flush {
    node: Node,
    streams: Vec<Stream>,
    step_ms: i64,
    /// What comes, tick by tick: of which stream.
    ticks: Vec<Vec<(usize, Committed)>>,
}

impl Flush {
    /// Every viewer holds a full minute.
    pub(crate) fn new(phase: Phase) -> Self {
        let mut node = Node::new();
        let request = ask(&dashboard::of_series(VIEWS));
        (0..VIEWERS).for_each(|_| drop(node.subscribe(&request)));
        let mut streams: Vec<_> = (0..VIEWS).map(|number| Stream::new(&dashboard::series_stream(number))).collect();
        for _ in 0..60 {
            node.pass(1_000);
            let now = node.now();
            streams.iter_mut().for_each(|stream| node.commit(&stream.name.clone(), &stream.append(10, now)));
        }
        node.flush();

        let (count, step_ms, moving) = phase.plan();
        node.expect(count * VIEWERS);
        let mut numbers = (0..VIEWS).cycle();
        let mut now = node.now();
        let mut tick = || {
            now = Millis(now.0 + step_ms);
            numbers.by_ref().take(moving).map(|number| (number, append(&mut streams, number, now))).collect()
        };
        let ticks = (0..count).map(|_| tick()).collect();
        Self { node, streams, step_ms, ticks }
    }
}

fn append(streams: &mut [Stream], number: usize, now: Millis) -> Committed {
    streams.get_mut(number).unwrap().append(1, now)
}

impl Scenario for Flush {
    fn run(&mut self) {
        for tick in &self.ticks {
            self.node.pass(self.step_ms);
            for (number, append) in tick {
                self.node.commit(&self.streams.get(*number).unwrap().name, append);
            }
            self.node.flush();
        }
    }

    fn outcome(&mut self, checksum: &mut Checksum) {
        self.node.outcome(checksum);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_viewer_is_told_of_every_tick_what_moved_and_no_more() {
        for phase in [Phase::Together, Phase::Staggered] {
            let (ticks, _, moving) = phase.plan();
            let mut flush = Flush::new(phase);
            flush.run();
            let messages = flush.node.messages();
            assert_eq!(messages.len(), ticks * VIEWERS, "{phase:?}");
            for message in messages {
                let frame: serde_json::Value = serde_json::from_str(message).unwrap();
                let diffs = frame["parts"].as_array().unwrap().iter().filter(|part| part.get("diff").is_some());
                assert_eq!((frame["to"].as_object().unwrap().len(), diffs.count()), (moving, moving), "{message}");
            }
        }
    }
}
