//! How old is what a viewer sees? A node's engine, played through append by append: one thread that folds what came in and,
//! whenever the spacing allows, writes one frame to each viewer.

use super::coefficients::Coefficients;
use super::cost::{Load, spacing};

/// Seconds that are played, and how many of them count: the spacing has settled by then.
const PLAYED: f64 = 12.0;
const COUNT_FROM: f64 = 2.0;
/// An append is a sample for so many viewers, the first, the last, and those between.
const SAMPLES: u32 = 5;
const MICRO: f64 = 1e-6;

/// From the moment at which a node is told of an append to the moment at which its frame is handed to the network, in seconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    pub(crate) median: f64,
    pub(crate) p99: f64,
}

/// Plays a node with so many viewers.
pub(crate) fn freshness(coefficients: &Coefficients, load: &Load, viewers: f64) -> Freshness {
    let node = &coefficients.node;
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let fold = load.views_per_event() * (node.fold_append_us + load.batch * node.fold_us) * MICRO;
    // A view of which several appends came moves once: how many views move in a flush follows from how many appends came.
    let moving = |appends: f64| load.widgets * (1.0 - (-appends / load.streams).exp());
    let (mut now, mut next_flush, mut next_append) = (0.0_f64, 0.0_f64, 0.0_f64);
    let mut waiting: Vec<f64> = Vec::new();
    let mut ages: Vec<f64> = Vec::new();
    while now < PLAYED {
        while next_append <= now {
            waiting.push(next_append);
            next_append += dice.gap(load.appends());
            now += fold;
        }
        if waiting.is_empty() {
            now = next_append;
        } else if now < next_flush {
            now = next_flush.min(next_append);
        } else {
            let appends = waiting.len() as f64;
            let took = viewers * (node.engine_frame_us + moving(appends) * node.engine_part_us) * MICRO;
            for came in waiting.drain(..).filter(|came| *came >= COUNT_FROM) {
                let parts = (0..SAMPLES).map(|sample| f64::from(sample) / f64::from(SAMPLES - 1));
                ages.extend(parts.map(|part| now + took * part - came));
            }
            next_flush = now + spacing(took, viewers);
            now += took;
        }
    }
    ages.sort_by(f64::total_cmp);
    let at = |part: f64| ages.get((ages.len() as f64 * part) as usize).copied().unwrap_or(f64::INFINITY);
    Freshness { median: at(0.5), p99: at(0.99) }
}

/// The same throws on every run (xorshift64).
struct Dice(u64);

impl Dice {
    /// The time to the next of events that come so often, one independent of the other.
    fn gap(&mut self, per_second: f64) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let even = ((self.0 >> 11) as f64 + 0.5) / (1_u64 << 53) as f64;
        -even.ln() / per_second
    }
}
