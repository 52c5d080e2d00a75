//! Series: cells `(group, bucket) → values`.

use std::collections::BTreeSet;

use tideboard_model::{Event, Offset, Pane, Window};

use crate::panes::{Cell, Panes, SlotId, shared};
use crate::{Behind, Delta, Rows, SeriesRow, Standing, ViewFailure};

/// A series: its cells, and an index of them by stamp.
///
/// Every kept cell is complete from the log's beginning, so that any proved position is above the floor.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    panes: Panes,
    /// Every cell by its stamp at the last seal.
    by_stamp: BTreeSet<(Offset, SlotId, Pane)>,
    /// Cells changed since, with the stamp they are indexed under.
    touched: Vec<(SlotId, Pane, Offset)>,
    sealed: Offset,
    looks_back: bool,
}

impl Series {
    pub(crate) fn new(panes: Panes) -> Self {
        let looks_back = panes.looks_back();
        Self { panes, by_stamp: BTreeSet::new(), touched: Vec::new(), sealed: Offset::ZERO, looks_back }
    }

    pub(crate) fn panes(&self) -> &Panes {
        &self.panes
    }

    pub(crate) fn fold(&mut self, offset: Offset, event: &Event) -> Result<(), ViewFailure> {
        let Some((slot, pane, before)) = self.panes.fold(offset, event)? else { return Ok(()) };
        self.touch(slot, pane, before);
        let next = Pane(pane.0.saturating_add(1));
        if self.looks_back
            && let Some(cell) = self.panes.cell_mut(slot, next)
        {
            let before = std::mem::replace(&mut cell.stamp, offset);
            self.touch(slot, next, before);
        }
        Ok(())
    }

    fn touch(&mut self, slot: SlotId, pane: Pane, before: Offset) {
        if before <= self.sealed {
            self.touched.push((slot, pane, before));
        }
    }

    /// Ends an append: its cells can now be told.
    pub(crate) fn seal(&mut self, at: Offset) {
        for (slot, pane, before) in self.touched.drain(..) {
            if let Some(cell) = self.panes.slot(slot).and_then(|slot| slot.cells.get(&pane)) {
                self.by_stamp.remove(&(before, slot, pane));
                self.by_stamp.insert((cell.stamp, slot, pane));
            }
        }
        self.sealed = at;
    }

    pub(crate) fn slide(&mut self, window: Window, oldest: Pane) {
        let by_stamp = &mut self.by_stamp;
        let forget = |slot, pane, cell: &Cell| {
            by_stamp.remove(&(cell.stamp, slot, pane));
        };
        self.panes.slide(window, oldest, forget, |_| false);
    }

    pub(crate) fn whole(&self) -> Delta {
        let from = self.panes.window().from;
        let rows = self
            .panes
            .groups()
            .filter_map(|(id, slot)| self.row(id, slot.cells.range(from..).map(|(pane, _)| *pane).collect()));
        self.delta(rows.collect())
    }

    pub(crate) fn since(&self, standing: Standing) -> Result<Delta, Behind> {
        let window = self.panes.window();
        standing.window.filter(|held| held.from <= window.from).ok_or(Behind::Window)?;
        let first = (standing.offset.next(), SlotId::FIRST, Pane(i64::MIN));
        let mut changed: Vec<_> = self
            .by_stamp
            .range(first..)
            .map(|(_, slot, pane)| (*slot, *pane))
            .filter(|(_, pane)| *pane >= window.from)
            .collect();
        changed.sort_unstable();
        let mut rows: Vec<_> = changed
            .chunk_by(|one, other| one.0 == other.0)
            .filter_map(|cells| self.row(cells.first()?.0, cells.iter().map(|(_, pane)| *pane).collect()))
            .collect();
        rows.sort_unstable_by(|one, other| one.group.cmp(&other.group));
        Ok(self.delta(rows))
    }

    fn row(&self, id: SlotId, panes: Vec<Pane>) -> Option<SeriesRow> {
        let slot = self.panes.slot(id)?;
        if panes.is_empty() {
            return None;
        }
        let mut values = Vec::new();
        for pane in &panes {
            for (measure, value) in self.panes.read(slot, *pane).enumerate() {
                if values.len() <= measure {
                    values.push(Vec::with_capacity(panes.len()));
                }
                if let Some(column) = values.get_mut(measure) {
                    column.push(value);
                }
            }
        }
        Some(SeriesRow { group: shared(&slot.group), panes: panes.into_iter().map(|pane| pane.0).collect(), values })
    }

    fn delta(&self, rows: Vec<SeriesRow>) -> Delta {
        Delta { window: Some(self.panes.window()), rows: Rows::Series(rows), removed: Vec::new(), skipped: Some(0) }
    }
}

/// Windows of one view only move forward: later ones compare greater.
pub(crate) fn order(window: Window) -> (Pane, Pane) {
    (window.to, window.from)
}
