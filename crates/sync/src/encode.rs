//! From what changed in a view to JSON: once for all viewers that make the same move.

use std::collections::BTreeMap;
use std::sync::Arc;

use tideboard_live::{Delta, Rows, Standing, View, ViewId};
use tideboard_model::{FieldValue, Fields, Millis, Tags};

use crate::session::{Held, Known, Made};
use crate::wire::{Change, FeedEvent, FeedValue, Reason, Row};

/// Integers up to here are exact in every JSON reader.
const EXACT_INTEGER: i64 = 1 << 53;

/// Parts already encoded in this round: the views must not move while it is in use.
///
/// A part is kept in pieces no longer than asked for, where its rows allow: the first may be a `replace`, the others are
/// `diff`s, so that applied in order they make up the whole.
///
/// Viewers that hold the same are told the same: their frames are kept too, by the value that they share.
#[derive(Debug)]
pub struct Encoder {
    piece_max_bytes: usize,
    parts: BTreeMap<Move, Option<Arc<Pieces>>>,
    /// By the address of what is held, which is kept so that no other value gets it.
    frames: BTreeMap<usize, (Arc<Held>, Arc<Made>)>,
    known: Known,
}

/// What is told of a view, and from where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Move {
    pub(crate) view: ViewId,
    pub(crate) from: From,
}

/// Where a viewer's cells stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum From {
    /// There, if the view knows what changed since.
    Standing(Standing),
    /// Nowhere that counts.
    Scratch(Reason),
}

/// The pieces of one part, each a JSON object that still lacks the viewer's name for the view.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) json: Vec<String>,
    /// Nothing but the window moved: it is told along with the next frame that moves the stream, not for its own sake.
    pub(crate) window_only: bool,
}

impl Encoder {
    /// An encoder that splits parts into pieces of about `piece_max_bytes`.
    #[must_use]
    pub fn new(piece_max_bytes: usize) -> Self {
        Self { piece_max_bytes, parts: BTreeMap::new(), frames: BTreeMap::new(), known: Known::default() }
    }

    /// Forgets all parts and frames: call it whenever views have moved.
    pub fn clear(&mut self) {
        self.parts.clear();
        self.frames.clear();
        self.known.tidy();
    }

    /// What others that hold this were told, if it was made in this round.
    pub(crate) fn made(&self, held: &Arc<Held>) -> Option<Arc<Made>> {
        self.frames.get(&address(held)).map(|(_, made)| Arc::clone(made))
    }

    /// Keeps what was made for whoever holds this, if others may.
    pub(crate) fn note(&mut self, held: &Arc<Held>, made: &Arc<Made>) {
        if Arc::strong_count(held) > 1 && held.is_settled() {
            self.frames.insert(address(held), (Arc::clone(held), Arc::clone(made)));
        }
    }

    /// The one value for all that hold this.
    pub(crate) fn shared(&mut self, held: Held) -> Arc<Held> {
        self.known.shared(held)
    }

    /// The part for a move; `None` if nothing changed.
    pub(crate) fn part(&mut self, view: &View, the_move: Move) -> Option<Arc<Pieces>> {
        if let Some(part) = self.parts.get(&the_move) {
            return part.clone();
        }
        let part = change(view, the_move.from).map(|change| {
            let window_only = change.removed.is_empty() && change.diff.as_ref().is_some_and(Vec::is_empty);
            let mut json = Vec::new();
            split(change, self.piece_max_bytes, &mut json);
            Arc::new(Pieces { json, window_only })
        });
        self.parts.insert(the_move, part.clone());
        part
    }
}

fn address(held: &Arc<Held>) -> usize {
    Arc::as_ptr(held).addr()
}

/// Below this many values a difference is sent even if the whole is shorter: the viewer keeps its cells.
const WORTH_COMPARING: usize = 64;

fn change(view: &View, from: From) -> Option<Change> {
    let standing = match from {
        From::Scratch(reason) => return Some(replace(view, reason)),
        From::Standing(standing) => standing,
    };
    let delta = match view.since(standing) {
        Ok(delta) => delta,
        Err(tideboard_live::Behind::Floor) => return Some(replace(view, Reason::Floor)),
        Err(tideboard_live::Behind::Window) => return Some(replace(view, Reason::Window)),
    };
    // A viewer that moves must know up to which window it holds everything, or its claim would say too much.
    if delta.is_empty() && delta.window == standing.window {
        return None;
    }
    if delta.weight() > WORTH_COMPARING && view.whole().weight() < delta.weight() {
        return Some(replace(view, Reason::Smaller));
    }
    let told = standing.window;
    let window = delta.window.filter(|window| Some(*window) != told).and_then(|window| view.window_millis(window));
    let skipped = (delta.skipped != Some(0)).then_some(delta.skipped);
    let removed = delta.removed.iter().map(group).collect();
    Some(Change { reason: None, window, skipped, removed, replace: None, diff: Some(rows(&delta)) })
}

