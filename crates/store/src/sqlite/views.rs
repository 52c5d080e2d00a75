//! Personal views.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tideboard_access::UserId;
use tideboard_boards::{DashboardId, PersonalView};
use tideboard_model::Millis;

use super::{changes, dashboards, users};
use crate::{Change, StoreError, document};

/// The last revision of a view (0 if there never was one), and its document unless it was deleted.
fn state(connection: &Connection, user: &UserId, dashboard: &DashboardId) -> Result<(u32, Option<String>), StoreError> {
    let sql = "SELECT revision, document FROM personal_views WHERE user = ?1 AND dashboard = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let state = statement.query_row(params![user.as_str(), dashboard.as_str()], read).optional()?;
    Ok(state.unwrap_or((0, None)))
}

pub(super) fn get(
    connection: &Connection,
    user: &UserId,
    dashboard: &DashboardId,
) -> Result<Option<PersonalView>, StoreError> {
    let (revision, json) = state(connection, user, dashboard)?;
    let view = json.map(|json| document::read::<PersonalView>(&json)).transpose()?;
    Ok(view.map(|view| PersonalView { revision, ..view }))
}

pub(super) fn save(
    connection: &Connection,
    user: &UserId,
    mut view: PersonalView,
    now: Millis,
) -> Result<PersonalView, StoreError> {
    view.check()?;
    users::get(connection, user)?;
    dashboards::get(connection, &view.dashboard)?;
    let (last, json) = state(connection, user, &view.dashboard)?;
    let current = if json.is_some() { last } else { 0 };
    if view.revision != current {
        return Err(StoreError::Conflict { current });
    }
    view.revision = last.saturating_add(1);
    connection.execute(
        "INSERT OR REPLACE INTO personal_views (user, dashboard, revision, document, updated)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        params![user.as_str(), view.dashboard.as_str(), view.revision, document::write(&view)?, now.0],
    )?;
    changed(connection, user, &view.dashboard)?;
    Ok(view)
}

fn changed(connection: &Connection, user: &UserId, dashboard: &DashboardId) -> Result<(), StoreError> {
    changes::note(connection, &Change::PersonalViewChanged { user: user.clone(), dashboard: dashboard.clone() })
}

pub(super) fn delete(
    connection: &Connection,
    user: &UserId,
    dashboard: &DashboardId,
    now: Millis,
) -> Result<(), StoreError> {
    let rows = connection.execute(
        "UPDATE personal_views SET document = NULL, revision = revision + 1, updated = ?3
         WHERE user = ?1 AND dashboard = ?2 AND document IS NOT NULL",
        params![user.as_str(), dashboard.as_str(), now.0],
    )?;
    if rows == 0 { Ok(()) } else { changed(connection, user, dashboard) }
}
