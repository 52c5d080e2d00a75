//! Making room: whatever is placed first stays, what overlaps it moves down.

use crate::layout::reading_order;
use crate::{Layout, Place, WidgetId};

/// Size of a widget that nobody has given one.
const DEFAULT_HEIGHT: u16 = 6;

/// Adds widgets to a layout in their order; each keeps its place if that is free, else moves down.
pub(crate) fn push_down<'a>(layout: &mut Layout, more: impl IntoIterator<Item = (&'a WidgetId, Place)>, columns: u16) {
    for (id, place) in more {
        let place = lowered(layout, within(place, columns));
        layout.insert(id.clone(), place);
    }
}

/// A layout with those of another that it lacks standing below, in reading order.
pub(crate) fn append(layout: &Layout, more: &Layout, columns: u16) -> Layout {
    let mut all = Layout::new();
    push_down(&mut all, reading_order(layout), columns);
    let lacking = reading_order(more).into_iter().filter(|(id, _)| !layout.contains_key(*id));
    let bottom = lowest(&all);
    // Moving all of them by the same distance keeps their arrangement.
    let lacking: Vec<_> = lacking.collect();
    let top = lacking.iter().map(|(_, place)| place.y).min().unwrap_or(0);
    let moved = lacking
        .into_iter()
        .map(|(id, place)| (id, Place { y: place.y.saturating_sub(top).saturating_add(bottom), ..place }));
    push_down(&mut all, moved, columns);
    all
}

/// A layout that holds exactly the given widgets: others are left out, lacking ones stand below, half a row wide.
pub(crate) fn complete(layout: &Layout, widgets: &[&WidgetId], columns: u16) -> Layout {
    let known = reading_order(layout).into_iter().filter(|(id, _)| widgets.contains(id));
    let mut all = Layout::new();
    push_down(&mut all, known, columns);
    for id in widgets {
        if !all.contains_key(*id) {
            let place = Place { x: 0, y: lowest(&all), w: columns.div_ceil(2), h: DEFAULT_HEIGHT };
            push_down(&mut all, [(*id, place)], columns);
        }
    }
    all
}

fn lowest(layout: &Layout) -> u16 {
    layout.values().map(|place| place.bottom()).max().unwrap_or(0)
}

fn within(place: Place, columns: u16) -> Place {
    let w = place.w.clamp(1, columns);
    Place { x: place.x.min(columns - w), y: place.y, w, h: place.h.max(1) }
}

fn lowered(layout: &Layout, mut place: Place) -> Place {
    // Each round moves below another widget, so there are at most as many rounds as widgets.
    while let Some(other) = layout.values().find(|other| other.overlaps(place)) {
        place.y = other.bottom();
    }
    place
}
