//! The lines that every contestant is sent: the same bytes in the same order.

use std::time::{SystemTime, UNIX_EPOCH};

/// The measurement, which is a stream of Tideboard's.
pub(super) const MEASUREMENT: &str = "cpu";

const HOSTS: u64 = 20;
const CORES: u64 = 8;
const SERIES: u64 = HOSTS * CORES;
const VALUES: u64 = 1_000;
/// How far back the times begin: they advance faster than a clock, and lie in the past all the same.
const BACK_MS: u64 = 3_600_000;

/// Numbered lines with two tags and one field. One after the other goes through all series; then the time advances by a
/// millisecond. So no two have series and time in common, and none overwrites another.
///
/// Made of parts that are prepared: the load generator shares the machine with who is measured.
pub(super) struct Lines {
    series: Vec<String>,
    values: Vec<String>,
    first_ms: u64,
}

impl Lines {
    /// Lines from an hour ago on.
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        Self::starting_at(u64::try_from(now).unwrap_or(u64::MAX).saturating_sub(BACK_MS))
    }

    fn starting_at(first_ms: u64) -> Self {
        let series = |number: u64| format!("{MEASUREMENT},host=host-{},core={} value=", number / CORES, number % CORES);
        let value = |number: u64| format!("{}.{} ", number * 37 % 100, number % 10);
        Self { series: (0..SERIES).map(series).collect(), values: (0..VALUES).map(value).collect(), first_ms }
    }

    /// Replaces a text by these lines.
    pub(super) fn write(&self, numbers: std::ops::Range<u64>, text: &mut String) {
        text.clear();
        let (mut step, mut time) = (u64::MAX, String::new());
        for number in numbers {
            if number / SERIES != step {
                step = number / SERIES;
                time = format!("{}\n", self.first_ms + step);
            }
            text.push_str(part(&self.series, number));
            text.push_str(part(&self.values, number));
            text.push_str(&time);
        }
    }
}

fn part(parts: &[String], number: u64) -> &str {
    let place = usize::try_from(number % parts.len() as u64).unwrap_or_default();
    parts.get(place).map_or("", String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn text(numbers: std::ops::Range<u64>) -> String {
        let mut text = String::new();
        Lines::starting_at(1_767_323_045_000).write(numbers, &mut text);
        text
    }

    #[test]
    fn a_line_is_measurement_tags_field_and_time() {
        assert_eq!(text(0..1), "cpu,host=host-0,core=0 value=0.0 1767323045000\n");
        assert_eq!(text(335..336), "cpu,host=host-1,core=7 value=95.5 1767323045002\n");
    }

    #[test]
    fn no_two_lines_have_series_and_time_in_common() {
        let text = text(0..10_000);
        let points: HashSet<_> = text.lines().map(|line| (line.split(' ').next(), line.split(' ').nth(2))).collect();
        assert_eq!(points.len(), 10_000);
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut() {
        assert_eq!(text(0..500), text(0..123) + &text(123..500));
    }
}
