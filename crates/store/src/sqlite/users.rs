//! Users.

use rusqlite::{Connection, Row, params};
use tideboard_access::{Login, Reach, Role, SessionId, UserId};
use tideboard_model::Millis;

use super::fault::{changed, found, from_json, is_taken, parsed, parsed_if_any, time};
use super::{changes, sessions};
use crate::{Change, NewUser, StoreError, User, document};

/// Columns of a user, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str = "users.id, users.name, users.login, users.role, users.reach, \
                                  (SELECT json_group_array(team) FROM members WHERE members.user = users.id), \
                                  users.created, users.disabled, users.password IS NOT NULL, users.totp IS NOT NULL";
/// How many columns those are.
pub(super) const WIDTH: usize = 10;

/// A user from a row whose columns start at an index.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: parsed(row, first)?,
        name: row.get(first + 1)?,
        login: parsed_if_any(row, first + 2)?,
        role: parsed(row, first + 3)?,
        reach: from_json(row, first + 4)?,
        teams: from_json(row, first + 5)?,
        created: Millis(row.get(first + 6)?),
        disabled: time(row, first + 7)?,
        has_password: row.get(first + 8)?,
        has_totp: row.get(first + 9)?,
    })
}

pub(super) fn get(connection: &Connection, id: &UserId) -> Result<User, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row([id.as_str()], |row| read(row, 0)), "user")
}

pub(super) fn all(connection: &Connection) -> Result<Vec<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY created, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let users = statement.query_map([], |row| read(row, 0))?;
    Ok(users.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn add(connection: &Connection, user: &NewUser, now: Millis) -> Result<(), StoreError> {
    let inserted = connection.execute(
        "INSERT INTO users (id, name, login, role, reach, created) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            user.id.as_str(),
            user.name,
            user.login.as_ref().map(Login::as_str),
            user.role.as_str(),
            document::write(&user.reach)?,
            now.0
        ],
    );
    match inserted {
        Err(error) if is_taken(&error) => {
            let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE id = ?1)";
            let is_there: bool = connection.query_row(sql, [user.id.as_str()], |row| row.get(0))?;
            Err(StoreError::Exists { what: if is_there { "user" } else { "login" } })
        }
        other => changed(other?, "user"),
    }?;
    has_changed(connection, &user.id)
}

/// Notes a user who is another now.
pub(super) fn has_changed(connection: &Connection, id: &UserId) -> Result<(), StoreError> {
    changes::note(connection, &Change::UserChanged { id: id.clone() })
}

/// Refuses if nobody could look after the installation any more. Asked after a change: the error rolls it back.
fn expect_owner(connection: &Connection) -> Result<(), StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE role = ?1 AND disabled IS NULL)";
    let owned: bool = connection.query_row(sql, [Role::Owner.as_str()], |row| row.get(0))?;
    let reason = "someone must stay owner: make another user owner first";
    if owned { Ok(()) } else { Err(StoreError::Refused { reason }) }
}

pub(super) fn set_role(connection: &Connection, id: &UserId, role: Role) -> Result<(), StoreError> {
    let sql = "UPDATE users SET role = ?2 WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), role.as_str()])?, "user")?;
    expect_owner(connection)?;
    has_changed(connection, id)
}

pub(super) fn set_reach(connection: &Connection, id: &UserId, reach: &Reach) -> Result<(), StoreError> {
    let sql = "UPDATE users SET reach = ?2 WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), document::write(reach)?])?, "user")?;
    has_changed(connection, id)
}

pub(super) fn set_profile(
    connection: &Connection,
    id: &UserId,
    name: &str,
    login: Option<&Login>,
) -> Result<(), StoreError> {
    let sql = "UPDATE users SET name = ?2, login = ?3 WHERE id = ?1";
    match connection.execute(sql, params![id.as_str(), name, login.map(Login::as_str)]) {
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what: "login" }),
        other => changed(other?, "user"),
    }?;
    has_changed(connection, id)
}

pub(super) fn set_disabled(
    connection: &Connection,
    id: &UserId,
    disabled: bool,
    now: Millis,
) -> Result<Vec<SessionId>, StoreError> {
    // Who is shut out already stays so since then.
    let sql = "UPDATE users SET disabled = CASE WHEN ?2 THEN coalesce(disabled, ?3) END WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), disabled, now.0])?, "user")?;
    expect_owner(connection)?;
    has_changed(connection, id)?;
    if disabled { sessions::revoke_others(connection, id, None, now) } else { Ok(Vec::new()) }
}
