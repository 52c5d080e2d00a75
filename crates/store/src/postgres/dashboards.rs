//! Dashboards.

use tideboard_boards::{Dashboard, DashboardId};
use tideboard_model::Millis;

use super::connection::Connection;
use super::fault::{Fault, changed, column, found, millis, parsed, revision};
use super::{changes, grants};
use crate::{Change, DashboardSummary, StoreError, document};

pub(super) async fn all(connection: &Connection) -> Result<Vec<DashboardSummary>, Fault> {
    let sql = concat!(
        "SELECT id, title, revision, updated, ",
        grants::list!(),
        " FROM dashboards WHERE deleted IS NULL ORDER BY position, id"
    );
    let rows = connection.rows(sql, &[]).await?;
    let read = |row| {
        let (id, title, updated) = (parsed(row, 0)?, column(row, 1)?, millis(row, 3)?);
        Ok(DashboardSummary { id, title, revision: revision(row, 2)?, updated, grants: grants::read(row, 4)? })
    };
    rows.iter().map(read).collect()
}

pub(super) async fn get(connection: &Connection, id: DashboardId) -> Result<Dashboard, Fault> {
    let sql = "SELECT document, revision FROM dashboards WHERE id = $1 AND deleted IS NULL";
    let row = found(connection.row(sql, &[&id.as_str()]).await?, "dashboard")?;
    let dashboard: Dashboard = document::read(column(&row, 0)?)?;
    Ok(Dashboard { revision: revision(&row, 1)?, ..dashboard })
}

/// The revision of a dashboard, and whether it was deleted; `None` if its id was never seen.
async fn state(connection: &Connection, id: &DashboardId) -> Result<Option<(u32, bool)>, Fault> {
    let sql = "SELECT revision, deleted IS NOT NULL FROM dashboards WHERE id = $1";
    let row = connection.row(sql, &[&id.as_str()]).await?;
    row.map(|row| Ok((revision(&row, 0)?, column(&row, 1)?))).transpose()
}

/// Refuses unless the dashboard stands at the revision.
async fn expect(connection: &Connection, id: &DashboardId, revision: u32) -> Result<(), Fault> {
    match state(connection, id).await? {
        None | Some((_, true)) => Err(StoreError::NotFound { what: "dashboard" }.into()),
        Some((current, false)) if current != revision => Err(StoreError::Conflict { current }.into()),
        Some(_) => Ok(()),
    }
}

async fn end(connection: &Connection) -> Result<i64, Fault> {
    let sql = "SELECT coalesce(max(position) + 1, 0) FROM dashboards WHERE deleted IS NULL";
    column(&found(connection.row(sql, &[]).await?, "end")?, 0)
}

pub(super) async fn add(connection: &Connection, mut dashboard: Dashboard, now: Millis) -> Result<Dashboard, Fault> {
    dashboard.check()?;
    dashboard.revision = match state(connection, &dashboard.id).await? {
        None => 1,
        Some((last, true)) => last.saturating_add(1),
        Some((_, false)) => return Err(StoreError::Exists { what: "dashboard" }.into()),
    };
    let sql = "INSERT INTO dashboards (id, title, revision, position, document, updated)
               VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT (id) DO UPDATE SET title = excluded.title, revision = excluded.revision,
                   position = excluded.position, document = excluded.document, updated = excluded.updated,
                   deleted = NULL";
    let (id, revision, position) = (dashboard.id.as_str(), i64::from(dashboard.revision), end(connection).await?);
    let json = document::write(&dashboard)?;
    connection.execute(sql, &[&id, &dashboard.title, &revision, &position, &json, &now.0]).await?;
    grants::begin(connection, &dashboard.id).await?;
    saved(connection, dashboard).await
}

pub(super) async fn save(connection: &Connection, mut dashboard: Dashboard, now: Millis) -> Result<Dashboard, Fault> {
    dashboard.check()?;
    expect(connection, &dashboard.id, dashboard.revision).await?;
    dashboard.revision = dashboard.revision.saturating_add(1);
    let sql = "UPDATE dashboards SET title = $2, revision = $3, document = $4, updated = $5 WHERE id = $1";
    let (id, revision, json) = (dashboard.id.as_str(), i64::from(dashboard.revision), document::write(&dashboard)?);
    connection.execute(sql, &[&id, &dashboard.title, &revision, &json, &now.0]).await?;
    saved(connection, dashboard).await
}

/// Notes a dashboard that was saved as it now is.
async fn saved(connection: &Connection, dashboard: Dashboard) -> Result<Dashboard, Fault> {
    let change = Change::DashboardSaved { id: dashboard.id.clone(), revision: dashboard.revision };
    changes::note(connection, &change).await?;
    Ok(dashboard)
}

pub(super) async fn delete(connection: &Connection, id: DashboardId, revision: u32, now: Millis) -> Result<(), Fault> {
    expect(connection, &id, revision).await?;
    let revision = revision.saturating_add(1);
    let sql = "UPDATE dashboards SET deleted = $2, revision = $3 WHERE id = $1";
    changed(connection.execute(sql, &[&id.as_str(), &now.0, &i64::from(revision)]).await?, "dashboard")?;
    changes::note(connection, &Change::DashboardDeleted { id, revision }).await
}

pub(super) async fn restore(connection: &Connection, id: DashboardId, now: Millis) -> Result<Dashboard, Fault> {
    let sql = "UPDATE dashboards SET deleted = NULL, revision = revision + 1, position = $2, updated = $3
               WHERE id = $1 AND deleted IS NOT NULL";
    let position = end(connection).await?;
    changed(connection.execute(sql, &[&id.as_str(), &position, &now.0]).await?, "deleted dashboard")?;
    let dashboard = get(connection, id).await?;
    saved(connection, dashboard).await
}

pub(super) async fn move_to(connection: &Connection, id: DashboardId, index: usize) -> Result<(), Fault> {
    let mut order: Vec<_> = all(connection).await?.into_iter().map(|summary| summary.id).collect();
    let at = order.iter().position(|other| *other == id);
    let moved = order.remove(found(at, "dashboard")?);
    order.insert(index.min(order.len()), moved);
    let order: Vec<_> = order.iter().map(DashboardId::as_str).collect();
    let sql = "UPDATE dashboards SET position = place.position - 1
               FROM unnest($1::text[]) WITH ORDINALITY AS place (id, position) WHERE dashboards.id = place.id";
    connection.execute(sql, &[&order]).await?;
    changes::note(connection, &Change::DashboardMoved { id }).await
}

pub(super) async fn seed(
    connection: &Connection,
    dashboards: Vec<Dashboard>,
    now: Millis,
) -> Result<Vec<DashboardId>, Fault> {
    let mut seeded = Vec::new();
    for dashboard in dashboards {
        if state(connection, &dashboard.id).await?.is_none() {
            seeded.push(add(connection, dashboard, now).await?.id);
        }
    }
    Ok(seeded)
}
