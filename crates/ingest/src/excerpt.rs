//! Short, safe quotations of what was sent, for messages.

/// Longest excerpt of a refused line, in characters.
const EXCERPT_CHARS: usize = 120;
/// Longest quotation inside a sentence, in characters.
const QUOTE_CHARS: usize = 60;

/// The start of a text, at most 120 characters; the last is `…` if something was left out. Bytes that are no UTF-8
/// become U+FFFD.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    shorten(bytes, EXCERPT_CHARS)
}

/// A text for use inside a sentence: in backquotes, short, control characters made visible.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::from("`");
    for c in shorten(text.as_bytes(), QUOTE_CHARS).chars() {
        if c.is_control() { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    quoted.push('`');
    quoted
}

fn shorten(bytes: &[u8], max_chars: usize) -> String {
    // Four bytes hold any character, so this prefix decides, however long the text is.
    let prefix = bytes.get(..max_chars.saturating_add(1).saturating_mul(4)).unwrap_or(bytes);
    let lossy = String::from_utf8_lossy(prefix);
    if lossy.chars().nth(max_chars).is_none() {
        return lossy.into_owned();
    }
    lossy.chars().take(max_chars.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excerpts_are_short_and_valid_text() {
        assert_eq!(excerpt(b"m v=1"), "m v=1");
        assert_eq!(excerpt(b"a\xffb"), "a\u{fffd}b");
        let exact = "ö".repeat(120);
        assert_eq!(excerpt(exact.as_bytes()), exact);
        let long = excerpt("💧".repeat(5_000).as_bytes());
        assert_eq!(long.chars().count(), 120);
        assert!(long.ends_with("💧…"));
    }

    #[test]
    fn quotes_show_control_characters() {
        assert_eq!(quote("a\nb\0"), r"`a\nb\u{0}`");
    }
}
