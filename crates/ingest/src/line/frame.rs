//! Where a line ends: at the first line break that stands in no quoted text.

use memchr::{memchr, memchr2};

/// One line that is neither blank nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'b> {
    /// Its number, from 1.
    pub(super) first: usize,
    /// The number of its last line: later than `first` where quoted text holds line breaks.
    pub(super) last: usize,
    /// Its bytes without leading blanks and the final line break.
    pub(super) bytes: &'b [u8],
}

/// The lines of a body. Takes time linear in the body, whatever the body holds.
pub(super) struct Lines<'b> {
    rest: &'b [u8],
    number: usize,
    /// Quoted text is not followed further than this.
    max_bytes: usize,
}

impl<'b> Lines<'b> {
    pub(super) fn new(body: &'b [u8], max_bytes: usize) -> Self {
        Self { rest: body, number: 1, max_bytes }
    }
}

impl<'b> Iterator for Lines<'b> {
    type Item = Line<'b>;

    fn next(&mut self) -> Option<Line<'b>> {
        while !self.rest.is_empty() {
            let first = self.number;
            let blanks = self.rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            let body = self.rest.get(blanks..).unwrap_or_default();
            let line_break = memchr(b'\n', body).unwrap_or(body.len());
            let one = body.get(..line_break).unwrap_or(body);
            let comment = one.first() == Some(&b'#');
            let (bytes, last) = if comment || memchr(b'"', one).is_none() {
                (one, first)
            } else {
                let whole = body.get(..end_past_quotes(body, line_break, self.max_bytes)).unwrap_or(body);
                (whole, first + whole.iter().filter(|byte| **byte == b'\n').count())
            };
            self.rest = body.get(bytes.len() + 1..).unwrap_or_default();
            self.number = last + 1;
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            if !comment && !bytes.is_empty() {
                return Some(Line { first, last, bytes });
            }
        }
        None
    }
}

/// The end of the line that starts `body`, whose first line break is at `line_break`.
///
/// Quoted text opens with `="` among the fields, and the fields start after the first bare space. Text that is not
/// closed within `max_bytes` opens nothing: the line then ends at its first line break. That quote was the last one
/// in reach, so no later line looks as far again.
fn end_past_quotes(body: &[u8], line_break: usize, max_bytes: usize) -> usize {
    let mut end = line_break;
    let Some(mut at) = bare(body, 0, end, b' ') else { return end };
    while let Some(equals) = bare(body, at, end, b'=') {
        at = equals + 1;
        if body.get(at) != Some(&b'"') {
            continue;
        }
        let Some(close) = closing_quote(body, at + 1, max_bytes) else { return line_break };
        at = close + 1;
        if close > end {
            end = body.get(close..).and_then(|after| memchr(b'\n', after)).map_or(body.len(), |found| close + found);
        }
    }
    end
}

/// The first `wanted` byte in `from..to` that follows no backslash.
fn bare(body: &[u8], from: usize, to: usize, wanted: u8) -> Option<usize> {
    let mut from = from;
    loop {
        let found = from + memchr(wanted, body.get(from..to)?)?;
        if found.checked_sub(1).and_then(|before| body.get(before)) != Some(&b'\\') {
            return Some(found);
        }
        from = found + 1;
    }
}

fn closing_quote(body: &[u8], from: usize, max_bytes: usize) -> Option<usize> {
    let reach = body.get(..max_bytes).unwrap_or(body);
    let mut from = from;
    loop {
        let found = from + memchr2(b'"', b'\\', reach.get(from..)?)?;
        if reach.get(found) == Some(&b'"') {
            return Some(found);
        }
        from = found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str, expected: &[(usize, usize, &str)]) {
        let lines: Vec<_> = Lines::new(body.as_bytes(), 1_000)
            .map(|line| (line.first, line.last, std::str::from_utf8(line.bytes).unwrap()))
            .collect();
        assert_eq!(lines, expected, "{body:?}");
    }

    #[test]
    fn lines_end_at_line_breaks_outside_of_quoted_text() {
        check("", &[]);
        check("\n \n\r\n# m f=\"\n", &[]);
        check("a f=1\nb f=2", &[(1, 1, "a f=1"), (2, 2, "b f=2")]);
        check("a f=1\r\n\r\n  b f=2\r\n", &[(1, 1, "a f=1"), (3, 3, "b f=2")]);
        check("a f=\"x\ny\"\nb f=2", &[(1, 2, "a f=\"x\ny\""), (3, 3, "b f=2")]);
        check("a f=\"x\n\\\"\n\",g=\"\n\" 5\nb f=2", &[(1, 4, "a f=\"x\n\\\"\n\",g=\"\n\" 5"), (5, 5, "b f=2")]);
    }

    #[test]
    fn quotes_that_open_no_text_are_plain_characters() {
        check("a,t=\"x f=1\nb f=2", &[(1, 1, "a,t=\"x f=1"), (2, 2, "b f=2")]);
        check("a\\ b=\"x f=1\nb f=2", &[(1, 1, "a\\ b=\"x f=1"), (2, 2, "b f=2")]);
        check("a f\\=\"=1\nb f=2", &[(1, 1, "a f\\=\"=1"), (2, 2, "b f=2")]);
        check("a f=1\"\nb f=2", &[(1, 1, "a f=1\""), (2, 2, "b f=2")]);
    }

    #[test]
    fn text_without_end_costs_its_own_line_alone() {
        check("a f=\"x\nb f=2\nc f=3", &[(1, 1, "a f=\"x"), (2, 2, "b f=2"), (3, 3, "c f=3")]);
        check("a f=\"x\\", &[(1, 1, "a f=\"x\\")]);
        let far = format!("a f=\"{}\nb f=2", "x\n".repeat(1_000));
        assert_eq!(Lines::new(far.as_bytes(), 1_000).count(), 1_001);
    }
}
