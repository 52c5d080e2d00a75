//! The installation and its users.

use rusqlite::{Connection, Row, params};
use tideboard_access::{Role, SigningKey, UserId};
use tideboard_model::Millis;

use super::changes;
use super::fault::{changed, found, is_taken, parsed};
use crate::record::OWNER_NAME;
use crate::{Change, FirstOpen, Installation, StoreError, User};

/// Makes the installation and its owner, unless they are there.
pub(super) fn begin(connection: &Connection, first: &FirstOpen) -> Result<(), StoreError> {
    let there: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM installation)", [], |row| row.get(0))?;
    if there {
        return Ok(());
    }
    let owner = User { id: first.owner.clone(), name: OWNER_NAME.to_owned(), role: Role::Owner, created: first.now };
    add(connection, &owner)?;
    connection.execute(
        "INSERT INTO installation (only_row, id, signing_key, owner, created) VALUES (1, ?1, ?2, ?3, ?4)",
        params![first.installation.as_str(), first.signing_key.to_pem(), first.owner.as_str(), first.now.0],
    )?;
    Ok(())
}

pub(super) fn installation(connection: &Connection) -> Result<Installation, StoreError> {
    let read = |row: &Row<'_>| Ok((parsed(row, 0)?, row.get::<_, String>(1)?, parsed(row, 2)?, row.get(3)?));
    let sql = "SELECT id, signing_key, owner, created FROM installation";
    let (id, pem, owner, created) = found(connection.query_row(sql, [], read), "installation")?;
    let signing_key = SigningKey::from_pem(&pem).map_err(|error| StoreError::Damaged { reason: error.to_string() })?;
    Ok(Installation { id, signing_key, owner, created: Millis(created) })
}

/// Columns of a user, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str = "users.id, users.name, users.role, users.created";

/// A user from a row whose columns start at an index.
pub(super) fn read(row: &Row<'_>, first: usize) -> rusqlite::Result<User> {
    Ok(User {
        id: parsed(row, first)?,
        name: row.get(first + 1)?,
        role: parsed(row, first + 2)?,
        created: Millis(row.get(first + 3)?),
    })
}

pub(super) fn get(connection: &Connection, id: &UserId) -> Result<User, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users WHERE id = ?1");
    found(connection.query_row(&sql, [id.as_str()], |row| read(row, 0)), "user")
}

pub(super) fn all(connection: &Connection) -> Result<Vec<User>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM users ORDER BY created, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let users = statement.query_map([], |row| read(row, 0))?;
    Ok(users.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn add(connection: &Connection, user: &User) -> Result<(), StoreError> {
    let inserted = connection.execute(
        "INSERT INTO users (id, name, role, created) VALUES (?1, ?2, ?3, ?4)",
        params![user.id.as_str(), user.name, user.role.as_str(), user.created.0],
    );
    match inserted {
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what: "user" }),
        other => changed(other?, "user"),
    }?;
    changes::note(connection, &Change::UserChanged { id: user.id.clone() })
}

pub(super) fn set_role(connection: &Connection, id: &UserId, role: Role) -> Result<(), StoreError> {
    let sql = "UPDATE users SET role = ?2 WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), role.as_str()])?, "user")?;
    let sql = "SELECT EXISTS (SELECT 1 FROM users WHERE role = ?1)";
    let owned: bool = connection.query_row(sql, [Role::Owner.as_str()], |row| row.get(0))?;
    // Refused after the change: the error rolls the transaction back.
    if !owned {
        return Err(StoreError::Refused { reason: "someone must stay owner: make another user owner first" });
    }
    changes::note(connection, &Change::UserChanged { id: id.clone() })
}
