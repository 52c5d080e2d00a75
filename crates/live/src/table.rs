//! Tables: one cell per group over the whole window, merged from panes.

use std::collections::{BTreeMap, BTreeSet};

use tideboard_model::{Event, Offset, Pane, Window};

use crate::late::Late;
use crate::panes::{Panes, SlotId, shared};
use crate::series::order;
use crate::{Behind, Delta, Rows, Standing, TableRow, ViewFailure};

/// A table: its panes, and for each group when its total last changed.
///
/// A total changes by events and by sliding. How it changed before the view was hydrated is not known: the floor is
/// the hydration's standing.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    panes: Panes,
    totals: BTreeMap<SlotId, Total>,
    /// Groups by the last event that changed their total.
    by_stamp: BTreeSet<(Offset, SlotId)>,
    /// Groups by the window with which their total last changed by sliding.
    by_slide: BTreeSet<((Pane, Pane), SlotId)>,
    floor: (Offset, (Pane, Pane)),
    looks_back: bool,
    late: Late,
    /// Most groups without cells that are remembered as removed.
    removed_max: usize,
}

/// When a group's total last changed.
#[derive(Debug, Clone, Copy, Default)]
struct Total {
    stamp: Offset,
    slide: Option<(Pane, Pane)>,
}

impl Table {
    pub(crate) fn new(panes: Panes, removed_max: usize) -> Self {
        let (looks_back, floor) = (panes.looks_back(), (Offset::ZERO, order(panes.window())));
        Self {
            panes,
            totals: BTreeMap::new(),
            by_stamp: BTreeSet::new(),
            by_slide: BTreeSet::new(),
            floor,
            looks_back,
            late: Late::default(),
            removed_max,
        }
    }

    pub(crate) fn panes(&self) -> &Panes {
        &self.panes
    }

    /// Ends hydration: changes are known from here on.
    pub(crate) fn hydrated(&mut self, at: Offset) {
        self.floor = (at, order(self.panes.window()));
        // Who holds an older window is behind the floor.
        self.late = Late::default();
    }

    pub(crate) fn fold(&mut self, offset: Offset, event: &Event) -> Result<(), ViewFailure> {
        let window = self.panes.window();
        let pane = self.panes.pane_of(event);
        if pane < window.from {
            self.late.note(self.panes.group_of(event), offset, pane);
        }
        let Some((slot, pane, _)) = self.panes.fold(offset, event)? else { return Ok(()) };
        // The pane before the window is where the first growth of a counter starts.
        let first = if self.looks_back { Pane(window.from.0.saturating_sub(1)) } else { window.from };
        if first <= pane && pane < window.to {
            let total = self.totals.entry(slot).or_default();
            self.by_stamp.remove(&(total.stamp, slot));
            total.stamp = offset;
            self.by_stamp.insert((offset, slot));
        }
        Ok(())
    }

    /// Moves the window on; whether any total changed.
    pub(crate) fn slide(&mut self, window: Window, oldest: Pane) -> bool {
        let held = self.panes.window();
        let at = order(window);
        // Panes that leave, and those that lay ahead and enter.
        let leaving = held.from..window.from;
        let entering = held.to..window.to;
        let any = |slot: &crate::panes::Slot, range: &std::ops::Range<Pane>| {
            range.start < range.end && slot.cells.range(range.clone()).next().is_some()
        };
        // A rate of events is over the window's length, which retention can change.
        let span = |window: Window| window.to.0.saturating_sub(window.from.0);
        let stretched = self.panes.counts_per_second() && span(window) != span(held);
        let changed: Vec<_> = self
            .panes
            .groups()
            .filter(|(_, slot)| stretched || any(slot, &leaving) || any(slot, &entering))
            .map(|(id, _)| id)
            .collect();
        for slot in &changed {
            let total = self.totals.entry(*slot).or_default();
            if let Some(before) = total.slide.replace(at) {
                self.by_slide.remove(&(before, *slot));
            }
            self.by_slide.insert((at, *slot));
        }
        self.panes.slide(window, oldest, |_, _, _| {}, |_| true);
        self.forget_removed();
        !changed.is_empty()
    }

    /// Groups without cells are kept as tombstones; too many raise the floor.
    fn forget_removed(&mut self) {
        let mut empty: Vec<_> = self
            .panes
            .groups()
            .filter(|(_, slot)| slot.cells.is_empty())
            .map(|(id, _)| (self.totals.get(&id).and_then(|total| total.slide), id))
            .collect();
        if empty.len() <= self.removed_max {
            return;
        }
        empty.sort_unstable();
        for (slide, id) in empty.drain(..empty.len() - self.removed_max) {
            if let Some(total) = self.totals.remove(&id) {
                self.by_stamp.remove(&(total.stamp, id));
                if let Some(slide) = total.slide {
                    self.by_slide.remove(&(slide, id));
                }
            }
            self.panes.release(id);
            self.floor.1 = self.floor.1.max(slide.unwrap_or(self.floor.1));
        }
    }

    fn row(&self, id: SlotId) -> Option<Result<TableRow, crate::Group>> {
        let slot = self.panes.slot(id)?;
        let window = self.panes.window();
        let group = shared(&slot.group);
        let shown = slot.cells.range(window.from..window.to).next().is_some();
        Some(if shown { Ok(TableRow { group, values: self.panes.total(slot) }) } else { Err(group) })
    }

    pub(crate) fn whole(&self) -> Delta {
        let rows = self.panes.groups().filter_map(|(id, _)| self.row(id)?.ok());
        self.delta(rows.collect(), Vec::new())
    }

    pub(crate) fn since(&self, standing: Standing) -> Result<Delta, Behind> {
        let held = order(standing.window.ok_or(Behind::Window)?);
        if held > order(self.panes.window()) {
            return Err(Behind::Window);
        }
        if standing.offset < self.floor.0 || held < self.floor.1 {
            return Err(Behind::Floor);
        }
        let by_events = self.by_stamp.range((standing.offset.next(), SlotId::FIRST)..).map(|(_, slot)| *slot);
        let by_slides = self.by_slide.iter().rev().take_while(|(at, _)| *at > held).map(|(_, slot)| *slot);
        let mut changed: BTreeSet<_> = by_events.chain(by_slides).collect();
        let (mut rows, mut removed) = (Vec::new(), Vec::new());
        for late in self.late.held(standing)? {
            match self.panes.slot_with(late) {
                Some(slot) => _ = changed.insert(slot),
                None => removed.push(shared(late)),
            }
        }
        for row in changed.into_iter().filter_map(|slot| self.row(slot)) {
            match row {
                Ok(row) => rows.push(row),
                Err(group) => removed.push(group),
            }
        }
        rows.sort_unstable_by(|one, other| one.group.cmp(&other.group));
        removed.sort_unstable();
        Ok(self.delta(rows, removed))
    }

    fn delta(&self, rows: Vec<TableRow>, removed: Vec<crate::Group>) -> Delta {
        Delta { window: Some(self.panes.window()), rows: Rows::Table(rows), removed, skipped: Some(0) }
    }
}
