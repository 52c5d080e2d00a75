//! Dashboards that are there from the start.

use tideboard_boards::Dashboard;

const THIS_MACHINE: &str = include_str!("builtin/this-machine.json");
const SHOP: &str = include_str!("builtin/shop.json");
const SERVICE_HEALTH: &str = include_str!("builtin/service-health.json");
const GROWTH: &str = include_str!("builtin/growth.json");

/// Whether the made-up shop is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Demo {
    /// Its events are made, its dashboards are there.
    On,
    /// Only this machine is shown.
    Off,
}

/// The built-in dashboards, the first to be shown first. They are as fixed as code: a test reads each.
pub(crate) fn dashboards(demo: Demo) -> Vec<Dashboard> {
    let documents: &[&str] = match demo {
        Demo::On => &[SHOP, SERVICE_HEALTH, GROWTH, THIS_MACHINE],
        Demo::Off => &[THIS_MACHINE],
    };
    documents.iter().filter_map(|json| read(json)).collect()
}

fn read(json: &str) -> Option<Dashboard> {
    match Dashboard::parse(json) {
        Ok(dashboard) => Some(dashboard),
        Err(error) => {
            tracing::error!(%error, "a built-in dashboard is left out");
            None
        }
    }
}

#[cfg(test)]
mod tests;
