//! Personal views: what one user changed about a shared dashboard, for that user alone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{BoardError, DashboardId, Layout, Widget, WidgetId, check};

/// A user's overlay over a shared dashboard. Whose it is, the storage knows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalView {
    /// The dashboard below.
    pub dashboard: DashboardId,
    /// Counts the saves of this view; 0 before the first.
    #[serde(default)]
    pub revision: u32,
    /// The revision of the dashboard that the user saw when this was saved.
    pub base_revision: u32,
    /// Widgets of the dashboard that are left out.
    #[serde(default)]
    pub hidden: BTreeSet<WidgetId>,
    /// Widgets beside those of the dashboard.
    #[serde(default)]
    pub added: Vec<Widget>,
    /// Places that differ from the dashboard's.
    #[serde(default)]
    pub layouts: PersonalLayouts,
}

/// Places that differ from the dashboard's, for each breakpoint; empty where nothing was moved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PersonalLayouts {
    /// 24 columns.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "Record<string, Place>"))]
    pub wide: Layout,
    /// 12 columns.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "Record<string, Place>"))]
    pub tablet: Layout,
    /// 4 columns.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "Record<string, Place>"))]
    pub phone: Layout,
}

impl PersonalView {
    /// Reads and checks a view.
    ///
    /// # Errors
    /// [`BoardError`] points to each bad place.
    pub fn parse(json: &str) -> Result<Self, BoardError> {
        let view: Self = check::read(json)?;
        view.check()?;
        Ok(view)
    }

    /// Checks a view that was not made by [`PersonalView::parse`].
    ///
    /// # Errors
    /// [`BoardError::Invalid`] points to each bad place.
    pub fn check(&self) -> Result<(), BoardError> {
        check::personal(self)
    }
}
