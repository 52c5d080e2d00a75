//! From the wide layout to a narrower one.

use crate::layout::reading_order;
use crate::{Breakpoint, Layout, Place};

/// A layout of fewer columns that follows a wide one: the same reading order, no overlaps, and each widget as far up
/// as it goes beside the one before it or on the bottom of another.
///
/// Widths shrink in proportion; on grids of under 8 columns a widget takes half the width if it had at most a
/// quarter of it, else all.
#[must_use]
pub fn derive_layout(wide: &Layout, columns: u16) -> Layout {
    let columns = columns.max(1);
    let mut placed: Vec<Place> = Vec::with_capacity(wide.len());
    let mut layout = Layout::new();
    for (id, place) in reading_order(wide) {
        let w = narrowed(place.w, columns);
        let place = next_place(&placed, w, place.h.max(1), columns);
        placed.push(place);
        layout.insert(id.clone(), place);
    }
    layout
}

fn narrowed(w: u16, columns: u16) -> u16 {
    let wide = Breakpoint::Wide.columns();
    let narrow = if columns < 8 {
        if w <= wide / 4 { columns / 2 } else { columns }
    } else {
        let scaled = u32::from(w) * u32::from(columns);
        u16::try_from(scaled.div_ceil(u32::from(wide))).unwrap_or(columns).max(columns / 4)
    };
    narrow.clamp(1, columns)
}

/// The first free place, by row and then by column, after the widget placed last.
fn next_place(placed: &[Place], w: u16, h: u16, columns: u16) -> Place {
    let Some(last) = placed.last() else { return Place { x: 0, y: 0, w, h } };
    // Rows begin where a widget ends, even if one a little higher were free: rows that nearly align look like a mistake.
    let mut rows: Vec<u16> = placed.iter().map(|place| place.bottom()).filter(|y| *y > last.y).collect();
    rows.push(last.y);
    rows.sort_unstable();
    let free = |place: &Place| !placed.iter().any(|other| other.overlaps(*place));
    for y in rows {
        let from = if y == last.y { last.right() } else { 0 };
        let found = (from..=columns.saturating_sub(w)).map(|x| Place { x, y, w, h }).find(free);
        if let Some(place) = found {
            return place;
        }
    }
    // Unreachable below the end of `u16`: under the lowest bottom everything is free.
    Place { x: 0, y: placed.iter().map(|place| place.bottom()).max().unwrap_or(0), w, h }
}

#[cfg(test)]
mod tests;
