//! Teams and who is in them.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use tideboard_access::{Subject, TeamId, UserId};
use tideboard_model::Millis;

use super::fault::{changed, found, from_json, is_taken, parsed};
use super::{grants, users};
use crate::{StoreError, Team};

const MISSING: &str = "team";

pub(super) fn all(connection: &Connection) -> Result<Vec<Team>, StoreError> {
    let sql = "SELECT id, name, (SELECT json_group_array(user) FROM members WHERE team = teams.id), created
               FROM teams ORDER BY folded";
    let mut statement = connection.prepare_cached(sql)?;
    let read = |row: &Row<'_>| {
        let (id, name, members) = (parsed(row, 0)?, row.get(1)?, from_json(row, 2)?);
        Ok(Team { id, name, members, created: Millis(row.get(3)?) })
    };
    let teams = statement.query_map([], read)?;
    Ok(teams.collect::<rusqlite::Result<_>>()?)
}

/// The row of a team: its id or its name may be another's.
fn kept(rows: rusqlite::Result<usize>) -> Result<(), StoreError> {
    match rows {
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what: MISSING }),
        other => changed(other?, MISSING),
    }
}

pub(super) fn add(connection: &Connection, team: &Team) -> Result<(), StoreError> {
    let sql = "INSERT INTO teams (id, name, folded, created) VALUES (?1, ?2, ?3, ?4)";
    let folded = team.name.to_lowercase();
    kept(connection.execute(sql, params![team.id.as_str(), team.name, folded, team.created.0]))?;
    set_members(connection, &team.id, &team.members)
}

pub(super) fn save(
    connection: &Connection,
    id: &TeamId,
    name: &str,
    members: &BTreeSet<UserId>,
) -> Result<(), StoreError> {
    let sql = "UPDATE teams SET name = ?2, folded = ?3 WHERE id = ?1";
    kept(connection.execute(sql, params![id.as_str(), name, name.to_lowercase()]))?;
    set_members(connection, id, members)
}

/// Lets those in who are not yet, and the others out; each of them is another user then.
fn set_members(connection: &Connection, team: &TeamId, members: &BTreeSet<UserId>) -> Result<(), StoreError> {
    let sql = "SELECT json_group_array(user) FROM members WHERE team = ?1";
    let before = connection.query_row(sql, [team.as_str()], |row| from_json(row, 0));
    let before: BTreeSet<UserId> = found(before, MISSING)?;
    for user in before.symmetric_difference(members) {
        let has_changed =
            if before.contains(user) { leave(connection, team, user)? } else { join(connection, team, user)? };
        if has_changed {
            users::has_changed(connection, user)?;
        }
    }
    Ok(())
}

/// Lets a user in, if there are such a user and such a team; whether there are.
pub(super) fn join(connection: &Connection, team: &TeamId, user: &UserId) -> Result<bool, StoreError> {
    let sql = "INSERT INTO members (team, user) SELECT teams.id, users.id FROM teams, users
               WHERE teams.id = ?1 AND users.id = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![team.as_str(), user.as_str()])? > 0)
}

fn leave(connection: &Connection, team: &TeamId, user: &UserId) -> Result<bool, StoreError> {
    let sql = "DELETE FROM members WHERE team = ?1 AND user = ?2";
    Ok(connection.prepare_cached(sql)?.execute(params![team.as_str(), user.as_str()])? > 0)
}

pub(super) fn delete(connection: &Connection, id: &TeamId) -> Result<(), StoreError> {
    set_members(connection, id, &BTreeSet::new())?;
    grants::forget(connection, &Subject::Team(id.clone()))?;
    changed(connection.execute("DELETE FROM teams WHERE id = ?1", [id.as_str()])?, MISSING)
}
