//! Personal views.

use tideboard_access::UserId;
use tideboard_boards::{DashboardId, PersonalView};
use tideboard_model::Millis;

use super::connection::Connection;
use super::fault::{Fault, column, revision};
use super::{changes, dashboards, users};
use crate::{Change, StoreError, document};

/// The last revision of a view (0 if there never was one), and its document unless it was deleted.
async fn state(
    connection: &Connection,
    user: &UserId,
    dashboard: &DashboardId,
) -> Result<(u32, Option<String>), Fault> {
    let sql = "SELECT revision, document FROM personal_views WHERE user_id = $1 AND dashboard = $2";
    let row = connection.row(sql, &[&user.as_str(), &dashboard.as_str()]).await?;
    row.map_or(Ok((0, None)), |row| Ok((revision(&row, 0)?, column(&row, 1)?)))
}

pub(super) async fn get(
    connection: &Connection,
    user: UserId,
    dashboard: DashboardId,
) -> Result<Option<PersonalView>, Fault> {
    let (revision, json) = state(connection, &user, &dashboard).await?;
    let view = json.map(|json| document::read::<PersonalView>(&json)).transpose()?;
    Ok(view.map(|view| PersonalView { revision, ..view }))
}

pub(super) async fn save(
    connection: &Connection,
    user: UserId,
    mut view: PersonalView,
    now: Millis,
) -> Result<PersonalView, Fault> {
    view.check()?;
    users::get(connection, &user).await?;
    dashboards::get(connection, view.dashboard.clone()).await?;
    let (last, json) = state(connection, &user, &view.dashboard).await?;
    let current = if json.is_some() { last } else { 0 };
    if view.revision != current {
        return Err(StoreError::Conflict { current }.into());
    }
    view.revision = last.saturating_add(1);
    let sql = "INSERT INTO personal_views (user_id, dashboard, revision, document, updated)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (user_id, dashboard) DO UPDATE SET revision = excluded.revision,
                   document = excluded.document, updated = excluded.updated";
    let (revision, json) = (i64::from(view.revision), document::write(&view)?);
    connection.execute(sql, &[&user.as_str(), &view.dashboard.as_str(), &revision, &json, &now.0]).await?;
    changed(connection, user, view.dashboard.clone()).await?;
    Ok(view)
}

async fn changed(connection: &Connection, user: UserId, dashboard: DashboardId) -> Result<(), Fault> {
    changes::note(connection, &Change::PersonalViewChanged { user, dashboard }).await
}

pub(super) async fn delete(
    connection: &Connection,
    user: UserId,
    dashboard: DashboardId,
    now: Millis,
) -> Result<(), Fault> {
    let sql = "UPDATE personal_views SET document = NULL, revision = revision + 1, updated = $3
               WHERE user_id = $1 AND dashboard = $2 AND document IS NOT NULL";
    let rows = connection.execute(sql, &[&user.as_str(), &dashboard.as_str(), &now.0]).await?;
    if rows == 0 { Ok(()) } else { changed(connection, user, dashboard).await }
}
