//! Passwords and second factors.

use tideboard_access::{Login, PasswordHash, SecretHash, SessionId, TotpSecret, UserId};
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, all_parsed, changed, column, damaged, found};
use super::{audit, sessions, users};
use crate::{Credentials, NewAudit, Totp};

/// Columns of credentials, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        concat!(
            users::columns!(),
            ", users.password, users.totp, coalesce(users.totp_step, 0),
               ARRAY(SELECT hash FROM recovery_codes
                     WHERE recovery_codes.user_id = users.id AND used IS NULL ORDER BY hash)"
        )
    };
}

fn read(row: &Row) -> Result<Credentials, Fault> {
    let password: Option<String> = column(row, users::WIDTH)?;
    let secret: Option<String> = column(row, users::WIDTH + 1)?;
    let last_step: i64 = column(row, users::WIDTH + 2)?;
    let recovery = all_parsed(row, users::WIDTH + 3)?;
    let last_step = u64::try_from(last_step).map_err(|error| damaged(&error))?;
    Ok(Credentials {
        user: users::read(row, 0)?,
        password: password.map(PasswordHash::stored),
        totp: secret.map(|secret| Totp { secret: TotpSecret::stored(secret), last_step, recovery }),
    })
}

pub(super) async fn by_login(connection: &Connection, login: Login) -> Result<Option<Credentials>, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM users WHERE login = $1");
    connection.row(sql, &[&login.as_str()]).await?.as_ref().map(read).transpose()
}

pub(super) async fn of(connection: &Connection, user: UserId) -> Result<Credentials, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM users WHERE id = $1");
    read(&found(connection.row(sql, &[&user.as_str()]).await?, "user")?)
}

/// Puts a password in the place of the one before.
pub(super) async fn put_password(connection: &Connection, user: &UserId, password: &PasswordHash) -> Result<(), Fault> {
    let sql = "UPDATE users SET password = $2 WHERE id = $1";
    changed(connection.execute(sql, &[&user.as_str(), &password.as_str()]).await?, "user")
}

pub(super) async fn set_password(
    connection: &Connection,
    user: UserId,
    password: PasswordHash,
    keep: Option<SessionId>,
    audit: NewAudit,
) -> Result<Vec<SessionId>, Fault> {
    put_password(connection, &user, &password).await?;
    // Whoever holds another link for this must not undo it.
    let sql = "UPDATE links SET used = $2 WHERE user_id = $1 AND purpose = 'reset' AND used IS NULL";
    connection.execute(sql, &[&user.as_str(), &audit.at.0]).await?;
    let ended = sessions::end(connection, &user, keep.as_ref(), audit.at).await?;
    audit::add(connection, audit).await?;
    Ok(ended)
}

pub(super) async fn set_totp(
    connection: &Connection,
    user: UserId,
    totp: Option<Totp>,
    audit: NewAudit,
) -> Result<(), Fault> {
    let sql = "UPDATE users SET totp = $2, totp_step = $3 WHERE id = $1";
    let secret = totp.as_ref().map(|totp| totp.secret.base32());
    let last_step = totp.as_ref().map(|totp| step(totp.last_step));
    changed(connection.execute(sql, &[&user.as_str(), &secret, &last_step]).await?, "user")?;
    connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", &[&user.as_str()]).await?;
    let codes = totp.map(|totp| totp.recovery).unwrap_or_default();
    let codes: Vec<_> = codes.iter().map(SecretHash::to_string).collect();
    let sql = "INSERT INTO recovery_codes (user_id, hash) SELECT $1, unnest($2::text[])";
    connection.execute(sql, &[&user.as_str(), &codes]).await?;
    users::note(connection, user).await?;
    audit::add(connection, audit).await
}

/// Steps are counted in half minutes since 1970: they fit.
fn step(of: u64) -> i64 {
    i64::try_from(of).unwrap_or(i64::MAX)
}

pub(super) async fn use_totp_step(connection: &Connection, user: UserId, of: u64) -> Result<bool, Fault> {
    let sql = "UPDATE users SET totp_step = $2 WHERE id = $1 AND totp IS NOT NULL AND coalesce(totp_step, 0) < $2";
    Ok(connection.execute(sql, &[&user.as_str(), &step(of)]).await? > 0)
}

pub(super) async fn use_recovery_code(
    connection: &Connection,
    user: UserId,
    code: SecretHash,
    audit: NewAudit,
) -> Result<bool, Fault> {
    let sql = "UPDATE recovery_codes SET used = $3 WHERE user_id = $1 AND hash = $2 AND used IS NULL";
    let is_used = connection.execute(sql, &[&user.as_str(), &code.to_string(), &audit.at.0]).await? > 0;
    if is_used {
        audit::add(connection, audit).await?;
    }
    Ok(is_used)
}
