//! Who may see or edit a dashboard.

use std::collections::{BTreeMap, BTreeSet};

use tideboard_access::{Grant, Level, Subject};
use tideboard_boards::DashboardId;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, column, damaged, found, parse, parsed};
use super::{audit, changes};
use crate::{Change, NewAudit};

/// The grants of the dashboard of a row, as [`read`] takes them: each as its level and whom it is for.
macro_rules! list {
    () => {
        "ARRAY(SELECT grants.level || ' ' || grants.subject FROM grants WHERE grants.dashboard = dashboards.id)"
    };
}
pub(super) use list;

/// The grants in a column, in the order of whom they are for.
pub(super) fn read(row: &Row, index: usize) -> Result<Vec<Grant>, Fault> {
    let grant = |text: &str| {
        let (level, to) = text.split_once(' ').ok_or_else(|| damaged(&"a grant without a level"))?;
        Ok(Grant { to: parse(to)?, level: parse(level)? })
    };
    let mut grants = column::<Vec<&str>>(row, index)?.into_iter().map(grant).collect::<Result<Vec<_>, Fault>>()?;
    grants.sort();
    Ok(grants)
}

pub(super) async fn get(connection: &Connection, dashboard: &DashboardId) -> Result<Vec<Grant>, Fault> {
    let sql = concat!("SELECT ", list!(), " FROM dashboards WHERE id = $1 AND deleted IS NULL");
    read(&found(connection.row(sql, &[&dashboard.as_str()]).await?, "dashboard")?, 0)
}

pub(super) async fn set(
    connection: &Connection,
    dashboard: DashboardId,
    grants: Vec<Grant>,
    audit: NewAudit,
) -> Result<(), Fault> {
    get(connection, &dashboard).await?;
    replace(connection, &dashboard, grants).await?;
    changes::note(connection, &Change::DashboardShared { id: dashboard }).await?;
    audit::add(connection, audit).await
}

/// Replaces the grants of a dashboard; of several to one, the highest counts.
async fn replace(connection: &Connection, dashboard: &DashboardId, grants: Vec<Grant>) -> Result<(), Fault> {
    connection.execute("DELETE FROM grants WHERE dashboard = $1", &[&dashboard.as_str()]).await?;
    let mut highest: BTreeMap<Subject, Level> = BTreeMap::new();
    for Grant { to, level } in grants {
        let kept = highest.entry(to).or_insert(level);
        *kept = level.max(*kept);
    }
    let subjects: Vec<_> = highest.keys().map(Subject::to_string).collect();
    let levels: Vec<_> = highest.values().map(|level| level.as_str()).collect();
    let sql = "INSERT INTO grants (dashboard, subject, level)
               SELECT $1, subject, level FROM unnest($2::text[], $3::text[]) AS given (subject, level)
               WHERE subject = 'everyone' OR EXISTS (SELECT 1 FROM users WHERE subject = 'user:' || id)
                   OR EXISTS (SELECT 1 FROM teams WHERE subject = 'team:' || id)";
    connection.execute(sql, &[&dashboard.as_str(), &subjects, &levels]).await?;
    Ok(())
}

/// A new dashboard is everyone's, until somebody says otherwise.
pub(super) async fn begin(connection: &Connection, dashboard: &DashboardId) -> Result<(), Fault> {
    replace(connection, dashboard, vec![Grant { to: Subject::Everyone, level: Level::Edit }]).await
}

/// Takes all back that was granted to someone who goes.
pub(super) async fn forget(connection: &Connection, subject: &Subject) -> Result<(), Fault> {
    let sql = "DELETE FROM grants WHERE subject = $1 RETURNING dashboard";
    let lost = connection.rows(sql, &[&subject.to_string()]).await?;
    let lost = lost.iter().map(|row| parsed(row, 0));
    for id in lost.collect::<Result<BTreeSet<DashboardId>, _>>()? {
        changes::note(connection, &Change::DashboardShared { id }).await?;
    }
    Ok(())
}
