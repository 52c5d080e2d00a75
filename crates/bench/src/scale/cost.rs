//! The cost model: what a load asks of each part of an installation.

use super::coefficients::Coefficients;

/// What is asked of an installation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Viewers connected.
    pub(crate) viewers: f64,
    /// Events a second, all of them in streams that are watched on every node: the worst case.
    pub(crate) events: f64,
    /// Events in a request.
    pub(crate) batch: f64,
    /// Streams that the events go to, evenly.
    pub(crate) streams: f64,
    /// Different views in all.
    pub(crate) views: f64,
    /// Views of each viewer.
    pub(crate) widgets: f64,
    /// Cells of a view.
    pub(crate) cells: f64,
}

/// What it is asked of.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fleet {
    /// Nodes.
    pub(crate) nodes: f64,
    /// Threads of each.
    pub(crate) threads: f64,
    /// Redis servers that the streams are spread over.
    pub(crate) primaries: f64,
}

/// The least time between two frames.
const SPACING: f64 = 0.016;
/// The most that a node's load makes of it.
const WIDEST: f64 = 0.1;
/// A flush may take up to one part in so many of the time.
const SHARE: f64 = 4.0;
/// Sending a frame counts for so many seconds, and may take up to one part in so many of the time.
const FRAME: f64 = 20e-6;
const SENDING_SHARE: f64 = 8.0;

/// The time from one flush to so many viewers to the next, in seconds.
pub(crate) fn spacing(took: f64, viewers: f64) -> f64 {
    (took * SHARE).max(viewers * FRAME * SENDING_SHARE).clamp(SPACING, WIDEST)
}
/// What a frame carries around its bytes: WebSocket, TCP and IP, and the acknowledgement coming back.
const WRAPPING_BYTES: f64 = 120.0;
const MICRO: f64 = 1e-6;

/// What one node does, in threads unless said otherwise.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodeUse {
    /// Taking events in.
    pub(crate) ingest: f64,
    /// Reading what all nodes took in.
    pub(crate) tail: f64,
    /// Folding it into views.
    pub(crate) fold: f64,
    /// Frames to viewers.
    pub(crate) frames: f64,
    /// Being there, for viewers and for itself.
    pub(crate) idle: f64,
    /// The part of all this that one thread does.
    pub(crate) engine: f64,
    /// What is left of it when frames are as far apart as they may be.
    pub(crate) engine_least: f64,
    /// Frames a second to each viewer.
    pub(crate) frame_rate: f64,
    /// Sent to viewers, in bytes a second.
    pub(crate) sent: f64,
    /// Memory, in bytes.
    pub(crate) memory: f64,
}

impl NodeUse {
    /// All of it.
    pub(crate) fn threads(&self) -> f64 {
        self.ingest + self.tail + self.fold + self.frames + self.idle
    }
}

/// What one Redis server does.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RedisUse {
    /// Taking appends, in threads.
    pub(crate) appends: f64,
    /// Telling the nodes, in threads.
    pub(crate) telling: f64,
    /// Sent to nodes, in bytes a second.
    pub(crate) sent: f64,
}

impl RedisUse {
    /// All of it: Redis has one thread for commands.
    pub(crate) fn thread(&self) -> f64 {
        self.appends + self.telling
    }
}

impl Load {
    /// Appends a second.
    pub(crate) fn appends(&self) -> f64 {
        self.events / self.batch
    }

    /// Views into which an event is folded.
    pub(crate) fn views_per_event(&self) -> f64 {
        self.views / self.streams
    }

    /// How many of a viewer's views move within so many seconds.
    fn moving(&self, seconds: f64) -> f64 {
        self.widgets * (1.0 - (-self.appends() / self.streams * seconds).exp())
    }
}

impl Coefficients {
    /// What the engine spends on a flush to so many viewers, in seconds, and on which period that settles.
    pub(crate) fn flush(&self, load: &Load, viewers: f64) -> (f64, f64) {
        let mut period = SPACING;
        // Wider spacing lets more views move in a frame, which makes flushes longer: a few turns settle it.
        let mut took = 0.0;
        for _ in 0..20 {
            took = self.flush_with(load, viewers, period);
            period = spacing(took, viewers).max(took);
        }
        (took, period)
    }

    /// What the engine spends on a flush after so many seconds.
    fn flush_with(&self, load: &Load, viewers: f64, period: f64) -> f64 {
        viewers * (self.node.engine_frame_us + load.moving(period) * self.node.engine_part_us) * MICRO
    }

    /// What each node does.
    pub(crate) fn node(&self, load: &Load, fleet: &Fleet) -> NodeUse {
        let node = &self.node;
        let viewers = load.viewers / fleet.nodes;
        let (took, period) = self.flush(load, viewers);
        let (frame_rate, parts) = (1.0 / period, load.moving(period));
        let fold = load.views_per_event() * (load.appends() * node.fold_append_us + load.events * node.fold_us) * MICRO;
        let least = self.flush_with(load, viewers, WIDEST) / WIDEST;
        NodeUse {
            ingest: (load.appends() * node.request_us + load.events * node.event_us) / fleet.nodes * MICRO,
            tail: (load.appends() * node.tail_append_us + load.events * node.tail_event_us) * MICRO
                + load.streams * node.attended_us * MICRO,
            fold,
            frames: viewers * frame_rate * (node.frame_us + parts * node.part_us) * MICRO,
            idle: (viewers * node.idle_viewer_us + node.idle_us) * MICRO,
            engine: fold + took / period,
            engine_least: fold + least,
            frame_rate,
            sent: viewers * frame_rate * (node.frame_bytes + parts * node.part_bytes + WRAPPING_BYTES),
            memory: viewers * node.viewer_kib * 1024.0 + load.views * load.cells * node.cell_bytes,
        }
    }

    /// What each Redis server does.
    pub(crate) fn redis(&self, load: &Load, fleet: &Fleet) -> RedisUse {
        let redis = &self.redis;
        let (appends, events) = (load.appends() / fleet.primaries, load.events / fleet.primaries);
        let woken = appends * redis.wake_us + events * redis.read_event_us;
        let polls = redis.node_us + load.streams / fleet.primaries * redis.attended_us;
        RedisUse {
            appends: (appends * redis.append_us + events * redis.event_us) * MICRO,
            telling: fleet.nodes * (woken + polls) * MICRO,
            sent: fleet.nodes * (appends * redis.append_bytes + events * redis.event_bytes),
        }
    }

    /// Memory that all Redis servers need for so many seconds of events, in bytes.
    pub(crate) fn kept(&self, load: &Load, seconds: f64) -> f64 {
        (load.appends() * self.redis.append_bytes + load.events * self.redis.event_bytes) * seconds
    }

    /// What PostgreSQL does, in threads.
    pub(crate) fn postgres(&self, fleet: &Fleet) -> f64 {
        fleet.nodes * self.postgres.node_us * MICRO
    }
}
