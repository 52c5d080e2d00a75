//! Dashboards: the document that all see.

use serde::{Deserialize, Serialize};

use crate::{BoardError, Breakpoint, DashboardId, Layout, Layouts, Widget, check, derive_layout, settle};

/// A dashboard as a document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Dashboard {
    /// Part of its address; never changes.
    pub id: DashboardId,
    /// What it is called; not empty.
    pub title: String,
    /// Counts the saves; 0 before the first. A save names the revision it starts from.
    #[serde(default)]
    pub revision: u32,
    /// What it shows; the order plays no part.
    pub widgets: Vec<Widget>,
    /// Where that stands.
    pub layouts: Layouts,
}

impl Dashboard {
    /// Reads and checks a dashboard.
    ///
    /// # Errors
    /// [`BoardError`] points to each bad place.
    pub fn parse(json: &str) -> Result<Self, BoardError> {
        let dashboard: Self = check::read(json)?;
        dashboard.check()?;
        Ok(dashboard)
    }

    /// Checks a dashboard that was not made by [`Dashboard::parse`].
    ///
    /// # Errors
    /// [`BoardError::Invalid`] points to each bad place.
    pub fn check(&self) -> Result<(), BoardError> {
        check::dashboard(self)
    }

    /// A place for every widget at a breakpoint, as it is shown: stored places as they are, the others following the
    /// wide layout in reading order.
    #[must_use]
    pub fn layout(&self, breakpoint: Breakpoint) -> Layout {
        let ids: Vec<_> = self.widgets.iter().map(|widget| &widget.id).collect();
        let wide = settle::complete(&self.layouts.wide, &ids, Breakpoint::Wide.columns());
        let stored = match breakpoint {
            Breakpoint::Wide => return wide,
            Breakpoint::Tablet => self.layouts.tablet.as_ref(),
            Breakpoint::Phone => self.layouts.phone.as_ref(),
        };
        let derived = derive_layout(&wide, breakpoint.columns());
        match stored {
            None => derived,
            Some(stored) => settle::append(stored, &derived, breakpoint.columns()),
        }
    }
}
