//! The installation and its users.

use tideboard_access::{Role, SigningKey, UserId};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::changes;
use super::connection::Connection;
use super::fault::{Fault, changed, column, found, parsed};
use crate::record::OWNER_NAME;
use crate::{Change, FirstOpen, Installation, StoreError, User};

/// Makes the installation and its owner, unless they are there.
pub(super) async fn begin(connection: &Connection, first: &FirstOpen) -> Result<(), Fault> {
    if connection.row("SELECT 1 FROM installation", &[]).await?.is_some() {
        return Ok(());
    }
    let owner = User { id: first.owner.clone(), name: OWNER_NAME.to_owned(), role: Role::Owner, created: first.now };
    add(connection, owner).await?;
    let sql = "INSERT INTO installation (id, signing_key, owner, created) VALUES ($1, $2, $3, $4)";
    let (id, key, owner) = (first.installation.as_str(), first.signing_key.to_pem(), first.owner.as_str());
    connection.execute(sql, &[&id, &key, &owner, &first.now.0]).await?;
    Ok(())
}

pub(super) async fn installation(connection: &Connection) -> Result<Installation, Fault> {
    let sql = "SELECT id, signing_key, owner, created FROM installation";
    let row = found(connection.row(sql, &[]).await?, "installation")?;
    let signing_key = SigningKey::from_pem(column(&row, 1)?);
    let signing_key = signing_key.map_err(|error| StoreError::Damaged { reason: error.to_string() })?;
    Ok(Installation { id: parsed(&row, 0)?, signing_key, owner: parsed(&row, 2)?, created: Millis(column(&row, 3)?) })
}

/// A user from a row whose columns `id, name, role, created` start at an index.
pub(super) fn read(row: &Row, first: usize) -> Result<User, Fault> {
    Ok(User {
        id: parsed(row, first)?,
        name: column(row, first + 1)?,
        role: parsed(row, first + 2)?,
        created: Millis(column(row, first + 3)?),
    })
}

pub(super) async fn get(connection: &Connection, id: UserId) -> Result<User, Fault> {
    let sql = "SELECT id, name, role, created FROM users WHERE id = $1";
    read(&found(connection.row(sql, &[&id.as_str()]).await?, "user")?, 0)
}

pub(super) async fn all(connection: &Connection) -> Result<Vec<User>, Fault> {
    let sql = "SELECT id, name, role, created FROM users ORDER BY created, id";
    connection.rows(sql, &[]).await?.iter().map(|row| read(row, 0)).collect()
}

pub(super) async fn add(connection: &Connection, user: User) -> Result<(), Fault> {
    let sql = "INSERT INTO users (id, name, role, created) VALUES ($1, $2, $3, $4)";
    let (id, role) = (user.id.as_str(), user.role.as_str());
    match connection.execute(sql, &[&id, &user.name, &role, &user.created.0]).await {
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what: "user" }.into()),
        other => changed(other?, "user"),
    }?;
    changes::note(connection, &Change::UserChanged { id: user.id }).await
}

pub(super) async fn set_role(connection: &Connection, id: UserId, role: Role) -> Result<(), Fault> {
    let sql = "UPDATE users SET role = $2 WHERE id = $1";
    changed(connection.execute(sql, &[&id.as_str(), &role.as_str()]).await?, "user")?;
    let owner = connection.row("SELECT 1 FROM users WHERE role = $1 LIMIT 1", &[&Role::Owner.as_str()]).await?;
    // Refused after the change: the error rolls the transaction back.
    if owner.is_none() {
        return Err(StoreError::Refused { reason: "someone must stay owner: make another user owner first" }.into());
    }
    changes::note(connection, &Change::UserChanged { id }).await
}
