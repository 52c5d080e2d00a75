//! The least installation that carries a load, and what sets its size.

use super::coefficients::Coefficients;
use super::cost::{Fleet, Load, NodeUse, RedisUse};

/// What may be used of a thread, a node or a server before there is too little left for bursts.
const FULL: f64 = 0.6;
/// A node's network, in bytes a second: 10 Gbit/s.
const NETWORK: f64 = 1.25e9;
/// A node's memory for viewers and views, in bytes.
const MEMORY: f64 = 16e9;
/// More nodes than this are not planned here.
const NODES: u32 = 4_000;
/// More Redis servers than this are no cluster.
const PRIMARIES: u32 = 500;

/// What is exhausted first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Limit {
    /// The thread that folds and flushes.
    Engine,
    /// A node's processors.
    Processors,
    /// A node's network.
    Network,
    /// A node's memory.
    Memory,
    /// Nothing: two nodes, so that one may die.
    Least,
    /// Nothing helps: what every node must do alone is too much for one.
    Every,
}

impl Limit {
    /// For people.
    pub(crate) fn text(self) -> &'static str {
        match self {
            Self::Engine => "the engine's thread",
            Self::Processors => "processors",
            Self::Network => "network",
            Self::Memory => "memory",
            Self::Least => "one spare",
            Self::Every => "what every node must read and fold",
        }
    }
}

/// An installation that carries a load.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) fleet: Fleet,
    pub(crate) node: NodeUse,
    pub(crate) redis: RedisUse,
    /// What sets the number of nodes.
    pub(crate) limit: Limit,
}

/// The least installation that carries a load, or what no number of nodes helps against.
pub(crate) fn plan(coefficients: &Coefficients, load: &Load, threads: f64) -> Result<Plan, Limit> {
    let of = |nodes: f64, primaries: f64| Fleet { nodes, threads, primaries };
    let fits = |nodes: &u32| exhausted(coefficients, load, &of(f64::from(*nodes), 1.0)).is_none();
    let nodes = (2..=NODES).find(fits).ok_or(Limit::Every)?;
    let limit = match nodes {
        2 => Limit::Least,
        more => exhausted(coefficients, load, &of(f64::from(more - 1), 1.0)).unwrap_or(Limit::Least),
    };
    let carries = |primaries: &u32| {
        let use_ = coefficients.redis(load, &of(f64::from(nodes), f64::from(*primaries)));
        use_.thread() <= FULL && use_.sent <= NETWORK * FULL
    };
    let primaries = (1..=PRIMARIES).find(carries).unwrap_or(PRIMARIES);
    let fleet = of(f64::from(nodes), f64::from(primaries));
    Ok(Plan { fleet, node: coefficients.node(load, &fleet), redis: coefficients.redis(load, &fleet), limit })
}

fn exhausted(coefficients: &Coefficients, load: &Load, fleet: &Fleet) -> Option<Limit> {
    let node = coefficients.node(load, fleet);
    [
        (node.engine_least, FULL, Limit::Engine),
        (node.threads(), FULL * fleet.threads, Limit::Processors),
        (node.sent, FULL * NETWORK, Limit::Network),
        (node.memory, MEMORY, Limit::Memory),
    ]
    .into_iter()
    .filter(|(used, may, _)| used > may)
    .max_by(|one, other| (one.0 / one.1).total_cmp(&(other.0 / other.1)))
    .map(|(.., limit)| limit)
}
