//! What a viewer holds, in one form for all kinds of viewers.

use std::collections::BTreeMap;

use serde_json::Value;
use tideboard_model::QuerySpec;

use crate::expect::Group;
use crate::viewer::State;

/// What a viewer holds of everything it watches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Held {
    /// Stream → position; empty where the viewer does not tell.
    pub(crate) position: BTreeMap<String, String>,
    /// Its views.
    pub(crate) views: BTreeMap<String, View>,
}

/// What a viewer holds of one query.
#[derive(Debug, Clone)]
pub(crate) struct View {
    /// The query.
    pub(crate) query: QuerySpec,
    /// Something was told.
    pub(crate) told: bool,
    /// The last window told.
    pub(crate) window: Option<(i64, i64)>,
    /// By group, and by bucket for a series (0 for a table).
    pub(crate) cells: BTreeMap<(Group, i64), Vec<Option<f64>>>,
    /// Events, oldest first.
    pub(crate) feed: Vec<Value>,
    /// Buckets behind the window are held, too.
    pub(crate) ahead: bool,
}

impl From<&State> for Held {
    fn from(state: &State) -> Self {
        let views = state.mirror.views.iter().map(|(id, held)| {
            let cells = held
                .cells
                .cells
                .iter()
                .map(|(key, values)| (key.clone(), values.iter().map(|bits| bits.map(f64::from_bits)).collect()));
            let view = View {
                query: held.query.clone(),
                told: held.told,
                window: held.window,
                cells: cells.collect(),
                feed: held.cells.feed.iter().filter_map(|event| serde_json::from_str(event).ok()).collect(),
                ahead: true,
            };
            (id.clone(), view)
        });
        Self { position: state.mirror.position.clone(), views: views.collect() }
    }
}
