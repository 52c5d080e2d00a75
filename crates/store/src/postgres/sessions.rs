//! Sessions and one-time sign-in tokens.

use tideboard_access::{SecretHash, UserId};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, found, parsed};
use super::{changes, users};
use crate::record::{TOUCH_MS, session_of};
use crate::{Change, NewSession, NewSignIn, SIGN_IN_MAX_MS, Session, StoreError, User};

/// How many columns a session has.
const WIDTH: usize = 7;

fn read(row: &Row) -> Result<Session, Fault> {
    Ok(Session {
        hash: parsed(row, 0)?,
        user: parsed(row, 1)?,
        created: Millis(column(row, 2)?),
        last_seen: Millis(column(row, 3)?),
        expires: Millis(column(row, 4)?),
        user_agent: column(row, 5)?,
        revoked: column::<Option<i64>>(row, 6)?.map(Millis),
    })
}

pub(super) async fn begin(connection: &Connection, new: NewSession, now: Millis) -> Result<Session, Fault> {
    connection.execute("DELETE FROM sessions WHERE expires <= $1", &[&now.0]).await?;
    let session = session_of(new, now);
    let sql = "INSERT INTO sessions (hash, user_id, created, last_seen, expires, user_agent)
               VALUES ($1, $2, $3, $4, $5, $6)";
    let (hash, user) = (session.hash.to_string(), session.user.as_str());
    let (created, last_seen, expires) = (session.created.0, session.last_seen.0, session.expires.0);
    let params = [&hash as _, &user as _, &created as _, &last_seen as _, &expires as _, &session.user_agent as _];
    referring(connection.execute(sql, &params).await, "session")?;
    Ok(session)
}

/// A row for a user: the user may be missing, or the row there already.
fn referring(inserted: Result<u64, Fault>, what: &'static str) -> Result<(), Fault> {
    match inserted {
        Err(Fault::Orphan(_)) => Err(StoreError::NotFound { what: "user" }.into()),
        Err(Fault::Taken(_)) => Err(StoreError::Exists { what }.into()),
        other => changed(other?, what),
    }
}

pub(super) async fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<(Session, User), Fault> {
    let sql = "SELECT s.hash, s.user_id, s.created, s.last_seen, s.expires, s.user_agent, s.revoked,
                      users.id, users.name, users.role, users.created
               FROM sessions s JOIN users ON users.id = s.user_id
               WHERE s.hash = $1 AND s.revoked IS NULL AND s.expires > $2";
    let row = found(connection.row(sql, &[&hash.to_string(), &now.0]).await?, "session")?;
    Ok((read(&row)?, users::read(&row, WIDTH)?))
}

pub(super) async fn touch(connection: &Connection, hash: SecretHash, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE sessions SET last_seen = $2 WHERE hash = $1 AND last_seen <= $3";
    let stale = now.0.saturating_sub(TOUCH_MS);
    connection.execute(sql, &[&hash.to_string(), &now.0, &stale]).await?;
    Ok(())
}

pub(super) async fn of_user(connection: &Connection, user: UserId, now: Millis) -> Result<Vec<Session>, Fault> {
    let sql = "SELECT hash, user_id, created, last_seen, expires, user_agent, revoked FROM sessions
               WHERE user_id = $1 AND revoked IS NULL AND expires > $2 ORDER BY last_seen DESC, hash";
    connection.rows(sql, &[&user.as_str(), &now.0]).await?.iter().map(read).collect()
}

pub(super) async fn revoke(connection: &Connection, user: UserId, hash: SecretHash, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE sessions SET revoked = $3
               WHERE user_id = $1 AND hash = $2 AND revoked IS NULL AND expires > $3";
    changed(connection.execute(sql, &[&user.as_str(), &hash.to_string(), &now.0]).await?, "session")?;
    changes::note(connection, &Change::SessionEnded { hash }).await
}

pub(super) async fn revoke_others(
    connection: &Connection,
    user: UserId,
    keep: Option<SecretHash>,
    now: Millis,
) -> Result<Vec<SecretHash>, Fault> {
    let sessions = of_user(connection, user.clone(), now).await?;
    let ended: Vec<_> = sessions.into_iter().map(|session| session.hash).filter(|hash| Some(*hash) != keep).collect();
    for hash in &ended {
        revoke(connection, user.clone(), *hash, now).await?;
    }
    Ok(ended)
}

pub(super) async fn offer(connection: &Connection, new: NewSignIn, now: Millis) -> Result<(), Fault> {
    connection.execute("DELETE FROM sign_ins WHERE expires <= $1", &[&now.0]).await?;
    let expires = new.expires.0.min(now.0.saturating_add(SIGN_IN_MAX_MS));
    let sql = "INSERT INTO sign_ins (hash, user_id, created, expires) VALUES ($1, $2, $3, $4)";
    let inserted = connection.execute(sql, &[&new.hash.to_string(), &new.user.as_str(), &now.0, &expires]).await;
    referring(inserted, "sign-in token")
}

pub(super) async fn sign_in(
    connection: &Connection,
    token: SecretHash,
    session: SecretHash,
    user_agent: String,
    now: Millis,
) -> Result<(Session, User), Fault> {
    let sql = "UPDATE sign_ins SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2 RETURNING user_id";
    let used = connection.row(sql, &[&token.to_string(), &now.0]).await?;
    let user = parsed(&found(used, "sign-in token")?, 0)?;
    let session = begin(connection, NewSession { hash: session, user, user_agent }, now).await?;
    let user = users::get(connection, session.user.clone()).await?;
    Ok((session, user))
}
