//! Dashboards.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tideboard_boards::{Dashboard, DashboardId};
use tideboard_model::Millis;

use super::fault::{changed, found, parsed};
use super::{changes, grants};
use crate::{Change, DashboardSummary, StoreError, document};

pub(super) fn all(connection: &Connection) -> Result<Vec<DashboardSummary>, StoreError> {
    let sql = format!(
        "SELECT id, title, revision, updated, {} FROM dashboards WHERE deleted IS NULL ORDER BY position, id",
        grants::COLUMN
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| {
        let (id, title, grants) = (parsed(row, 0)?, row.get(1)?, grants::read(row, 4)?);
        Ok(DashboardSummary { id, title, revision: row.get(2)?, updated: Millis(row.get(3)?), grants })
    };
    let dashboards = statement.query_map([], read)?;
    Ok(dashboards.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn get(connection: &Connection, id: &DashboardId) -> Result<Dashboard, StoreError> {
    let sql = "SELECT document, revision FROM dashboards WHERE id = ?1 AND deleted IS NULL";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get(1)?));
    let (json, revision) = found(statement.query_row([id.as_str()], read), "dashboard")?;
    let dashboard: Dashboard = document::read(&json)?;
    Ok(Dashboard { revision, ..dashboard })
}

/// The revision of a dashboard, and whether it was deleted; `None` if its id was never seen.
fn state(connection: &Connection, id: &DashboardId) -> Result<Option<(u32, bool)>, StoreError> {
    let sql = "SELECT revision, deleted IS NOT NULL FROM dashboards WHERE id = ?1";
    Ok(connection.query_row(sql, [id.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Refuses unless the dashboard stands at the revision.
fn expect(connection: &Connection, id: &DashboardId, revision: u32) -> Result<(), StoreError> {
    match state(connection, id)? {
        None | Some((_, true)) => Err(StoreError::NotFound { what: "dashboard" }),
        Some((current, false)) if current != revision => Err(StoreError::Conflict { current }),
        Some(_) => Ok(()),
    }
}

fn end(connection: &Connection) -> Result<i64, StoreError> {
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM dashboards WHERE deleted IS NULL";
    Ok(connection.query_row(sql, [], |row| row.get(0))?)
}

pub(super) fn add(connection: &Connection, mut dashboard: Dashboard, now: Millis) -> Result<Dashboard, StoreError> {
    dashboard.check()?;
    dashboard.revision = match state(connection, &dashboard.id)? {
        None => 1,
        Some((last, true)) => last.saturating_add(1),
        Some((_, false)) => return Err(StoreError::Exists { what: "dashboard" }),
    };
    connection.execute(
        "INSERT OR REPLACE INTO dashboards (id, title, revision, position, document, updated)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            dashboard.id.as_str(),
            dashboard.title,
            dashboard.revision,
            end(connection)?,
            document::write(&dashboard)?,
            now.0
        ],
    )?;
    grants::begin(connection, &dashboard.id)?;
    saved(connection, dashboard)
}

pub(super) fn save(connection: &Connection, mut dashboard: Dashboard, now: Millis) -> Result<Dashboard, StoreError> {
    dashboard.check()?;
    expect(connection, &dashboard.id, dashboard.revision)?;
    dashboard.revision = dashboard.revision.saturating_add(1);
    connection.execute(
        "UPDATE dashboards SET title = ?2, revision = ?3, document = ?4, updated = ?5 WHERE id = ?1",
        params![dashboard.id.as_str(), dashboard.title, dashboard.revision, document::write(&dashboard)?, now.0],
    )?;
    saved(connection, dashboard)
}

/// Notes a dashboard that was saved as it now is.
fn saved(connection: &Connection, dashboard: Dashboard) -> Result<Dashboard, StoreError> {
    let change = Change::DashboardSaved { id: dashboard.id.clone(), revision: dashboard.revision };
    changes::note(connection, &change)?;
    Ok(dashboard)
}

pub(super) fn delete(connection: &Connection, id: &DashboardId, revision: u32, now: Millis) -> Result<(), StoreError> {
    expect(connection, id, revision)?;
    let revision = revision.saturating_add(1);
    let sql = "UPDATE dashboards SET deleted = ?2, revision = ?3 WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), now.0, revision])?, "dashboard")?;
    changes::note(connection, &Change::DashboardDeleted { id: id.clone(), revision })
}

pub(super) fn restore(connection: &Connection, id: &DashboardId, now: Millis) -> Result<Dashboard, StoreError> {
    let sql = "UPDATE dashboards SET deleted = NULL, revision = revision + 1, position = ?2, updated = ?3
               WHERE id = ?1 AND deleted IS NOT NULL";
    changed(connection.execute(sql, params![id.as_str(), end(connection)?, now.0])?, "deleted dashboard")?;
    saved(connection, get(connection, id)?)
}

pub(super) fn move_to(connection: &Connection, id: &DashboardId, index: usize) -> Result<(), StoreError> {
    let mut order: Vec<_> = all(connection)?.into_iter().map(|summary| summary.id).collect();
    let at = order.iter().position(|other| other == id).ok_or(StoreError::NotFound { what: "dashboard" })?;
    let moved = order.remove(at);
    order.insert(index.min(order.len()), moved);
    let mut statement = connection.prepare_cached("UPDATE dashboards SET position = ?2 WHERE id = ?1")?;
    for (id, position) in order.iter().zip(0_i64..) {
        statement.execute(params![id.as_str(), position])?;
    }
    changes::note(connection, &Change::DashboardMoved { id: id.clone() })
}

pub(super) fn seed(
    connection: &Connection,
    dashboards: Vec<Dashboard>,
    now: Millis,
) -> Result<Vec<DashboardId>, StoreError> {
    let mut seeded = Vec::new();
    for dashboard in dashboards {
        if state(connection, &dashboard.id)?.is_none() {
            seeded.push(add(connection, dashboard, now)?.id);
        }
    }
    Ok(seeded)
}
