//! Trouble with JSON as such, in the words of messages.

use crate::BodyError;

/// Where the parser stopped in a document.
pub(super) fn malformed(text: &str, error: &serde_json::Error, reason: String) -> BodyError {
    let (line, column) = (error.line(), error.column());
    let before: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let offset = (before + column.saturating_sub(1)).min(text.len());
    BodyError::Syntax { reason, line, column, offset }
}

/// Trouble at a byte of a document.
pub(super) fn syntax_at(body: &[u8], offset: usize, reason: String) -> BodyError {
    let before = body.get(..offset).unwrap_or(body);
    let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    BodyError::Syntax { reason, line, column: offset - line_start + 1, offset }
}

/// The parser's words without the place that it appends: the caller says where.
pub(super) fn bare(error: &serde_json::Error) -> String {
    let whole = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    whole.strip_suffix(&place).unwrap_or(&whole).to_owned()
}
