//! One viewer (or many alike) in the simulated world, told in few words.

use std::sync::Arc;

use serde_json::{Value, json};
use tideboard_model::{Event, FieldName, FieldValue, Fields, Nanos, QuerySpec, StreamName, TagName, Tags};
use tideboard_sync::wire::Reason;
use tideboard_testkit::{Mirror, Op, World};

/// How far back the views look.
pub(crate) const WINDOW_MS: i64 = 10_000;
/// Width of a bucket.
pub(crate) const BUCKET_MS: i64 = 500;
/// Events that a feed shows.
pub(crate) const LIMIT: usize = 5;

/// A world with viewers of a series (`v1`), a table (`v2`) and a feed (`v3`) of stream `one`.
pub(crate) struct Tale {
    pub(crate) world: World,
    viewers: usize,
    number: u32,
    /// Reasons that are no news any more.
    known: usize,
}

fn all_shapes() -> Value {
    let measures = json!([{"fn": "count"}, {"fn": "sum", "field": "v"}, {"fn": "rate", "field": "v"}]);
    let range = json!({"last": WINDOW_MS});
    json!([
        {"stream": "one", "shape": "series", "groupBy": ["a"], "measures": measures, "range": range, "bucket": BUCKET_MS},
        {"stream": "one", "shape": "table", "groupBy": ["a"], "measures": measures, "range": range},
        {"stream": "one", "shape": "feed", "limit": LIMIT},
    ])
}

impl Tale {
    /// One viewer of all shapes that has seen the first events.
    pub(crate) fn begin() -> Self {
        Self::with_viewers(1)
    }

    pub(crate) fn with_viewers(viewers: usize) -> Self {
        Self::seen(Self::new(viewers, 262_144, &all_shapes()))
    }

    /// The same, told in messages of 200 bytes.
    pub(crate) fn in_small_messages() -> Self {
        Self::seen(Self::new(1, 200, &all_shapes()))
    }

    /// The same before the first event.
    pub(crate) fn unborn() -> Self {
        let mut tale = Self::new(1, 262_144, &all_shapes());
        tale.resume();
        tale.forget_news();
        tale
    }

    /// One viewer of these queries, before the first event.
    pub(crate) fn watching(queries: Value) -> Self {
        let mut tale = Self::new(1, 262_144, &queries);
        tale.resume();
        tale
    }

    /// One viewer of all shapes among so many nodes, before the first event.
    pub(crate) fn among(nodes: usize) -> Self {
        let mut world = World::of_nodes(nodes, 1, 262_144);
        let queries: Vec<QuerySpec> = serde_json::from_value(all_shapes()).unwrap();
        queries.iter().for_each(|query| world.step(&Op::Want(0, query.clone())));
        Self { world, viewers: 1, number: 0, known: 0 }
    }

    /// Connects to a node, which has yet to hear or read anything.
    pub(crate) fn connect_to(&mut self, node: usize) {
        self.world.step(&Op::Route(0, node));
        self.world.step(&Op::Connect(0));
    }

    /// A node hears and reads all there is, and sends it.
    pub(crate) fn work(&mut self, node: usize) {
        for _ in 0..5 {
            let answer = || Op::Answer(node, usize::MAX);
            for op in [Op::Hear(node, usize::MAX), Op::Verify, Op::Hydrate(usize::MAX), answer(), Op::Verify, answer()]
            {
                self.world.step(&op);
            }
        }
        for op in [Op::Grant(0, 1), Op::Flush, Op::Receive(0, usize::MAX)] {
            self.world.step(&op);
        }
    }

    fn seen(mut tale: Self) -> Self {
        tale.append(7);
        tale.resume();
        tale.forget_news();
        tale
    }

    fn new(viewers: usize, max_message_bytes: usize, queries: &Value) -> Self {
        let mut world = World::new(viewers, max_message_bytes);
        let queries: Vec<QuerySpec> = serde_json::from_value(queries.clone()).unwrap();
        for viewer in 0..viewers {
            queries.iter().for_each(|query| world.step(&Op::Want(viewer, query.clone())));
        }
        Self { world, viewers, number: 0, known: 0 }
    }

    pub(crate) fn viewer(&self) -> &Mirror {
        self.world.viewer(0)
    }

    pub(crate) fn position(&self) -> Option<String> {
        self.viewer().position.get("one").cloned()
    }

    /// One append of so many events, all of now, in three groups.
    pub(crate) fn append(&mut self, events: usize) {
        let first = self.number;
        self.number += u32::try_from(events).unwrap();
        let event = |number: u32| event("one", 0, ["x", "y", "z"][number as usize % 3], number);
        self.world.step(&Op::Append((first..self.number).map(event).collect()));
    }

    /// One append with an event in each of so many groups.
    pub(crate) fn append_groups(&mut self, groups: u32) {
        self.world.step(&Op::Append((0..groups).map(|group| event("one", 0, &group.to_string(), group)).collect()));
    }

    /// One event of any stream, so long ago.
    pub(crate) fn append_to(&mut self, stream: &str, ago_ms: i64) {
        self.number += 1;
        self.world.step(&Op::Append(vec![event(stream, ago_ms, "x", self.number)]));
    }

    pub(crate) fn pass(&mut self, ms: i64) {
        self.world.step(&Op::Pass(ms));
    }

    pub(crate) fn cut(&mut self) {
        (0..self.viewers).for_each(|viewer| self.world.step(&Op::Cut(viewer)));
    }

    /// Reads what is asked for.
    pub(crate) fn prepare(&mut self) {
        for op in [Op::Verify, Op::Hydrate(usize::MAX), Op::Verify] {
            self.world.step(&op);
        }
    }

    /// Sends what the viewers have credit for, and lets them receive it.
    pub(crate) fn send(&mut self) {
        self.prepare();
        self.world.step(&Op::Flush);
        (0..self.viewers).for_each(|viewer| self.world.step(&Op::Receive(viewer, usize::MAX)));
    }

    /// The same, with credit for one frame more.
    pub(crate) fn deliver(&mut self) {
        (0..self.viewers).for_each(|viewer| self.world.step(&Op::Grant(viewer, 1)));
        self.send();
    }

    /// Connects, and gets all there is.
    pub(crate) fn resume(&mut self) {
        (0..self.viewers).for_each(|viewer| self.world.step(&Op::Connect(viewer)));
        self.send();
        self.send();
    }

    /// Which views were replaced since, and why.
    pub(crate) fn news(&self) -> &[(String, Reason)] {
        &self.viewer().reasons[self.known..]
    }

    pub(crate) fn forget_news(&mut self) {
        self.known = self.viewer().reasons.len();
    }
}

fn event(stream: &str, ago_ms: i64, group: &str, number: u32) -> Event {
    Event {
        stream: StreamName::new(stream).unwrap(),
        time: Nanos(-1 - ago_ms * 1_000_000),
        tags: Tags::from([(TagName::new("a").unwrap(), Arc::from(group))]),
        fields: Fields::from([(FieldName::new("v").unwrap(), FieldValue::float(f64::from(number) / 8.0).unwrap())]),
    }
}
