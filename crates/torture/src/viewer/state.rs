//! What a viewer holds, across connections.

use std::collections::{BTreeMap, BTreeSet};

use tideboard_testkit::Mirror;
use tokio::time::Instant;

/// What a viewer holds, across connections.
#[derive(Debug, Clone, Default)]
pub(crate) struct State {
    /// Cells and positions.
    pub(crate) mirror: Mirror,
    /// Per stream, by whom its position was told.
    pub(crate) told: BTreeMap<String, Told>,
    /// Frames applied.
    pub(crate) frames: u64,
    /// The server has said that it is cut off, and not that it is back.
    pub(crate) stale: bool,
}

/// By whom a position was told, and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// The era of the data.
    pub(crate) era: u32,
    /// Which start of the server; 0 for what the viewer has dug out again.
    pub(crate) start: u32,
    /// When.
    pub(crate) at: Instant,
    /// What was known for sure then.
    pub(crate) settled: u64,
}

impl State {
    /// What it held once, for coming back with it.
    pub(crate) fn dug_out(&self) -> Self {
        let mut state = self.clone();
        state.told.values_mut().for_each(|told| told.start = 0);
        state
    }

    /// Views that it holds cells of at a position: those it can resume.
    pub(crate) fn claims(&self) -> BTreeSet<String> {
        let claims = self
            .mirror
            .views
            .iter()
            .filter(|(_, held)| held.told && self.mirror.position.contains_key(&held.query.stream));
        claims.map(|(id, _)| id.clone()).collect()
    }
}
