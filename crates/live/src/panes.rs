//! Cells by group and pane: what series and tables are made of.

use std::collections::BTreeMap;
use std::sync::Arc;

use tideboard_model::{Event, Limits, Measure, MeasureFn, Offset, Pane, PaneWidth, TagName, Window};

use crate::accumulator::Accumulator;
use crate::group::group_of;
use crate::{Group, ViewFailure};

/// Cells of one measure list, group-by and width. Cells before [`Panes::oldest`] are neither kept nor taken in.
#[derive(Debug, Clone)]
pub(crate) struct Panes {
    measures: Vec<Measure>,
    group_by: Vec<TagName>,
    width: PaneWidth,
    limits: Limits,
    /// Slots, some of them free.
    slots: Vec<Slot>,
    free: Vec<SlotId>,
    by_group: BTreeMap<Group, SlotId>,
    cells: usize,
    oldest: Pane,
    window: Window,
}

/// Where a group's cells are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SlotId(usize);

impl SlotId {
    /// The least.
    pub(crate) const FIRST: Self = Self(0);
}

#[derive(Debug, Clone)]
pub(crate) struct Slot {
    pub(crate) group: Group,
    pub(crate) cells: BTreeMap<Pane, Cell>,
}

/// One group in one pane.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    /// The last event that concerned it; `Offset::ZERO` while new.
    pub(crate) stamp: Offset,
    accumulators: Box<[Accumulator]>,
}

impl Panes {
    /// Empty; takes in events from `oldest` on.
    pub(crate) fn new(
        measures: &[Measure],
        group_by: &[TagName],
        width: PaneWidth,
        limits: Limits,
        (window, oldest): (Window, Pane),
    ) -> Self {
        Self {
            measures: measures.to_vec(),
            group_by: group_by.to_vec(),
            width,
            limits,
            slots: Vec::new(),
            free: Vec::new(),
            by_group: BTreeMap::new(),
            cells: 0,
            oldest,
            window,
        }
    }

    pub(crate) fn window(&self) -> Window {
        self.window
    }

    pub(crate) fn oldest(&self) -> Pane {
        self.oldest
    }

    /// Whether a cell's value depends on the pane before it.
    pub(crate) fn looks_back(&self) -> bool {
        self.measures.iter().any(|measure| measure.function == MeasureFn::Rate && measure.field.is_some())
    }

    /// Whether a total depends on the window's length.
    pub(crate) fn counts_per_second(&self) -> bool {
        self.measures.iter().any(|measure| measure.function == MeasureFn::Rate && measure.field.is_none())
    }

    /// Where an event belongs.
    pub(crate) fn pane_of(&self, event: &Event) -> Pane {
        self.width.pane_of(event.time)
    }

    pub(crate) fn group_of(&self, event: &Event) -> Group {
        group_of(&self.group_by, event)
    }

    /// Takes in an event of the view; `None` if it lies before the oldest pane kept. Returns where it went and the
    /// cell's stamp before.
    pub(crate) fn fold(
        &mut self,
        offset: Offset,
        event: &Event,
    ) -> Result<Option<(SlotId, Pane, Offset)>, ViewFailure> {
        let pane = self.pane_of(event);
        if pane < self.oldest {
            return Ok(None);
        }
        let id = self.slot_of(event)?;
        let Some(slot) = self.slots.get_mut(id.0) else { return Ok(None) };
        let cells = &mut self.cells;
        let cell = slot.cells.entry(pane).or_insert_with(|| {
            *cells += 1;
            Cell { stamp: Offset::ZERO, accumulators: self.measures.iter().map(Accumulator::new).collect() }
        });
        for (accumulator, measure) in cell.accumulators.iter_mut().zip(&self.measures) {
            accumulator.fold(measure, offset, event);
        }
        let before = std::mem::replace(&mut cell.stamp, offset);
        if self.cells > self.limits.cells_per_view {
            return Err(ViewFailure::TooManyCells { limit: self.limits.cells_per_view });
        }
        Ok(Some((id, pane, before)))
    }

    fn slot_of(&mut self, event: &Event) -> Result<SlotId, ViewFailure> {
        let group = self.group_of(event);
        if let Some(id) = self.by_group.get(&group) {
            return Ok(*id);
        }
        if self.by_group.len() >= self.limits.groups_per_view {
            return Err(ViewFailure::TooManyGroups { limit: self.limits.groups_per_view });
        }
        let slot = Slot { group: group.clone(), cells: BTreeMap::new() };
        let reused = self.free.pop().and_then(|id| Some((id, self.slots.get_mut(id.0)?)));
        let id = match reused {
            Some((id, place)) => {
                *place = slot;
                id
            }
            None => {
                self.slots.push(slot);
                SlotId(self.slots.len() - 1)
            }
        };
        self.by_group.insert(group, id);
        Ok(id)
    }

