//! How busy the business is: by hour, by weekday, and from minute to minute.

use std::f64::consts::TAU;

use tideboard_model::Millis;

use super::dice::Dice;

const DAY_MILLIS: i64 = 86_400_000;
const PURPOSE: u64 = 1;
/// Middle of the afternoon, by UTC.
const PEAK_HOUR: f64 = 15.0;
/// Sunday to Saturday.
const WEEKDAYS: [f64; 7] = [0.9, 1.0, 1.0, 1.0, 1.0, 0.97, 0.92];
/// Time between two random levels of the fluctuation; in between it glides.
const SWING_MILLIS: i64 = 45_000;
const SWING: f64 = 0.1;

/// A factor of about 0.6 to 1.1.
pub(super) fn activity(seed: u64, at: Millis) -> f64 {
    daily(at) * weekday(at) * fluctuation(seed, at)
}

fn daily(at: Millis) -> f64 {
    let hour = fraction(at.0.rem_euclid(DAY_MILLIS), DAY_MILLIS) * 24.0;
    0.87 + 0.13 * (TAU * (hour - PEAK_HOUR) / 24.0).cos()
}

fn weekday(at: Millis) -> f64 {
    // 1970 began on a Thursday.
    let day = (at.0.div_euclid(DAY_MILLIS) + 4).rem_euclid(7);
    usize::try_from(day).ok().and_then(|day| WEEKDAYS.get(day)).copied().unwrap_or(1.0)
}

fn fluctuation(seed: u64, at: Millis) -> f64 {
    let step = at.0.div_euclid(SWING_MILLIS);
    let level = |step: i64| Dice::of(&[seed, PURPOSE, step.cast_unsigned()]).unit().mul_add(2.0, -1.0) * SWING;
    let along = fraction(at.0.rem_euclid(SWING_MILLIS), SWING_MILLIS);
    let eased = along * along * (3.0 - 2.0 * along);
    1.0 + level(step) + (level(step + 1) - level(step)) * eased
}

/// `part / whole` for numbers that a double holds exactly.
pub(super) fn fraction(part: i64, whole: i64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "milliseconds of a day are far below 2^53")]
    let (part, whole) = (part as f64, whole as f64);
    part / whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn afternoons_are_busier_than_nights_and_weekdays_than_sundays() {
        let monday = 4 * DAY_MILLIS;
        let hour = |hour: i64| Millis(monday + hour * 3_600_000);
        assert!(daily(hour(15)) > 0.99 && daily(hour(3)) < 0.75);
        assert!(weekday(Millis(monday)) > weekday(Millis(monday - 1)));
    }

    #[test]
    fn the_fluctuation_glides() {
        let jump = (0..2_000)
            .map(|step| Millis(step * 100))
            .map(|at| (fluctuation(3, at) - fluctuation(3, Millis(at.0 + 100))).abs());
        assert!(jump.fold(0.0, f64::max) < 0.002);
    }
}
