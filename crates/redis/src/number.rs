//! Numbers as text. Lua counts in doubles, so times and proofs are never numbers there: they are compared as text.

const SIGN: u64 = 1 << 63;

/// Sixteen digits whose order as text is the order of the numbers.
pub(crate) fn ordered(number: i64) -> String {
    format!("{:016x}", number.cast_unsigned() ^ SIGN)
}

/// The inverse of [`ordered`].
pub(crate) fn from_ordered(text: &str) -> Option<i64> {
    Some((from_hex(text)? ^ SIGN).cast_signed())
}

/// Sixteen digits.
pub(crate) fn hex(number: u64) -> String {
    format!("{number:016x}")
}

/// The inverse of [`hex`].
pub(crate) fn from_hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_in_the_order_of_the_numbers() {
        let numbers = [i64::MIN, i64::MIN + 1, -256, -1, 0, 1, 15, 16, 1 << 53, (1 << 53) + 1, i64::MAX];
        let texts = numbers.map(ordered);
        assert!(texts.is_sorted_by(|one, two| one < two), "{texts:?}");
        assert_eq!(texts.map(|text| from_ordered(&text).unwrap()), numbers);
    }
}