    /// Moves on; cells before `oldest` are dropped and told to `dropped`, and groups left without cells are freed
    /// unless `keep` says otherwise.
    pub(crate) fn slide(
        &mut self,
        window: Window,
        oldest: Pane,
        mut dropped: impl FnMut(SlotId, Pane, &Cell),
        keep: impl Fn(SlotId) -> bool,
    ) {
        self.window = window;
        self.oldest = self.oldest.max(oldest);
        let mut emptied = Vec::new();
        for id in self.by_group.values() {
            let Some(slot) = self.slots.get_mut(id.0) else { continue };
            while let Some(first) = slot.cells.first_entry() {
                if *first.key() >= self.oldest {
                    break;
                }
                let (pane, cell) = first.remove_entry();
                self.cells -= 1;
                dropped(*id, pane, &cell);
            }
            if slot.cells.is_empty() && !keep(*id) {
                emptied.push(*id);
            }
        }
        emptied.into_iter().for_each(|id| self.release(id));
    }

    /// Frees a group without cells.
    pub(crate) fn release(&mut self, id: SlotId) {
        if let Some(slot) = self.slots.get_mut(id.0)
            && self.by_group.remove(&slot.group).is_some()
        {
            slot.group = Group::default();
            self.free.push(id);
        }
    }

    /// Groups in use, in their order.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (SlotId, &Slot)> {
        self.by_group.values().filter_map(|id| Some((*id, self.slots.get(id.0)?)))
    }

    pub(crate) fn slot_with(&self, group: &Group) -> Option<SlotId> {
        self.by_group.get(group).copied()
    }

    pub(crate) fn slot(&self, id: SlotId) -> Option<&Slot> {
        self.slots.get(id.0)
    }

    pub(crate) fn cell_mut(&mut self, id: SlotId, pane: Pane) -> Option<&mut Cell> {
        self.slots.get_mut(id.0)?.cells.get_mut(&pane)
    }

    /// One value per measure of one cell.
    pub(crate) fn read<'a>(&'a self, slot: &'a Slot, pane: Pane) -> impl Iterator<Item = Option<f64>> + use<'a> {
        let cell = slot.cells.get(&pane);
        let before = slot.cells.get(&Pane(pane.0.saturating_sub(1)));
        (0..self.measures.len()).map(move |index| {
            let before = before.and_then(|cell| cell.accumulators.get(index));
            cell?.accumulators.get(index)?.read(before, self.width)
        })
    }

    /// One value per measure over all cells of a group in the window.
    pub(crate) fn total(&self, slot: &Slot) -> Vec<Option<f64>> {
        let cells = slot.cells.range(self.window.from..self.window.to);
        let panes = self.window.to.0.saturating_sub(self.window.from.0).saturating_mul(self.width.millis());
        let Some(span) = PaneWidth::new(panes) else { return vec![None; self.measures.len()] };
        let one = |(index, measure): (usize, &Measure)| {
            if measure.function == MeasureFn::Rate && measure.field.is_some() {
                return self.growth_rate(slot, index);
            }
            let mut total = Accumulator::new(measure);
            cells.clone().filter_map(|(_, cell)| cell.accumulators.get(index)).for_each(|part| total.merge(part));
            total.read(None, span)
        };
        self.measures.iter().enumerate().map(one).collect()
    }

    /// A counter's growth over the window, pane by pane.
    fn growth_rate(&self, slot: &Slot, index: usize) -> Option<f64> {
        let mut increase = crate::ExactSum::default();
        let mut seconds = crate::ExactSum::default();
        for (pane, cell) in slot.cells.range(self.window.from..self.window.to) {
            let before = slot.cells.get(&Pane(pane.0.saturating_sub(1)));
            let before = before.and_then(|cell| cell.accumulators.get(index));
            if let Some(growth) = cell.accumulators.get(index).and_then(|cell| cell.growth(before)) {
                increase.add(crate::Number::Float(growth.increase));
                seconds.add(crate::Number::Float(growth.seconds));
            }
        }
        let seconds = seconds.read();
        (seconds > 0.0).then(|| increase.read() / seconds).filter(|rate| rate.is_finite())
    }

    /// Groups in use.
    pub(crate) fn group_count(&self) -> usize {
        self.by_group.len()
    }

    /// Cells held.
    pub(crate) fn cell_count(&self) -> usize {
        self.cells
    }
}

/// The group-by values of a slot, shared.
pub(crate) fn shared(group: &Group) -> Group {
    group.iter().map(|value| value.as_ref().map(Arc::clone)).collect()
}
