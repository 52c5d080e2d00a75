//! When it is worth it that one node computes a view and the others hear of it.

use super::coefficients::Coefficients;
use super::cost::Load;

const MICRO: f64 = 1e-6;
/// How often an owner tells the others what moved: as often as a loaded node flushes.
pub(crate) const TOLD_PER_SECOND: f64 = 10.0;

/// What handing a view's changes from one node to another costs at both ends, in microseconds. Nobody has built it: it is taken
/// for a frame with one view that is written, and for the same once more for taking it in.
fn hand_us(coefficients: &Coefficients) -> f64 {
    2.0 * (coefficients.node.frame_us / 12.0 + coefficients.node.part_us)
}

/// What reading and folding an event costs, with its share of its append, in microseconds.
fn event_us(c: &Coefficients, load: &Load) -> f64 {
    let (node, views) = (&c.node, load.views_per_event());
    node.tail_event_us + views * node.fold_us + (node.tail_append_us + views * node.fold_append_us) / load.batch
}

/// Threads on each of so many nodes, if each computes all views, and if each computes its share and hears of the rest.
pub(crate) fn each_or_shared(c: &Coefficients, load: &Load, nodes: f64) -> (f64, f64) {
    let computing = load.events * event_us(c, load) * MICRO;
    let handing = load.views * TOLD_PER_SECOND * hand_us(c) * MICRO;
    (computing, computing / nodes + handing * (nodes - 1.0) / nodes)
}

/// Events a second from which on sharing costs less in all.
pub(crate) fn worth_from(c: &Coefficients, load: &Load) -> f64 {
    load.views * TOLD_PER_SECOND * hand_us(c) / event_us(c, load)
}
