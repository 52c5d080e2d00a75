//! Users.

use tideboard_access::{Login, PasswordHash, Reach, Role, SessionId, UserId};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, all_parsed, changed, column, found, millis, millis_or_none, parsed, parsed_or_none};
use super::{audit, changes, sessions};
use crate::{Change, NewAudit, NewUser, StoreError, User, document};

/// Columns of a user, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "users.id, users.name, users.login, users.role, users.reach,
         ARRAY(SELECT team FROM members WHERE members.user_id = users.id), users.created, users.disabled,
         users.password IS NOT NULL, users.totp IS NOT NULL"
    };
}
pub(super) use columns;

/// How many columns those are.
pub(super) const WIDTH: usize = 10;

/// A user from a row whose columns start at an index.
pub(super) fn read(row: &Row, first: usize) -> Result<User, Fault> {
    Ok(User {
        id: parsed(row, first)?,
        name: column(row, first + 1)?,
        login: parsed_or_none(row, first + 2)?,
        role: parsed(row, first + 3)?,
        reach: document::read(column(row, first + 4)?)?,
        teams: all_parsed(row, first + 5)?,
        created: millis(row, first + 6)?,
        disabled: millis_or_none(row, first + 7)?,
        has_password: column(row, first + 8)?,
        has_totp: column(row, first + 9)?,
    })
}

pub(super) async fn get(connection: &Connection, id: &UserId) -> Result<User, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM users WHERE id = $1");
    read(&found(connection.row(sql, &[&id.as_str()]).await?, "user")?, 0)
}

/// A user who is not shut out.
pub(super) async fn let_in(connection: &Connection, id: &UserId) -> Result<User, Fault> {
    let user = get(connection, id).await?;
    found(user.disabled.is_none().then_some(user), "user")
}

pub(super) async fn all(connection: &Connection) -> Result<Vec<User>, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM users ORDER BY created, id");
    connection.rows(sql, &[]).await?.iter().map(|row| read(row, 0)).collect()
}

pub(super) async fn add(connection: &Connection, user: NewUser, now: Millis) -> Result<(), Fault> {
    insert(connection, user, None, now).await
}

/// Adds a user who may have a password at once.
pub(super) async fn insert(
    connection: &Connection,
    user: NewUser,
    password: Option<PasswordHash>,
    now: Millis,
) -> Result<(), Fault> {
    expect_free(connection, user.login.as_ref(), &user.id).await?;
    let sql = "INSERT INTO users (id, name, login, role, reach, password, created) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, login, role) = (user.id.as_str(), user.login.as_ref().map(Login::as_str), user.role.as_str());
    let (reach, password) = (document::write(&user.reach)?, password.as_ref().map(PasswordHash::as_str));
    match connection.execute(sql, &[&id, &user.name, &login, &role, &reach, &password, &now.0]).await {
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what: "user" }.into()),
        other => changed(other?, "user"),
    }?;
    note(connection, user.id).await
}

/// Refuses a login that someone else has.
async fn expect_free(connection: &Connection, login: Option<&Login>, user: &UserId) -> Result<(), Fault> {
    let sql = "SELECT 1 FROM users WHERE login = $1 AND id <> $2";
    match connection.row(sql, &[&login.map(Login::as_str), &user.as_str()]).await? {
        Some(_) => Err(StoreError::Exists { what: "login" }.into()),
        None => Ok(()),
    }
}

/// Notes that a user is not what the user was.
pub(super) async fn note(connection: &Connection, id: UserId) -> Result<(), Fault> {
    changes::note(connection, &Change::UserChanged { id }).await
}

/// Refused after the change: the error rolls the transaction back.
async fn expect_owner(connection: &Connection) -> Result<(), Fault> {
    let sql = "SELECT 1 FROM users WHERE role = $1 AND disabled IS NULL LIMIT 1";
    match connection.row(sql, &[&Role::Owner.as_str()]).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::Refused { reason: "someone must stay owner: make another user owner first" }.into()),
    }
}

pub(super) async fn set_role(connection: &Connection, id: UserId, role: Role, audit: NewAudit) -> Result<(), Fault> {
    let sql = "UPDATE users SET role = $2 WHERE id = $1";
    changed(connection.execute(sql, &[&id.as_str(), &role.as_str()]).await?, "user")?;
    expect_owner(connection).await?;
    note(connection, id).await?;
    audit::add(connection, audit).await
}

pub(super) async fn set_reach(connection: &Connection, id: UserId, reach: Reach, audit: NewAudit) -> Result<(), Fault> {
    let sql = "UPDATE users SET reach = $2 WHERE id = $1";
    changed(connection.execute(sql, &[&id.as_str(), &document::write(&reach)?]).await?, "user")?;
    note(connection, id).await?;
    audit::add(connection, audit).await
}

pub(super) async fn set_profile(
    connection: &Connection,
    id: UserId,
    name: String,
    login: Option<Login>,
    audit: NewAudit,
) -> Result<(), Fault> {
    expect_free(connection, login.as_ref(), &id).await?;
    let sql = "UPDATE users SET name = $2, login = $3 WHERE id = $1";
    let login = login.as_ref().map(Login::as_str);
    changed(connection.execute(sql, &[&id.as_str(), &name, &login]).await?, "user")?;
    note(connection, id).await?;
    audit::add(connection, audit).await
}

pub(super) async fn set_disabled(
    connection: &Connection,
    id: UserId,
    disabled: bool,
    audit: NewAudit,
) -> Result<Vec<SessionId>, Fault> {
    // Who is shut out already stays so since then.
    let sql = "UPDATE users SET disabled = CASE WHEN $2 THEN coalesce(disabled, $3) END WHERE id = $1";
    changed(connection.execute(sql, &[&id.as_str(), &disabled, &audit.at.0]).await?, "user")?;
    expect_owner(connection).await?;
    note(connection, id.clone()).await?;
    let ended = if disabled { sessions::end(connection, &id, None, audit.at).await? } else { Vec::new() };
    audit::add(connection, audit).await?;
    Ok(ended)
}
