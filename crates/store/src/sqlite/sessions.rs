//! Sessions and one-time sign-in tokens.

use rusqlite::{Connection, Row, params};
use tideboard_access::{SecretHash, UserId};
use tideboard_model::Millis;

use super::fault::{changed, found, is_orphan, is_taken, parsed};
use super::{changes, users};
use crate::record::{TOUCH_MS, session_of};
use crate::{Change, NewSession, NewSignIn, SIGN_IN_MAX_MS, Session, StoreError, User};

const COLUMNS: &str = "sessions.hash, sessions.user, sessions.created, sessions.last_seen, sessions.expires, \
                       sessions.user_agent, sessions.revoked";
/// How many columns those are.
const WIDTH: usize = 7;

fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        hash: parsed(row, 0)?,
        user: parsed(row, 1)?,
        created: Millis(row.get(2)?),
        last_seen: Millis(row.get(3)?),
        expires: Millis(row.get(4)?),
        user_agent: row.get(5)?,
        revoked: row.get::<_, Option<i64>>(6)?.map(Millis),
    })
}

pub(super) fn begin(connection: &Connection, new: NewSession, now: Millis) -> Result<Session, StoreError> {
    connection.execute("DELETE FROM sessions WHERE expires <= ?1", [now.0])?;
    let session = session_of(new, now);
    let inserted = connection.execute(
        "INSERT INTO sessions (hash, user, created, last_seen, expires, user_agent) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            session.hash.to_string(),
            session.user.as_str(),
            session.created.0,
            session.last_seen.0,
            session.expires.0,
            session.user_agent
        ],
    );
    referring(inserted, "session")?;
    Ok(session)
}

/// A row for a user: the user may be missing, or the row there already.
fn referring(inserted: rusqlite::Result<usize>, what: &'static str) -> Result<(), StoreError> {
    match inserted {
        Err(error) if is_orphan(&error) => Err(StoreError::NotFound { what: "user" }),
        Err(error) if is_taken(&error) => Err(StoreError::Exists { what }),
        other => changed(other?, what),
    }
}

pub(super) fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<(Session, User), StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM sessions JOIN users ON users.id = sessions.user
         WHERE hash = ?1 AND revoked IS NULL AND expires > ?2",
        users::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let session =
        statement.query_row(params![hash.to_string(), now.0], |row| Ok((read(row)?, users::read(row, WIDTH)?)));
    found(session, "session")
}

pub(super) fn is_stale(connection: &Connection, hash: SecretHash, now: Millis) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE hash = ?1 AND last_seen <= ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![hash.to_string(), now.0.saturating_sub(TOUCH_MS)], |row| row.get(0))?)
}

pub(super) fn touch(connection: &Connection, hash: SecretHash, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET last_seen = ?2 WHERE hash = ?1 AND last_seen < ?2";
    connection.execute(sql, params![hash.to_string(), now.0])?;
    Ok(())
}

pub(super) fn of_user(connection: &Connection, user: &UserId, now: Millis) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE user = ?1 AND revoked IS NULL AND expires > ?2
         ORDER BY last_seen DESC, hash"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let sessions = statement.query_map(params![user.as_str(), now.0], read)?;
    Ok(sessions.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn revoke(connection: &Connection, user: &UserId, hash: SecretHash, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET revoked = ?3 WHERE user = ?1 AND hash = ?2 AND revoked IS NULL AND expires > ?3";
    changed(connection.execute(sql, params![user.as_str(), hash.to_string(), now.0])?, "session")?;
    changes::note(connection, &Change::SessionEnded { hash })
}

pub(super) fn revoke_others(
    connection: &Connection,
    user: &UserId,
    keep: Option<SecretHash>,
    now: Millis,
) -> Result<Vec<SecretHash>, StoreError> {
    let sessions = of_user(connection, user, now)?;
    let ended: Vec<_> = sessions.into_iter().map(|session| session.hash).filter(|hash| Some(*hash) != keep).collect();
    for hash in &ended {
        revoke(connection, user, *hash, now)?;
    }
    Ok(ended)
}

pub(super) fn offer(connection: &Connection, new: &NewSignIn, now: Millis) -> Result<(), StoreError> {
    connection.execute("DELETE FROM sign_ins WHERE expires <= ?1", [now.0])?;
    let expires = new.expires.0.min(now.0.saturating_add(SIGN_IN_MAX_MS));
    let inserted = connection.execute(
        "INSERT INTO sign_ins (hash, user, created, expires) VALUES (?1, ?2, ?3, ?4)",
        params![new.hash.to_string(), new.user.as_str(), now.0, expires],
    );
    referring(inserted, "sign-in token")
}

pub(super) fn sign_in(
    connection: &Connection,
    token: SecretHash,
    session: SecretHash,
    user_agent: String,
    now: Millis,
) -> Result<(Session, User), StoreError> {
    let sql = "UPDATE sign_ins SET used = ?2 WHERE hash = ?1 AND used IS NULL AND expires > ?2 RETURNING user";
    let used = connection.query_row(sql, params![token.to_string(), now.0], |row| parsed(row, 0));
    let user = found(used, "sign-in token")?;
    let session = begin(connection, NewSession { hash: session, user, user_agent }, now)?;
    let user = users::get(connection, &session.user)?;
    Ok((session, user))
}
