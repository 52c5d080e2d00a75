//! The words of Tideboard: events, positions, queries and their limits, each valid by construction.
//!
//! This room knows no I/O, no clock, no async and no other room. Start reading at [`Event`], then [`Query`].

mod event;
mod identity;
mod limits;
mod name;
mod named;
mod position;
mod problem;
mod producer;
mod query;
mod time;

pub use event::{Event, FieldKind, FieldValue, NonFinite};
pub use identity::Identity;
pub use limits::Limits;
pub use name::{FieldName, NameError, StreamName, TagName};
pub use named::{Fields, Pairs, Tags};
pub use position::{Epoch, Offset, Position, PositionParseError, Proof};
pub use problem::{Problem, ProblemCode, Retry};
pub use producer::{ProducerId, Sequence, Serial, SerialError};
pub use query::{
    Filter, FilterOp, FilterSpec, Measure, MeasureFn, MeasureSpec, Query, QueryError, QuerySpec, Range, RangeSpec,
    Shape, ShapeSpec,
};
pub use time::{Millis, Nanos, Pane, PaneWidth, Window};
