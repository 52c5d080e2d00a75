//! What people prove who they are with: passwords, second factors and recovery codes.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tideboard_access::{Login, PasswordHash, SecretHash, SessionId, TotpSecret, UserId};
use tideboard_model::Millis;

use super::fault::{changed, from_json};
use super::{sessions, users};
use crate::{Credentials, StoreError, Totp};

fn read(row: &Row<'_>) -> rusqlite::Result<Credentials> {
    let width = users::WIDTH;
    let last_step = row.get::<_, Option<i64>>(width + 2)?.map_or(0, |step| u64::try_from(step).unwrap_or(0));
    let recovery = from_json(row, width + 3)?;
    let totp = row.get::<_, Option<String>>(width + 1)?.map(TotpSecret::stored);
    Ok(Credentials {
        user: users::read(row, 0)?,
        password: row.get::<_, Option<String>>(width)?.map(PasswordHash::stored),
        totp: totp.map(|secret| Totp { secret, last_step, recovery }),
    })
}

/// The credentials of the user of whom a column has a value.
fn find(connection: &Connection, column: &str, value: &str) -> Result<Option<Credentials>, StoreError> {
    let sql = format!(
        "SELECT {}, users.password, users.totp, users.totp_step,
                (SELECT json_group_array(hash ORDER BY hash) FROM recovery_codes
                 WHERE recovery_codes.user = users.id AND used IS NULL)
         FROM users WHERE {column} = ?1",
        users::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    Ok(statement.query_row([value], read).optional()?)
}

pub(super) fn of_login(connection: &Connection, login: &Login) -> Result<Option<Credentials>, StoreError> {
    find(connection, "login", login.as_str())
}

pub(super) fn of_user(connection: &Connection, id: &UserId) -> Result<Credentials, StoreError> {
    find(connection, "id", id.as_str())?.ok_or(StoreError::NotFound { what: "user" })
}

pub(super) fn set_password(
    connection: &Connection,
    id: &UserId,
    password: &PasswordHash,
    keep: Option<&SessionId>,
    now: Millis,
) -> Result<Vec<SessionId>, StoreError> {
    let sql = "UPDATE users SET password = ?2 WHERE id = ?1";
    changed(connection.execute(sql, params![id.as_str(), password.as_str()])?, "user")?;
    // Whoever holds another link for this must not undo it.
    let sql = "UPDATE links SET used = ?2 WHERE user = ?1 AND purpose = 'reset' AND used IS NULL";
    connection.execute(sql, params![id.as_str(), now.0])?;
    sessions::revoke_others(connection, id, keep, now)
}

/// Steps are counted in half minutes since 1970: they fit.
fn step(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

pub(super) fn set_totp(connection: &Connection, id: &UserId, totp: Option<&Totp>) -> Result<(), StoreError> {
    let sql = "UPDATE users SET totp = ?2, totp_step = ?3 WHERE id = ?1";
    let (secret, last_step) = (totp.map(|totp| totp.secret.base32()), totp.map(|totp| step(totp.last_step)));
    changed(connection.execute(sql, params![id.as_str(), secret, last_step])?, "user")?;
    connection.execute("DELETE FROM recovery_codes WHERE user = ?1", [id.as_str()])?;
    let mut statement = connection.prepare_cached("INSERT INTO recovery_codes (user, hash) VALUES (?1, ?2)")?;
    for code in totp.iter().flat_map(|totp| &totp.recovery) {
        statement.execute(params![id.as_str(), code.to_string()])?;
    }
    users::has_changed(connection, id)
}

pub(super) fn use_totp_step(connection: &Connection, id: &UserId, of: u64) -> Result<bool, StoreError> {
    let sql = "UPDATE users SET totp_step = ?2 WHERE id = ?1 AND totp IS NOT NULL AND totp_step < ?2";
    Ok(connection.execute(sql, params![id.as_str(), step(of)])? > 0)
}

pub(super) fn use_recovery_code(
    connection: &Connection,
    id: &UserId,
    code: SecretHash,
    now: Millis,
) -> Result<bool, StoreError> {
    let sql = "UPDATE recovery_codes SET used = ?3 WHERE user = ?1 AND hash = ?2 AND used IS NULL";
    Ok(connection.execute(sql, params![id.as_str(), code.to_string(), now.0])? > 0)
}
