//! What goes wrong now and then: slow regions and failing services.

use tideboard_model::Millis;

use super::dice::Dice;
use super::rhythm::fraction;

/// Every quarter of an hour has one incident somewhere in it.
const BLOCK_MILLIS: i64 = 15 * 60 * 1000;
const SHORTEST_MILLIS: u64 = 60_000;
const LONGEST_MILLIS: u64 = 180_000;
const PURPOSE: u64 = 2;

/// What goes wrong at an instant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Incident {
    pub(super) kind: Kind,
    /// From 0 up to 1 in the middle, and down again.
    pub(super) strength: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Requests of a region take long.
    SlowRegion(&'static str),
    /// A service answers with errors.
    FailingService(&'static str),
}

impl Incident {
    /// The incident of an instant, if there is one.
    pub(super) fn at(seed: u64, at: Millis) -> Option<Self> {
        let mut dice = Dice::of(&[seed, PURPOSE, at.0.div_euclid(BLOCK_MILLIS).cast_unsigned()]);
        let kind = match dice.below(5) {
            0 => Kind::SlowRegion("eu-west"),
            1 => Kind::SlowRegion("ap-south"),
            2 => Kind::FailingService("search"),
            3 => Kind::FailingService("payments"),
            _ => Kind::FailingService("checkout"),
        };
        let length = millis(SHORTEST_MILLIS + dice.below(LONGEST_MILLIS - SHORTEST_MILLIS));
        let start = millis(dice.below(BLOCK_MILLIS.cast_unsigned() - LONGEST_MILLIS));
        let since = at.0.rem_euclid(BLOCK_MILLIS) - start;
        let strength = (std::f64::consts::PI * fraction(since, length)).sin();
        (0..length).contains(&since).then_some(Self { kind, strength })
    }
}

fn millis(value: u64) -> i64 {
    i64::try_from(value).unwrap_or_default()
}

/// By how much requests of a region take longer.
pub(super) fn slowdown(incident: Option<Incident>, region: &str) -> f64 {
    match incident {
        Some(Incident { kind: Kind::SlowRegion(slow), strength }) if slow == region => 1.0 + 5.0 * strength,
        Some(Incident { kind: Kind::SlowRegion(_) | Kind::FailingService(_), .. }) | None => 1.0,
    }
}

/// How badly a service fails: 0 if it does not.
pub(super) fn failure(incident: Option<Incident>, service: &str) -> f64 {
    match incident {
        Some(Incident { kind: Kind::FailingService(failing), strength }) if failing == service => strength,
        Some(Incident { kind: Kind::SlowRegion(_) | Kind::FailingService(_), .. }) | None => 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_quarter_of_an_hour_has_one_incident_that_rises_and_falls() {
        for block in 0..200 {
            let seconds = BLOCK_MILLIS / 1000;
            let incidents: Vec<_> =
                (0..seconds).map(|second| Incident::at(9, Millis(block * BLOCK_MILLIS + second * 1000))).collect();
            let length = incidents.iter().flatten().count();
            assert!((59..=181).contains(&length), "block {block}: {length} s");
            let strengths = incidents.iter().flatten().map(|incident| incident.strength);
            assert!(strengths.fold(0.0, f64::max) > 0.99);
            assert!(incidents.windows(2).filter(|pair| pair[0].is_some() != pair[1].is_some()).count() <= 2);
        }
    }
}
