//! Compares what a viewer holds with what was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tideboard_model::{QuerySpec, RangeSpec, ShapeSpec};

use crate::event::Event;
use crate::expect;
use crate::held::{Held, View};

/// A window that follows the clock, and was told just now, may lag behind it by this much, in ms.
const WINDOW_LAG_MS: i64 = 20_000;
/// A range so wide, in ms, holds all times that events are given.
const WIDE_MS: i64 = 20 * 3_600_000;
/// Differences that are told; more say nothing new.
const TOLD: usize = 6;

/// What must be the case when all is quiet.
pub(crate) struct Judge<'a> {
    /// What was acknowledged.
    pub(crate) events: &'a [Event],
    /// What a viewer holds that has only just come; nothing yet while it is itself judged.
    pub(crate) fresh: Option<&'a Held>,
}

impl Judge<'_> {
    /// What is wrong with what a viewer holds; empty if nothing is.
    pub(crate) fn differences(&self, held: &Held) -> Vec<String> {
        let mut wrong = Vec::new();
        for (id, view) in &held.views {
            let mut found = match view.query.shape {
                ShapeSpec::Feed => self.feed(view),
                ShapeSpec::Series | ShapeSpec::Table => self.cells(view),
            };
            if !found.is_empty() {
                let query = serde_json::to_string(&view.query).unwrap_or_default();
                let more = found.len().saturating_sub(TOLD);
                found.truncate(TOLD);
                wrong.push(format!("`{id}` {query}, window {:?}:", view.window));
                wrong.extend(found.into_iter().map(|line| format!("    {line}")));
                if more > 0 {
                    wrong.push(format!("    and {more} more"));
                }
            }
        }
        wrong.extend(self.position(held));
        wrong
    }

    /// Who watches all of a stream stands where a fresh viewer does. Others may stand behind: what came since was none of
    /// their business.
    fn position(&self, held: &Held) -> Vec<String> {
        let Some(fresh) = self.fresh else { return Vec::new() };
        let all = held.views.values().filter(|view| view.query.filters.is_empty() && view.query.range.is_none_or(wide));
        let stands = all.filter_map(|view| {
            let stream = &view.query.stream;
            let (held, due) = (held.position.get(stream)?, fresh.position.get(stream)?);
            (held != due).then(|| format!("it stands at {held} in `{stream}`, a fresh viewer at {due}"))
        });
        stands.collect()
    }

    fn cells(&self, view: &View) -> Vec<String> {
        let Some(window) = view.window else {
            let empty = view.cells.is_empty() && !self.events.iter().any(|event| event.stream == view.query.stream);
            return if view.told && empty { Vec::new() } else { vec!["it was told no window".to_owned()] };
        };
        let mut wrong = Vec::from_iter(window_fault(&view.query, window, self.fresh.is_none()));
        wrong.extend(self.cells_in(view, window));
        // While nothing changes but the window, nobody need be told: then it holds what is due in the window of now, too.
        // (A series shows nothing after the window it knows.)
        let fresh = self.fresh.and_then(|fresh| fresh.views.values().find(|other| other.query == view.query));
        if let Some((from, to)) = fresh.and_then(|fresh| fresh.window).filter(|later| later.1 > window.1) {
            let later = if view.query.shape == ShapeSpec::Series { (from, window.1) } else { (from, to) };
            wrong.extend(self.cells_in(view, later).into_iter().map(|line| format!("{line} in the window {later:?}")));
        }
        wrong
    }

    /// Compares cells with what is due in a window. Buckets of a series that lie before it are not looked at.
    fn cells_in(&self, view: &View, window: (i64, i64)) -> Vec<String> {
        let width = view.query.bucket.filter(|_| view.query.shape == ShapeSpec::Series);
        let shown = |bucket: i64| width.is_none_or(|width| bucket * width >= window.0);
        let due = expect::cells(&view.query, self.events, window, view.ahead);
        let keys: BTreeSet<_> = due.keys().chain(view.cells.keys().filter(|(_, bucket)| shown(*bucket))).collect();
        let mut wrong = Vec::new();
        for key in keys {
            match (due.get(key), view.cells.get(key)) {
                (Some(due), None) => wrong.push(format!("{key:?}: missing, should be {due:?}")),
                (None, Some(held)) => wrong.push(format!("{key:?}: {held:?}, should not be there")),
                (Some(due), Some(held)) => {
                    let fine = due.len() == held.len() && due.iter().zip(held).all(|(due, held)| due.allows(*held));
                    if !fine {
                        wrong.push(format!("{key:?}: {held:?}, should be {due:?}"));
                    }
                }
                (None, None) => {}
            }
        }
        wrong
    }

    /// A feed: the last events, each as it was sent; of every producer the last ones in their order. In which order
    /// producers follow each other is known to the log alone, so it must be the same for all.
    fn feed(&self, view: &View) -> Vec<String> {
        let mut sent: BTreeMap<String, Vec<&Event>> = BTreeMap::new();
        for event in self.events.iter().filter(|event| expect::matches(&view.query, event)) {
            sent.entry(event.producer()).or_default().push(event);
        }
        let total: usize = sent.values().map(Vec::len).sum();
        let mut wrong = Vec::new();
        let due = total.min(view.query.limit.unwrap_or(50) as usize);
        if view.feed.len() != due {
            wrong.push(format!("{} events, should be {due}", view.feed.len()));
        }
        let mut shown: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
        for event in &view.feed {
            let who = event.pointer("/tags/who").and_then(Value::as_str).unwrap_or_default();
            shown.entry(who.to_owned()).or_default().push(event);
        }
        for (who, shown) in shown {
            let sent = sent.get(&who).map(Vec::as_slice).unwrap_or_default();
            let last = sent.get(sent.len().saturating_sub(shown.len())..).unwrap_or_default();
            let due: Vec<_> = last.iter().map(|event| plain(&event.shown())).collect();
            let held: Vec<_> = shown.into_iter().map(plain).collect();
            if due != held {
                let names = |events: &[Value]| {
                    let names: Vec<_> =
                        events.iter().filter_map(|event| event.pointer("/fields/n")?.as_f64()).collect();
                    format!("{names:?}")
                };
                wrong.push(format!("of {who} it shows {}, should be {}", names(&held), names(&due)));
            }
        }
        let fresh = self.fresh.and_then(|fresh| fresh.views.values().find(|other| other.query == view.query));
        if fresh.is_some_and(|fresh| fresh.feed != view.feed) {
            wrong.push("not in the order in which a fresh viewer has it".to_owned());
        }
        wrong
    }
}

/// Whether every event changes something in a range.
fn wide(range: RangeSpec) -> bool {
    matches!(range, RangeSpec::Between { from, to } if to - from >= WIDE_MS)
}

/// Whether a window is one that the query's range can have; `now`: at this moment.
fn window_fault(query: &QuerySpec, (from, to): (i64, i64), now: bool) -> Option<String> {
    let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let clock = i64::try_from(clock).unwrap_or_default();
    let fault = match query.range? {
        RangeSpec::Between { from: first, to: last } => from > first || to < last,
        RangeSpec::Last { last } => to - from < last || (now && to < clock - WINDOW_LAG_MS),
    };
    fault.then(|| format!("the window [{from}, {to}) cannot be the range's at {clock}"))
}

/// Numbers as floats throughout: languages differ in whether `40` and `40.0` are told apart.
pub(crate) fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(members) => members.iter().map(|(name, value)| (name.clone(), plain(value))).collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}
