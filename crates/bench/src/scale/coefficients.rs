//! What a unit of each kind of work costs, as measured.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::error::{BenchError, Trying};
use crate::report::Figure;

/// Costs as measured on one machine. Times are microseconds of one thread's processor time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Coefficients {
    /// The machine and when, for people.
    pub(crate) measured: String,
    /// A node.
    pub(crate) node: Node,
    /// Redis.
    pub(crate) redis: Redis,
    /// PostgreSQL.
    pub(crate) postgres: Postgres,
}

/// What a node spends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Node {
    /// On a request with events, whatever is in it.
    pub(crate) request_us: f64,
    /// On each event taken in.
    pub(crate) event_us: f64,
    /// On each append that it is told of.
    pub(crate) tail_append_us: f64,
    /// On each event in it.
    pub(crate) tail_event_us: f64,
    /// On each view that an append is folded into.
    pub(crate) fold_append_us: f64,
    /// On folding each event in it into such a view.
    pub(crate) fold_us: f64,
    /// On a frame to a viewer.
    pub(crate) frame_us: f64,
    /// On each view that moves in it.
    pub(crate) part_us: f64,
    /// The engine's share of a frame: one thread does it for all viewers.
    pub(crate) engine_frame_us: f64,
    /// The engine's share of a view that moves in it.
    pub(crate) engine_part_us: f64,
    /// Bytes of a frame.
    pub(crate) frame_bytes: f64,
    /// Bytes of each view that moves in it.
    pub(crate) part_bytes: f64,
    /// On a viewer to whom nothing happens, a second.
    pub(crate) idle_viewer_us: f64,
    /// On nothing, a second.
    pub(crate) idle_us: f64,
    /// On each stream that it attends, a second, while others move.
    pub(crate) attended_us: f64,
    /// Memory of a viewer with twelve widgets, in KiB.
    pub(crate) viewer_kib: f64,
    /// Memory of a cell of a view, in bytes.
    pub(crate) cell_bytes: f64,
}

/// What Redis spends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Redis {
    /// On an append.
    pub(crate) append_us: f64,
    /// On each event in it.
    pub(crate) event_us: f64,
    /// On each node that is woken by it and reads it.
    pub(crate) wake_us: f64,
    /// On each event that such a node reads.
    pub(crate) read_event_us: f64,
    /// On a node to which nothing happens, a second.
    pub(crate) node_us: f64,
    /// On each stream that a node attends, a second, while others move.
    pub(crate) attended_us: f64,
    /// Memory of an append, in bytes.
    pub(crate) append_bytes: f64,
    /// Memory of an event in it, in bytes.
    pub(crate) event_bytes: f64,
}

/// What PostgreSQL spends.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Postgres {
    /// On a node to which nothing happens, a second.
    pub(crate) node_us: f64,
}

impl Coefficients {
    /// Each with what it is a cost of, and its unit.
    pub(crate) fn rows(&self) -> [(&'static str, f64, &'static str); 26] {
        let (node, redis) = (&self.node, &self.redis);
        [
            ("node: a request with events", node.request_us, "µs"),
            ("node: each event in it", node.event_us, "µs"),
            ("node: an append that it is told of", node.tail_append_us, "µs"),
            ("node: each event in it", node.tail_event_us, "µs"),
            ("node: each view that an append is folded into", node.fold_append_us, "µs"),
            ("node: each event in it folded into such a view", node.fold_us, "µs"),
            ("node: a frame to a viewer", node.frame_us, "µs"),
            ("node: each view that moves in it", node.part_us, "µs"),
            ("engine's thread: a frame to a viewer", node.engine_frame_us, "µs"),
            ("engine's thread: each view that moves in it", node.engine_part_us, "µs"),
            ("a frame", node.frame_bytes, "B"),
            ("each view that moves in it", node.part_bytes, "B"),
            ("node: a viewer at rest, a second", node.idle_viewer_us, "µs"),
            ("node: nothing, a second", node.idle_us, "µs"),
            ("node: each stream that it attends, a second", node.attended_us, "µs"),
            ("node: memory of a viewer with 12 widgets", node.viewer_kib, "KiB"),
            ("node: memory of a cell", node.cell_bytes, "B"),
            ("Redis: an append", redis.append_us, "µs"),
            ("Redis: each event in it", redis.event_us, "µs"),
            ("Redis: each node that is told of an append", redis.wake_us, "µs"),
            ("Redis: each event that it reads", redis.read_event_us, "µs"),
            ("Redis: a node to which nothing happens, a second", redis.node_us, "µs"),
            ("Redis: each stream that a node attends, a second", redis.attended_us, "µs"),
            ("Redis: memory of an append", redis.append_bytes, "B"),
            ("Redis: memory of each event in it", redis.event_bytes, "B"),
            ("PostgreSQL: a node to which nothing happens, a second", self.postgres.node_us, "µs"),
        ]
    }

    /// The same as figures.
    pub(crate) fn figures(&self) -> Vec<Figure> {
        self.rows().into_iter().map(|(what, cost, unit)| Figure::new(what, cost, unit)).collect()
    }

    /// Reads what was measured.
    pub(crate) fn read(file: &Path) -> Result<Self, BenchError> {
        let text = std::fs::read_to_string(file).trying(format!("reading {}", file.display()))?;
        Ok(serde_json::from_str(&text)?)
    }

    /// Writes it.
    pub(crate) fn write(&self, file: &Path) -> Result<(), BenchError> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).trying(format!("writing {}", file.display()))
    }
}
