//! Chance that repeats itself: the same seed throws the same numbers.

use std::f64::consts::TAU;

/// SplitMix64 (Steele, Lea, Flood 2014): small, quick, good enough for made-up events. Not for secrets.
#[derive(Debug, Clone)]
pub(super) struct Dice(u64);

const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn mixed(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Dice {
    /// Dice of their own for each combination of parts, such as seed, purpose and time.
    pub(super) fn of(parts: &[u64]) -> Self {
        Self(parts.iter().fold(STEP, |state, part| mixed(state.wrapping_add(STEP) ^ mixed(part.wrapping_add(STEP)))))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(STEP);
        mixed(self.0)
    }

    /// Evenly from [0, 1).
    pub(super) fn unit(&mut self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "53 bits fit into a double exactly")]
        let bits = (self.next() >> 11) as f64;
        bits / 9_007_199_254_740_992.0
    }

    /// Evenly from 0 to `below` (exclusive); 0 if `below` is 0.
    pub(super) fn below(&mut self, below: u64) -> u64 {
        self.next().checked_rem(below).unwrap_or(0)
    }

    /// Whether something of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// How often something happens that happens `mean` times on average (Knuth's method: for small means).
    pub(super) fn poisson(&mut self, mean: f64) -> u32 {
        const MOST: u32 = 1_000;
        let least = (-mean).exp();
        let mut product = self.unit();
        let mut count = 0;
        while product > least && count < MOST {
            product *= self.unit();
            count += 1;
        }
        count
    }

    /// Around a median, with a long tail upwards: latencies, prices. `spread` is the standard deviation of the logarithm.
    pub(super) fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        // Box and Muller's transform; 1 − unit is never 0.
        let radius = (-2.0 * (1.0 - self.unit()).ln()).sqrt();
        median * (spread * radius * (TAU * self.unit()).cos()).exp()
    }

    /// One of several, by weight; the empty text if there is none.
    pub(super) fn pick(&mut self, weighted: &[(&'static str, f64)]) -> &'static str {
        let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
        let mut left = self.unit() * total;
        for (item, weight) in weighted {
            left -= weight;
            if left < 0.0 {
                return item;
            }
        }
        weighted.last().map_or("", |(item, _)| item)
    }

    /// One of several, the n-th with the weight 1/n (Zipf's law); the empty text if there is none.
    pub(super) fn zipf(&mut self, items: &[&'static str]) -> &'static str {
        let weighted = || (1_u32..).map(|place| 1.0 / f64::from(place)).zip(items);
        let total: f64 = weighted().map(|(weight, _)| weight).sum();
        let mut left = self.unit() * total;
        for (weight, item) in weighted() {
            left -= weight;
            if left < 0.0 {
                return item;
            }
        }
        items.last().copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn throws_follow_their_laws() {
        let mut dice = Dice::of(&[7]);
        let throws = 20_000;
        let mean = |sum: f64| sum / f64::from(throws);
        let poisson = mean((0..throws).map(|_| f64::from(dice.poisson(3.5))).sum());
        assert!((3.4..3.6).contains(&poisson), "{poisson}");

        let mut latencies: Vec<_> = (0..throws).map(|_| dice.log_normal(40.0, 0.5)).collect();
        latencies.sort_by(f64::total_cmp);
        let median = latencies[latencies.len() / 2];
        assert!((39.0..41.0).contains(&median), "{median}");

        let hits = |item| move |picked: &&str| *picked == item;
        let picked: Vec<_> = (0..throws).map(|_| dice.zipf(&["a", "b", "c"])).collect();
        let share = |item| mean(picked.iter().copied().filter(|one| hits(item)(one)).map(|_| 1.0).sum());
        assert!((share("a") / share("b") - 2.0).abs() < 0.15 && (share("a") / share("c") - 3.0).abs() < 0.25);
        assert_eq!(dice.pick(&[]), "");
        assert_eq!(dice.below(0), 0);
    }

    #[test]
    fn parts_and_their_order_matter() {
        let first = |parts: &[u64]| Dice::of(parts).next();
        assert_eq!(first(&[1, 2]), first(&[1, 2]));
        assert_ne!(first(&[1, 2]), first(&[2, 1]));
        assert_ne!(first(&[1]), first(&[1, 0]));
    }
}
