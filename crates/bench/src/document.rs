//! Documents with places that a program fills in.

/// The document with this between `<!-- name:begin -->` and `<!-- name:end -->`; nothing if it has no such place.
pub(crate) fn filled(document: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- {name}:begin -->\n"), format!("<!-- {name}:end -->"));
    let (before, rest) = document.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}{text}{end}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_changes() {
        let document = "a\n<!-- t:begin -->\nold\n<!-- t:end -->\nb\n";
        assert_eq!(filled(document, "t", "new\n").unwrap(), "a\n<!-- t:begin -->\nnew\n<!-- t:end -->\nb\n");
        assert_eq!(filled(document, "u", "new\n"), None);
    }
}
