//! Dashboards as documents: widgets, layouts, personal views. Pure.
