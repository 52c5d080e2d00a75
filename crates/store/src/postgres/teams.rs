//! Teams and who is in them.

use std::collections::BTreeSet;

use tideboard_access::{Subject, TeamId, UserId};
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, all_parsed, changed, column, millis, parsed};
use super::{audit, grants, users};
use crate::{NewAudit, StoreError, Team};

pub(super) async fn all(connection: &Connection) -> Result<Vec<Team>, Fault> {
    let sql = "SELECT id, name, ARRAY(SELECT user_id FROM members WHERE members.team = teams.id), created FROM teams
               ORDER BY folded, id";
    let read = |row: &Row| {
        let (id, name) = (parsed(row, 0)?, column(row, 1)?);
        Ok(Team { id, name, members: all_parsed(row, 2)?, created: millis(row, 3)? })
    };
    connection.rows(sql, &[]).await?.iter().map(read).collect()
}

/// A row whose id or name may be taken.
fn named(written: Result<u64, Fault>) -> Result<(), Fault> {
    match written {
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what: "team" }.into()),
        other => changed(other?, "team"),
    }
}

pub(super) async fn add(connection: &Connection, team: Team, audit: NewAudit) -> Result<(), Fault> {
    let sql = "INSERT INTO teams (id, name, folded, created) VALUES ($1, $2, $3, $4)";
    let (id, folded) = (team.id.as_str(), team.name.to_lowercase());
    named(connection.execute(sql, &[&id, &team.name, &folded, &team.created.0]).await)?;
    set_members(connection, &team.id, &team.members).await?;
    audit::add(connection, audit).await
}

pub(super) async fn save(
    connection: &Connection,
    id: TeamId,
    name: String,
    members: BTreeSet<UserId>,
    audit: NewAudit,
) -> Result<(), Fault> {
    let sql = "UPDATE teams SET name = $2, folded = $3 WHERE id = $1";
    named(connection.execute(sql, &[&id.as_str(), &name, &name.to_lowercase()]).await)?;
    set_members(connection, &id, &members).await?;
    audit::add(connection, audit).await
}

/// Makes these the members, as far as they are users, and notes each who came or went.
async fn set_members(connection: &Connection, team: &TeamId, members: &BTreeSet<UserId>) -> Result<(), Fault> {
    let members: Vec<_> = members.iter().map(UserId::as_str).collect();
    let sql = "DELETE FROM members WHERE team = $1 AND NOT (user_id = ANY ($2)) RETURNING user_id";
    let went = connection.rows(sql, &[&team.as_str(), &members]).await?;
    let sql = "INSERT INTO members (team, user_id) SELECT $1, id FROM users WHERE id = ANY ($2)
               ON CONFLICT DO NOTHING RETURNING user_id";
    let came = connection.rows(sql, &[&team.as_str(), &members]).await?;
    let concerned = went.iter().chain(&came).map(|row| parsed(row, 0));
    for user in concerned.collect::<Result<BTreeSet<UserId>, _>>()? {
        users::note(connection, user).await?;
    }
    Ok(())
}

pub(super) async fn delete(connection: &Connection, id: TeamId, audit: NewAudit) -> Result<(), Fault> {
    set_members(connection, &id, &BTreeSet::new()).await?;
    changed(connection.execute("DELETE FROM teams WHERE id = $1", &[&id.as_str()]).await?, "team")?;
    grants::forget(connection, &Subject::Team(id)).await?;
    audit::add(connection, audit).await
}
