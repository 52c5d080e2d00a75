//! Widgets: what is drawn, and the queries that feed it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tideboard_model::QuerySpec;

use crate::WidgetId;

/// One widget of a dashboard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Widget {
    /// Unique within its dashboard.
    pub id: WidgetId,
    /// How it is drawn, such as `line`. An open set: a kind that a page does not know is shown as such.
    pub kind: String,
    /// May be empty.
    #[serde(default)]
    pub title: String,
    /// The queries that feed it, by the part they play: `main`, and by kind others such as `spark`.
    #[serde(default)]
    pub queries: BTreeMap<String, QuerySpec>,
    /// What the kind offers to be set: units, thresholds, text.
    #[serde(default)]
    #[cfg_attr(feature = "ts", ts(type = "Record<string, unknown>"))]
    pub options: Map<String, Value>,
}
