//! Where a line ends: at the first line break that stands in no quoted text.

use memchr::{memchr, memchr_iter, memchr2};

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
    body: &'b [u8],
    at: usize,
    number: usize,
    /// Quoted text is followed no further than this from the start of its line.
    max_bytes: usize,
    /// Up to here lines end at line breaks alone: text that is never closed was looked for in vain.
    plain_until: usize,
}

impl<'b> Lines<'b> {
    pub(super) fn new(body: &'b [u8], max_bytes: usize) -> Self {
        Self { body, at: 0, number: 1, max_bytes, plain_until: 0 }
    }

    /// The line that starts `rest`, line breaks in quoted text included.
    fn whole_line(&mut self, rest: &'b [u8]) -> &'b [u8] {
        let line_break = memchr(b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..line_break).unwrap_or(rest);
        if line.first() == Some(&b'#') || self.at < self.plain_until || memchr(b'"', line).is_none() {
            return line;
        }
        match end_past_quotes(rest, line_break, self.max_bytes) {
            Some(end) => rest.get(..end).unwrap_or(rest),
            None => {
                self.plain_until = self.at.saturating_add(self.max_bytes);
                line
            }
        }
    }
}

impl<'b> Iterator for Lines<'b> {
    type Item = Line<'b>;

    fn next(&mut self) -> Option<Line<'b>> {
        while self.at < self.body.len() {
            let rest = self.body.get(self.at..).unwrap_or_default();
            let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
            self.at += blanks;
            let bytes = self.whole_line(rest.get(blanks..).unwrap_or_default());
            let first = self.number;
            let last = first + memchr_iter(b'\n', bytes).count();
            self.at += bytes.len() + 1;
            self.number = last + 1;
            let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
            if !bytes.is_empty() && !bytes.starts_with(b"#") {
                return Some(Line { first, last, bytes });
            }
        }
        None
    }
}

/// The end of the line that starts `body`, whose first line break is at `line_break`; `None` if it holds quoted text
/// that is not closed within `max_bytes`.
///
/// Quoted text opens with `="` among the fields, and the fields start after the first bare space.
fn end_past_quotes(body: &[u8], line_break: usize, max_bytes: usize) -> Option<usize> {
    let mut end = line_break;
    let Some(mut at) = bare(body, 0, end, b' ') else { return Some(end) };
    while let Some(equals) = bare(body, at, end, b'=') {
        at = equals + 1;
        if body.get(at) != Some(&b'"') {
            continue;
        }
        let close = closing_quote(body, at + 1, max_bytes)?;
        at = close + 1;
        if close > end {
            end = body.get(close..).and_then(|after| memchr(b'\n', after)).map_or(body.len(), |found| close + found);
        }
    }
    Some(end)
}

/// The first `wanted` byte in `from..to` that follows no backslash.
pub(super) fn bare(body: &[u8], from: usize, to: usize, wanted: u8) -> Option<usize> {
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
    #[test]
    fn time_is_linear_where_every_line_closes_one_text_and_opens_another() {
        // Looked at from any line, quoted text goes on for as long as one cares to follow it.
        let chain = "x \",f=\"\n".repeat(1 << 19);
        assert_eq!(Lines::new(chain.as_bytes(), 1 << 20).last().unwrap().last, 1 << 19);
    }
}
