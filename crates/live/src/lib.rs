//! The engine: folds committed events into views, every cell of which is stamped with the offset that last changed it,
//! so that what moves a viewer from one position to another can be read off at any time.
//!
//! This room knows no clock, no tokio, no sockets, no JSON and no log: events, positions and windows come in as
//! arguments, and the same arguments give the same cells, bit for bit. Start reading at [`View`], then [`Engine`].

mod accumulator;
mod delta;
mod engine;
mod feed;
mod group;
mod late;
mod number;
mod panes;
mod series;
mod stream;
mod sum;
mod table;
mod view;

pub use delta::{Behind, Delta, FeedItem, Rows, SeriesRow, Standing, TableRow};
pub use engine::{Engine, ViewId};
pub use group::Group;
pub use number::Number;
pub use stream::{Committed, Gap};
pub use sum::ExactSum;
pub use view::{View, ViewFailure};
