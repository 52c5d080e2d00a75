//! Dashboards as documents: widgets, layouts per breakpoint, and personal views over shared dashboards.
//!
//! This room knows no storage, no users' rights, no widget kinds and no drawing. Start reading at [`Dashboard`],
//! then [`derive_layout`], then [`merge`].

mod check;
mod dashboard;
mod derive;
mod error;
mod id;
mod layout;
mod merge;
mod personal;
mod settle;
mod widget;

pub use check::{DASHBOARD_MAX_BYTES, MAX_ADDED, MAX_WIDGETS, TEXT_MAX_BYTES, TITLE_MAX_CHARS};
pub use dashboard::Dashboard;
pub use derive::derive_layout;
pub use error::{BoardError, Fault};
pub use id::{BoardIdError, DashboardId, WidgetId};
pub use layout::{Breakpoint, Layout, Layouts, PLACE_MAX_HEIGHT, PLACE_MAX_Y, Place};
pub use merge::merge;
pub use personal::{PersonalLayouts, PersonalView};
pub use widget::Widget;
