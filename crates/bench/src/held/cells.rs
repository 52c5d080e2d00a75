//! The cells of one view.

use std::collections::{BTreeMap, VecDeque};

use serde_json::Value;
use serde_json::value::RawValue;

use super::frame::Part;
use crate::error::BenchError;

/// The cells of a view: rows by their keys, or the last events.
#[derive(Debug)]
pub(super) enum Cells {
    /// Values per measure by group and bucket.
    Series(BTreeMap<(String, i64), Vec<Value>>),
    /// Values by group.
    Table(BTreeMap<String, Value>),
    /// The last events, so many at most.
    Feed(VecDeque<Value>, usize),
}

/// What a view shows, to be compared.
#[derive(Debug, PartialEq)]
pub(super) enum Shown<'a> {
    Series(Vec<(&'a (String, i64), &'a Vec<Value>)>),
    Table(&'a BTreeMap<String, Value>),
    Feed(&'a VecDeque<Value>),
}

impl Cells {
    pub(super) fn new(query: &Value) -> Self {
        match query.get("shape").and_then(Value::as_str) {
            Some("series") => Self::Series(BTreeMap::new()),
            Some("feed") => {
                let limit = query.get("limit").and_then(Value::as_u64).unwrap_or(50);
                Self::Feed(VecDeque::new(), usize::try_from(limit).unwrap_or(usize::MAX))
            }
            _ => Self::Table(BTreeMap::new()),
        }
    }

    /// Applies a part; `width` is that of a bucket in ms.
    pub(super) fn take(&mut self, part: &Part, width: i64) -> Result<(), BenchError> {
        let rows = part.replace.as_deref().or(part.diff.as_deref()).map_or("[]", RawValue::get);
        match self {
            Self::Series(cells) => {
                if part.replace.is_some() {
                    cells.clear();
                }
                let rows: Vec<(Value, Vec<i64>, Vec<Vec<Value>>)> = serde_json::from_str(rows)?;
                for (group, buckets, columns) in rows {
                    for (index, bucket) in buckets.into_iter().enumerate() {
                        let values = columns.iter().filter_map(|column| column.get(index).cloned()).collect();
                        cells.insert((group.to_string(), bucket), values);
                    }
                }
                if let Some((from, _)) = part.window {
                    cells.retain(|(_, bucket), _| bucket * width >= from);
                }
            }
            Self::Table(cells) => {
                if part.replace.is_some() {
                    cells.clear();
                }
                let rows: Vec<(Value, Value)> = serde_json::from_str(rows)?;
                cells.extend(rows.into_iter().map(|(group, values)| (group.to_string(), values)));
                part.removed.iter().for_each(|group| drop(cells.remove(&group.to_string())));
            }
            Self::Feed(events, limit) => {
                if part.replace.is_some() {
                    events.clear();
                }
                events.extend(serde_json::from_str::<Vec<Value>>(rows)?);
                events.drain(..events.len().saturating_sub(*limit));
            }
        }
        Ok(())
    }

    /// What is shown from an instant on.
    pub(super) fn shown(&self, from: Option<i64>, width: i64) -> Shown<'_> {
        match self {
            Self::Series(cells) => {
                let from = from.unwrap_or(i64::MIN);
                Shown::Series(cells.iter().filter(|((_, bucket), _)| bucket * width >= from).collect())
            }
            Self::Table(cells) => Shown::Table(cells),
            Self::Feed(events, _) => Shown::Feed(events),
        }
    }
}
