//! Numbers as people read them.

/// Large numbers without decimals, small ones with as many as tell something.
pub(crate) fn number(value: f64) -> String {
    if value.abs() >= 100.0 || value == value.trunc() {
        format!("{value:.0}")
    } else if value.abs() >= 1.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.3}")
    }
}

/// A whole number with a comma before every three digits.
pub(crate) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// As [`number`], with three digits that tell something and commas: for tables.
pub(crate) fn short(value: f64) -> String {
    if value >= 1_000.0 {
        grouped(value)
    } else if value.abs() >= 10.0 && value != value.trunc() && value.abs() < 100.0 {
        format!("{value:.1}")
    } else {
        number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_tell_something() {
        for (value, text) in [(61_234.5, "61234"), (5.0, "5"), (12.345, "12.35"), (0.1234, "0.123")] {
            assert_eq!(number(value), text);
        }
        for (value, text) in [(61_234.5, "61,234"), (5.0, "5"), (12.345, "12.3"), (1.234, "1.23"), (-2.5, "-2.50")] {
            assert_eq!(short(value), text);
        }
    }
}