fn replace(view: &View, reason: Reason) -> Change {
    let whole = view.whole();
    let window = whole.window.and_then(|window| view.window_millis(window));
    let feed = matches!(whole.rows, Rows::Feed(_));
    let skipped = (feed && reason != Reason::New).then_some(None);
    Change { reason: Some(reason), window, skipped, removed: Vec::new(), replace: Some(rows(&whole)), diff: None }
}

fn group(group: &tideboard_live::Group) -> Vec<Option<String>> {
    group.iter().map(|value| value.as_deref().map(str::to_owned)).collect()
}

fn rows(delta: &Delta) -> Vec<Row> {
    match &delta.rows {
        Rows::Series(rows) => {
            rows.iter().map(|row| Row::Series(group(&row.group), row.panes.clone(), row.values.clone())).collect()
        }
        Rows::Table(rows) => rows.iter().map(|row| Row::Table(group(&row.group), row.values.clone())).collect(),
        Rows::Feed(items) => {
            items.iter().map(|item| Row::Feed(feed_event(item.millis(), &item.tags, &item.fields))).collect()
        }
    }
}

/// An event as feeds show it, tail and complete alike.
pub(crate) fn feed_event(time: Millis, tags: &Tags, fields: &Fields) -> FeedEvent {
    let value = |value: &FieldValue| match value {
        FieldValue::Float(value) => FeedValue::Number(*value),
        FieldValue::Int(value) if (-EXACT_INTEGER..=EXACT_INTEGER).contains(value) => FeedValue::Int(*value),
        FieldValue::Int(value) => FeedValue::Text(value.to_string()),
        FieldValue::Bool(value) => FeedValue::Bool(*value),
        FieldValue::Text(value) => FeedValue::Text(value.as_ref().to_owned()),
    };
    FeedEvent {
        time: time.0,
        tags: tags.iter().map(|(tag, value)| (tag.to_string(), value.as_ref().to_owned())).collect(),
        fields: fields.iter().map(|(field, of)| (field.to_string(), value(of))).collect(),
    }
}

/// Cuts a change until its pieces are short enough or have nothing left to cut.
fn split(change: Change, max_bytes: usize, pieces: &mut Vec<String>) {
    // Wire types are maps with text keys and finite numbers: encoding them cannot fail.
    let Ok(text) = serde_json::to_string(&change) else { return };
    // Into as many as there must be, at once: each cut encodes everything once more.
    let least = text.len().div_ceil(max_bytes.max(1));
    if least <= 1 {
        pieces.push(text);
        return;
    }
    match cut(change, least) {
        Some(parts) => parts.into_iter().for_each(|part| split(part, max_bytes, pieces)),
        None => pieces.push(text),
    }
}

/// A change in about so many changes, two at least, one after the other; `None` if it has nothing to cut.
fn cut(mut change: Change, pieces: usize) -> Option<Vec<Change>> {
    let rows = change.replace.as_mut().or(change.diff.as_mut())?;
    let mut rest = match rows.as_mut_slice() {
        [] => return None,
        [Row::Series(group, buckets, values)] if buckets.len() > 1 => {
            let length = buckets.len().div_ceil(pieces.max(2));
            let mut later = Vec::new();
            while buckets.len() > length {
                let at = (buckets.len() - 1) / length * length;
                let columns = values.iter_mut().map(|column| column.split_off(at)).collect();
                later.push(vec![Row::Series(group.clone(), buckets.split_off(at), columns)]);
            }
            later
        }
        [_] => return None,
        [_, _, ..] => {
            let length = rows.len().div_ceil(pieces.max(2));
            let mut later = Vec::new();
            while rows.len() > length {
                later.push(rows.split_off((rows.len() - 1) / length * length));
            }
            later
        }
    };
    // They were cut off from the end.
    rest.reverse();
    let rest = rest.into_iter().map(|rows| Change { diff: Some(rows), ..Change::default() });
    Some(std::iter::once(change).chain(rest).collect())
}
