//! Checking documents: each bad place is named.

mod options;

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use tideboard_model::{Limits, Query};

use crate::layout::reading_order;
use crate::{
    BoardError, Breakpoint, Dashboard, Fault, Layout, PLACE_MAX_HEIGHT, PLACE_MAX_Y, PersonalView, Place, Widget,
    WidgetId,
};

/// Most widgets on a dashboard.
pub const MAX_WIDGETS: usize = 100;
/// Most widgets that a personal view adds.
pub const MAX_ADDED: usize = 20;
/// Longest title, of dashboards and widgets.
pub const TITLE_MAX_CHARS: usize = 200;
/// Longest text among a widget's options.
pub const TEXT_MAX_BYTES: usize = 64 * 1024;
/// Longest document.
pub const DASHBOARD_MAX_BYTES: usize = 1024 * 1024;

/// Longest kind of a widget, and longest name of a query's part.
const WORD_MAX_BYTES: usize = 64;
/// Most queries of one widget.
const MAX_QUERIES: usize = 4;
/// After so many faults the rest is not looked at.
const MAX_FAULTS: usize = 20;

pub(crate) fn read<T: DeserializeOwned>(json: &str) -> Result<T, BoardError> {
    if json.len() > DASHBOARD_MAX_BYTES {
        return Err(BoardError::TooLong { bytes: json.len(), max: DASHBOARD_MAX_BYTES });
    }
    serde_json::from_str(json).map_err(|error| BoardError::Json { reason: error.to_string() })
}

pub(crate) fn dashboard(dashboard: &Dashboard) -> Result<(), BoardError> {
    let mut faults = Faults::default();
    if dashboard.title.trim().is_empty() {
        faults.add("/title", "must not be empty");
    }
    title(&dashboard.title, "/title", &mut faults);
    let ids = widgets(&dashboard.widgets, "/widgets", MAX_WIDGETS, &mut faults);
    let known = |id: &WidgetId| ids.contains(id);
    layout(&dashboard.layouts.wide, "/layouts/wide", Breakpoint::Wide, known, &mut faults);
    for (stored, pointer, breakpoint) in [
        (&dashboard.layouts.tablet, "/layouts/tablet", Breakpoint::Tablet),
        (&dashboard.layouts.phone, "/layouts/phone", Breakpoint::Phone),
    ] {
        if let Some(stored) = stored {
            layout(stored, pointer, breakpoint, known, &mut faults);
        }
    }
    faults.result()
}

pub(crate) fn personal(view: &PersonalView) -> Result<(), BoardError> {
    let mut faults = Faults::default();
    widgets(&view.added, "/added", MAX_ADDED, &mut faults);
    if view.hidden.len() > MAX_WIDGETS {
        faults.add("/hidden", format!("at most {MAX_WIDGETS} widgets can be hidden"));
    }
    for (stored, pointer, breakpoint) in [
        (&view.layouts.wide, "/layouts/wide", Breakpoint::Wide),
        (&view.layouts.tablet, "/layouts/tablet", Breakpoint::Tablet),
        (&view.layouts.phone, "/layouts/phone", Breakpoint::Phone),
    ] {
        // The dashboard may have lost widgets since: places of unknown ones are no fault.
        layout(stored, pointer, breakpoint, |_| true, &mut faults);
    }
    faults.result()
}

#[derive(Default)]
struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, pointer: impl Into<String>, reason: impl Into<String>) {
        if self.0.len() < MAX_FAULTS {
            self.0.push(Fault { pointer: pointer.into(), reason: reason.into() });
        }
    }

    fn result(self) -> Result<(), BoardError> {
        if self.0.is_empty() { Ok(()) } else { Err(BoardError::Invalid { faults: self.0 }) }
    }
}

/// One step of a JSON pointer (RFC 6901, section 3).
fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn title(title: &str, pointer: &str, faults: &mut Faults) {
    if title.chars().count() > TITLE_MAX_CHARS {
        faults.add(pointer, format!("has at most {TITLE_MAX_CHARS} characters"));
    }
    if title.chars().any(char::is_control) {
        faults.add(pointer, "must not contain control characters");
    }
}

fn widgets<'a>(widgets: &'a [Widget], pointer: &str, max: usize, faults: &mut Faults) -> BTreeSet<&'a WidgetId> {
    if widgets.len() > max {
        faults.add(pointer, format!("at most {max} widgets are allowed"));
    }
    let mut ids = BTreeSet::new();
    for (index, one) in widgets.iter().enumerate().take(max) {
        let pointer = format!("{pointer}/{index}");
        if !ids.insert(&one.id) {
            faults.add(format!("{pointer}/id"), format!("`{}` is used twice", one.id));
        }
        widget(one, &pointer, faults);
    }
    ids
}

fn widget(widget: &Widget, pointer: &str, faults: &mut Faults) {
    if !is_word(&widget.kind) {
        faults.add(format!("{pointer}/kind"), WORD_RULE);
    }
    title(&widget.title, &format!("{pointer}/title"), faults);
    if widget.queries.len() > MAX_QUERIES {
        faults.add(format!("{pointer}/queries"), format!("at most {MAX_QUERIES} queries are allowed"));
    }
    for (part, spec) in widget.queries.iter().take(MAX_QUERIES) {
        let pointer = format!("{pointer}/queries/{}", step(part));
        if !is_word(part) {
            faults.add(&pointer, WORD_RULE);
        }
        if let Err(error) = Query::new(spec, &Limits::default()) {
            faults.add(format!("{pointer}/{}", pointer_of(&error.place)), error.reason);
        }
    }
    options::check(&widget.options, &format!("{pointer}/options"), faults);
}

const WORD_RULE: &str = "has 1 to 64 letters, digits, `-` or `_`";

fn is_word(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=WORD_MAX_BYTES).contains(&text.len()) && text.bytes().all(allowed)
}

/// The path of a query error, such as `measures[1].field`, as steps of a JSON pointer.
fn pointer_of(place: &str) -> String {
    place.replace(['[', '.'], "/").replace(']', "")
}

fn layout(
    layout: &Layout,
    pointer: &str,
    breakpoint: Breakpoint,
    known: impl Fn(&WidgetId) -> bool,
    faults: &mut Faults,
) {
    if layout.len() > MAX_WIDGETS + MAX_ADDED {
        faults.add(pointer, format!("at most {} widgets can be placed", MAX_WIDGETS + MAX_ADDED));
        return;
    }
    for (id, place) in layout {
        let pointer = format!("{pointer}/{id}");
        if !known(id) {
            faults.add(&pointer, "there is no widget with this id");
        }
        bounds(*place, &pointer, breakpoint, faults);
    }
    let order = reading_order(layout);
    for (index, (id, place)) in order.iter().enumerate() {
        let earlier = order.iter().take(index).find(|(_, other)| other.overlaps(*place));
        if let Some((other, _)) = earlier {
            faults.add(format!("{pointer}/{id}"), format!("overlaps `{other}`"));
        }
    }
}

fn bounds(place: Place, pointer: &str, breakpoint: Breakpoint, faults: &mut Faults) {
    let columns = breakpoint.columns();
    if place.w == 0 || place.right() > columns {
        faults.add(pointer, format!("must lie within {columns} columns and be at least one wide"));
    }
    if place.h == 0 || place.h > PLACE_MAX_HEIGHT {
        faults.add(pointer, format!("must be 1 to {PLACE_MAX_HEIGHT} rows high"));
    }
    if place.y > PLACE_MAX_Y {
        faults.add(pointer, format!("must start above row {PLACE_MAX_Y}"));
    }
}

#[cfg(test)]
mod tests;
