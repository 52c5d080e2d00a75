//! A frame taken apart: its head without its parts, which are long, or both.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::error::{BenchError, unexpected};

/// What a frame says of itself.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Head {
    /// Its number.
    pub(crate) seq: u64,
    /// Other messages of it follow.
    #[serde(default)]
    pub(crate) more: bool,
    /// The server's clock at sending, in ms.
    pub(crate) now: i64,
    /// When its newest event was accepted, in ms.
    pub(crate) accepted: Option<i64>,
    /// Where it starts.
    #[serde(default)]
    pub(crate) from: BTreeMap<String, Option<String>>,
    /// How many messages it came in, if several.
    pub(crate) messages: Option<u64>,
    /// Where it leads to.
    #[serde(default)]
    pub(crate) to: BTreeMap<String, String>,
}

/// A part of a frame. Rows are read by who keeps cells.
#[derive(Debug, Deserialize)]
pub(crate) struct Part {
    /// The view it changes.
    pub(crate) view: String,
    pub(super) window: Option<(i64, i64)>,
    /// Why the view is replaced, if it is.
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(super) removed: Vec<Value>,
    pub(super) replace: Option<Box<RawValue>>,
    pub(crate) diff: Option<Box<RawValue>>,
}

/// The head of a frame; its parts are not looked into.
pub(crate) fn head(text: &str) -> Result<Head, BenchError> {
    Ok(serde_json::from_str(&halves(text)?.0)?)
}

/// A frame's head and parts.
pub(crate) fn split(text: &str) -> Result<(Head, Vec<Part>), BenchError> {
    let (head, parts) = halves(text)?;
    Ok((serde_json::from_str(&head)?, serde_json::from_str(parts)?))
}

/// The parts come last.
fn halves(text: &str) -> Result<(String, &str), BenchError> {
    let halves = text.trim_end().strip_suffix('}').and_then(|text| text.split_once("\"parts\":"));
    let Some((head, parts)) = halves else { return unexpected(format!("a frame without parts at its end: {text}")) };
    Ok((format!("{}}}", head.trim_end().trim_end_matches(',')), parts))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_without_its_parts() {
        let text = r#"{"seq":3,"now":7,"accepted":6,"from":{"s":"a"},"to":{"s":"b"},"parts":[{"view":"0","diff":[]}]}"#;
        let head = head(text).unwrap();
        assert_eq!((head.seq, head.more, head.now, head.accepted), (3, false, 7, Some(6)));
        assert_eq!(head.to["s"], "b");
        assert_eq!(split(text).unwrap().1.len(), 1);
        assert!(super::head("{\"seq\":3}").is_err());
    }
}
