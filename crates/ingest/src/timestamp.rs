//! Times as text: RFC 3339, and milliseconds as a decimal number.

use tideboard_model::Nanos;

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days from 0000-01-01 to 1970-01-01 in the Gregorian calendar run backwards.
const DAYS_TO_1970: i64 = 719_528;

/// Reads a time as RFC 3339 writes it. Digits below nanoseconds are dropped; a leap second counts as the second after.
///
/// The refusal says what the text lacks.
pub(crate) fn rfc3339(text: &str) -> Result<Nanos, &'static str> {
    const SHAPE: &str = "expected a time such as `2026-01-02T03:04:05.678Z`";
    let mut rest = Rest(text.as_bytes());
    let date = rest.date().ok_or(SHAPE)?;
    rest.one_of(b"Tt ").ok_or("the time of day is missing: expected a time such as `2026-01-02T03:04:05Z`")?;
    let (hour, minute, second, nanos) = rest.time_of_day().ok_or(SHAPE)?;
    if rest.0.is_empty() {
        return Err("the time zone is missing: end with `Z` or an offset such as `+02:00`");
    }
    let offset_seconds = rest.offset().filter(|_| rest.0.is_empty()).ok_or(SHAPE)?;
    let days = days_since_1970(date).ok_or("there is no such day in the calendar")?;
    if hour > 23 || minute > 59 || second > 60 {
        return Err("there is no such time of day");
    }
    let seconds = days * SECONDS_PER_DAY + hour * 3_600 + minute * 60 + second - offset_seconds;
    // Leap seconds are inserted at the end of a day in UTC, nowhere else.
    if second == 60 && seconds.rem_euclid(SECONDS_PER_DAY) != 0 {
        return Err("there is no such time of day");
    }
    let whole = seconds.checked_mul(NANOS_PER_SECOND).and_then(|whole| whole.checked_add(nanos));
    whole.map(Nanos).ok_or("the time lies outside the years 1970 to 2262")
}

fn days_since_1970((year, month, day): (i64, i64, i64)) -> Option<i64> {
    const BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    let before = BEFORE_MONTH.get(usize::try_from(month.checked_sub(1)?).ok()?)?;
    if day < 1 || day > length {
        return None;
    }
    // Leap days of the years before this one, the year 0 being one of them.
    let past = year - 1;
    let leap_days = past.div_euclid(4) - past.div_euclid(100) + past.div_euclid(400) + 1;
    let leap_day_passed = i64::from(leap && month > 2);
    Some(year * 365 + leap_days + before + leap_day_passed + day - 1 - DAYS_TO_1970)
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn one_of(&mut self, allowed: &[u8]) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        allowed.contains(first).then(|| {
            self.0 = rest;
            *first
        })
    }

    fn digits(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
    }

    fn date(&mut self) -> Option<(i64, i64, i64)> {
        let year = self.digits(4)?;
        self.one_of(b"-")?;
        let month = self.digits(2)?;
        self.one_of(b"-")?;
        Some((year, month, self.digits(2)?))
    }

    /// Hour, minute, second, nanoseconds.
    fn time_of_day(&mut self) -> Option<(i64, i64, i64, i64)> {
        let hour = self.digits(2)?;
        self.one_of(b":")?;
        let minute = self.digits(2)?;
        self.one_of(b":")?;
        let second = self.digits(2)?;
        let nanos = if self.one_of(b".").is_some() { self.fraction()? } else { 0 };
        Some((hour, minute, second, nanos))
    }

    fn fraction(&mut self) -> Option<i64> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at_checked(count).filter(|_| count > 0)?;
        self.0 = rest;
        Some(scaled(digits, 9))
    }

    fn offset(&mut self) -> Option<i64> {
        let sign = match self.one_of(b"Zz+-")? {
            b'+' => 1,
            b'-' => -1,
            _ => return Some(0),
        };
        let hours = self.digits(2)?;
        self.one_of(b":")?;
        let minutes = self.digits(2)?;
        (hours < 24 && minutes < 60).then_some(sign * (hours * 3_600 + minutes * 60))
    }
}

/// The digits after a decimal point, in units of the `places`-th; those beyond are dropped.
fn scaled(digits: &[u8], places: usize) -> i64 {
    let padded = digits.iter().copied().chain(std::iter::repeat(b'0')).take(places);
    padded.fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'))
}

/// Reads milliseconds since 1970 from the text of a JSON number; fractions are kept to the nanosecond.
///
/// `None` if the instant does not fit [`Nanos`].
pub(crate) fn millis(number: &str) -> Option<Nanos> {
    const NANOS_PER_MILLI: i64 = 1_000_000;
    if number.contains(['e', 'E']) {
        let nanos = (number.parse::<f64>().ok()? * NANOS_PER_MILLI as f64).round();
        return (nanos.abs() < i64::MAX as f64).then_some(Nanos(nanos as i64));
    }
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let fraction = scaled(fraction.as_bytes(), 6);
    let fraction = if whole.starts_with('-') { -fraction } else { fraction };
    whole.parse::<i64>().ok()?.checked_mul(NANOS_PER_MILLI)?.checked_add(fraction).map(Nanos)
}

#[cfg(test)]
mod tests;
