//! Values of fields that stand without quotes: numbers and booleans.

use tideboard_model::FieldValue;

/// Reads a number or a boolean. The refusal reads on from "has the value …,".
pub(super) fn read(text: &str) -> Result<FieldValue, &'static str> {
    match text {
        "t" | "T" | "true" | "True" | "TRUE" => return Ok(FieldValue::Bool(true)),
        "f" | "F" | "false" | "False" | "FALSE" => return Ok(FieldValue::Bool(false)),
        _ => {}
    }
    if let Some(digits) = text.strip_suffix('i') {
        if is_integer(digits) {
            let too_large = "which does not fit a signed 64-bit integer: send it as a float, without the `i`";
            return integer(digits).map(FieldValue::Int).ok_or(too_large);
        }
    } else if let Some(digits) = text.strip_suffix('u') {
        if is_integer(digits) {
            return unsigned(digits);
        }
    } else if text.bytes().any(|byte| byte.is_ascii_digit()) {
        if let Some(float) = text.parse().ok().map(FieldValue::float) {
            return float.map_err(|_infinite| "which is too large for a 64-bit float");
        }
    } else if text.parse::<f64>().is_ok() {
        return Err("but a number must be finite: leave the field out where there is no value");
    }
    Err("which is neither number nor boolean: put text in double quotes")
}

fn unsigned(digits: &str) -> Result<FieldValue, &'static str> {
    if digits.starts_with('-') {
        return Err("but `u` marks a number without sign: mark it with `i`");
    }
    let too_large = "which does not fit: unsigned integers are kept up to 9223372036854775807, send it as a float";
    integer(digits).map(FieldValue::Int).ok_or(too_large)
}

/// A whole number that fits 64 bits, without a plus sign.
pub(super) fn integer(text: &str) -> Option<i64> {
    if is_integer(text) { text.parse().ok() } else { None }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn float(value: f64) -> Result<FieldValue, &'static str> {
        Ok(FieldValue::Float(value))
    }

    #[test]
    fn values_are_read_by_their_form() {
        for (text, expected) in [
            ("1", float(1.0)),
            ("-1.5", float(-1.5)),
            ("-0", float(0.0)),
            ("1.", float(1.0)),
            (".5", float(0.5)),
            ("+2", float(2.0)),
            ("1e3", float(1000.0)),
            ("1.5E-2", float(0.015)),
            ("0.1", float(0.1)),
            ("9007199254740993", float(9_007_199_254_740_992.0)),
            ("9007199254740993i", Ok(FieldValue::Int(9_007_199_254_740_993))),
            ("-9223372036854775808i", Ok(FieldValue::Int(i64::MIN))),
            ("0i", Ok(FieldValue::Int(0))),
            ("9223372036854775807u", Ok(FieldValue::Int(i64::MAX))),
            ("t", Ok(FieldValue::Bool(true))),
            ("TRUE", Ok(FieldValue::Bool(true))),
            ("False", Ok(FieldValue::Bool(false))),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn refusals_name_what_is_wrong() {
        for (text, expected) in [
            ("9223372036854775808i", "does not fit a signed"),
            ("9223372036854775808u", "unsigned integers are kept up to"),
            ("18446744073709551616u", "unsigned integers are kept up to"),
            ("-1u", "without sign"),
            ("1e999", "too large for a 64-bit float"),
            ("NaN", "must be finite"),
            ("-inf", "must be finite"),
            ("infinity", "must be finite"),
            ("hello", "put text in double quotes"),
            ("tRUE", "put text in double quotes"),
            ("i", "put text in double quotes"),
            ("1.5i", "put text in double quotes"),
            ("+1i", "put text in double quotes"),
            ("1_000", "put text in double quotes"),
            ("0x10", "put text in double quotes"),
            ("21°C", "put text in double quotes"),
        ] {
            let reason = read(text).expect_err(text);
            assert!(reason.contains(expected), "{text}: {reason}");
        }
    }
}
