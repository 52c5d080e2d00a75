//! Events that came once their pane had left a table's window.
//!
//! Nodes' clocks differ: another node, whose clock is behind, may have shown such an event. Who returns from there holds
//! its group with a total that this table never had, and must be told of it.

use std::collections::BTreeMap;

use tideboard_model::{Offset, Pane};

use crate::{Behind, Group, Standing};

/// Groups of late events.
#[derive(Debug, Clone, Default)]
pub(crate) struct Late {
    groups: BTreeMap<Group, Span>,
    /// What is no longer known by group.
    forgotten: Option<Span>,
}

/// The first offset of late events, and the latest of their panes.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: Offset,
    latest: Pane,
}

impl Span {
    fn with(self, other: Self) -> Self {
        Self { first: self.first.min(other.first), latest: self.latest.max(other.latest) }
    }

    /// Whether another node may have shown one of them to who stands there.
    fn may_be_held(self, offset: Offset, from: Pane) -> bool {
        self.first <= offset && from <= self.latest
    }
}

impl Late {
    /// Most groups that are known one by one.
    const GROUPS_MAX: usize = 256;

    /// Notes a late event.
    pub(crate) fn note(&mut self, group: Group, offset: Offset, pane: Pane) {
        let new = Span { first: offset, latest: pane };
        let known = self.groups.entry(group).or_insert(new);
        *known = known.with(new);
        if self.groups.len() > Self::GROUPS_MAX {
            self.forget_oldest();
        }
    }

    /// Half of the groups or more at a time, so that a flood of late events costs little for each: those whose panes left
    /// first.
    fn forget_oldest(&mut self) {
        let mut panes: Vec<_> = self.groups.values().map(|span| span.latest).collect();
        panes.sort_unstable();
        let Some(middle) = panes.get(panes.len() / 2).copied() else { return };
        let forgotten = &mut self.forgotten;
        self.groups.retain(|_, span| {
            let stays = span.latest > middle;
            if !stays {
                *forgotten = Some(forgotten.map_or(*span, |before| before.with(*span)));
            }
            stays
        });
    }

    /// The groups that who stands there may hold with totals of late events.
    ///
    /// # Errors
    ///
    /// [`Behind::Floor`] if they are no longer known.
    pub(crate) fn held(&self, standing: Standing) -> Result<impl Iterator<Item = &Group>, Behind> {
        let from = standing.window.ok_or(Behind::Window)?.from;
        if self.forgotten.is_some_and(|span| span.may_be_held(standing.offset, from)) {
            return Err(Behind::Floor);
        }
        let held = move |(_, span): &(&Group, &Span)| span.may_be_held(standing.offset, from);
        Ok(self.groups.iter().filter(held).map(|(group, _)| group))
    }
}
