//! Grants: who may see or edit a dashboard.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, Row, params};
use tideboard_access::{Grant, Level, Subject};
use tideboard_boards::DashboardId;

use super::changes;
use super::fault::{found, from_json, parsed};
use crate::{Change, StoreError};

/// All grants of the dashboard of a row, as [`read`] takes them.
pub(super) const COLUMN: &str = "(SELECT json_group_array(json_object('to', subject, 'level', level))
                                  FROM grants WHERE dashboard = dashboards.id)";

/// The grants in a column, in the order of whom they are for.
pub(super) fn read(row: &Row<'_>, column: usize) -> rusqlite::Result<Vec<Grant>> {
    let mut grants: Vec<Grant> = from_json(row, column)?;
    grants.sort();
    Ok(grants)
}

pub(super) fn get(connection: &Connection, dashboard: &DashboardId) -> Result<Vec<Grant>, StoreError> {
    let sql = format!("SELECT {COLUMN} FROM dashboards WHERE id = ?1 AND deleted IS NULL");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row([dashboard.as_str()], |row| read(row, 0)), "dashboard")
}

pub(super) fn set(connection: &Connection, dashboard: &DashboardId, grants: Vec<Grant>) -> Result<(), StoreError> {
    get(connection, dashboard)?;
    replace(connection, dashboard, grants)?;
    changes::note(connection, &Change::DashboardShared { id: dashboard.clone() })
}

/// Replaces the grants of a dashboard; of several to one, the highest counts.
fn replace(connection: &Connection, dashboard: &DashboardId, grants: Vec<Grant>) -> Result<(), StoreError> {
    connection.execute("DELETE FROM grants WHERE dashboard = ?1", [dashboard.as_str()])?;
    let mut levels: BTreeMap<Subject, Level> = BTreeMap::new();
    for Grant { to, level } in grants {
        let kept = levels.entry(to).or_insert(level);
        *kept = level.max(*kept);
    }
    let mut statement =
        connection.prepare_cached("INSERT INTO grants (dashboard, subject, level) VALUES (?1, ?2, ?3)")?;
    for (to, level) in levels {
        if exists(connection, &to)? {
            statement.execute(params![dashboard.as_str(), to.to_string(), level.as_str()])?;
        }
    }
    Ok(())
}

fn exists(connection: &Connection, subject: &Subject) -> Result<bool, StoreError> {
    let (sql, id) = match subject {
        Subject::Everyone => return Ok(true),
        Subject::User(id) => ("SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1)", id.as_str()),
        Subject::Team(id) => ("SELECT EXISTS (SELECT 1 FROM teams WHERE id = ?1)", id.as_str()),
    };
    Ok(connection.prepare_cached(sql)?.query_row([id], |row| row.get(0))?)
}

/// A new dashboard is everyone's, until somebody says otherwise.
pub(super) fn begin(connection: &Connection, dashboard: &DashboardId) -> Result<(), StoreError> {
    replace(connection, dashboard, vec![Grant { to: Subject::Everyone, level: Level::Edit }])
}

/// Takes all back that was granted to someone who goes.
pub(super) fn forget(connection: &Connection, subject: &Subject) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached("DELETE FROM grants WHERE subject = ?1 RETURNING dashboard")?;
    let lost = statement.query_map([subject.to_string()], |row| parsed(row, 0))?;
    for id in lost.collect::<rusqlite::Result<BTreeSet<DashboardId>>>()? {
        changes::note(connection, &Change::DashboardShared { id })?;
    }
    Ok(())
}
