//! What the views of a node show, to compare with.

use std::sync::Arc;

use tideboard_live::{Rows, View};
use tideboard_model::{Event, Query, Shape, Window};

use crate::oracle::{self, Cells};

/// What a view showed when a frame was made.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(super) cells: Cells,
    pub(super) window: Option<Window>,
}

impl Shown {
    pub(super) fn of(view: &View) -> Self {
        Self { cells: whole(view), window: view.window() }
    }
}

/// A series' cells from the start of a window on: a viewer holds buckets that the server has let go until it is told.
pub(super) fn clipped(mut cells: Cells, window: Option<Window>, query: &Query) -> Cells {
    if let (Some(window), Shape::Series { .. }) = (window, &query.shape) {
        cells.cells.retain(|(_, pane), _| *pane >= window.from.0);
    }
    cells
}

fn whole(view: &View) -> Cells {
    let mut cells = Cells::default();
    let group = |group: &tideboard_live::Group| group.iter().map(|value| value.as_deref().map(str::to_owned)).collect();
    let bits = |value: &Option<f64>| value.map(f64::to_bits);
    match view.whole().rows {
        Rows::Series(rows) => {
            for row in rows {
                for (index, pane) in row.panes.iter().enumerate() {
                    let values = row.values.iter().map(|column| bits(&column[index])).collect();
                    cells.cells.insert((group(&row.group), *pane), values);
                }
            }
        }
        Rows::Table(rows) => {
            for row in rows {
                cells.cells.insert((group(&row.group), 0), row.values.iter().map(bits).collect());
            }
        }
        Rows::Feed(items) => {
            let line = |item: &Arc<tideboard_live::FeedItem>| {
                oracle::feed_line(&Event {
                    stream: view.query().stream.clone(),
                    time: item.time,
                    tags: item.tags.clone(),
                    fields: item.fields.clone(),
                })
            };
            cells.feed = items.iter().map(line).collect();
        }
    }
    cells
}
