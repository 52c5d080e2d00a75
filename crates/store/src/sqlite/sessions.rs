//! Sessions.

use rusqlite::{Connection, Row, params};
use tideboard_access::{SessionId, UserId};
use tideboard_model::Millis;

use super::fault::{changed, found, parsed, referring};
use super::{changes, refreshes, users};
use crate::record::{TOUCH_MS, session_of};
use crate::{Change, Device, NewSession, Session, StoreError, User};

/// Columns of a session, in the order in which [`read`] takes them.
pub(super) const COLUMNS: &str = "sessions.id, sessions.user, sessions.created, sessions.last_seen, \
                                  sessions.expires, sessions.user_agent, sessions.address";
/// How many columns those are.
pub(super) const WIDTH: usize = 7;
/// What is so of a session that counts, at `?2`; its user is joined.
pub(super) const COUNTS: &str = "sessions.revoked IS NULL AND sessions.expires > ?2 AND users.disabled IS NULL";

/// A session from a row that starts with its columns.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<Session> {
    Ok(Session {
        id: parsed(row, 0)?,
        user: parsed(row, 1)?,
        created: Millis(row.get(2)?),
        last_seen: Millis(row.get(3)?),
        expires: Millis(row.get(4)?),
        device: Device { user_agent: row.get(5)?, address: row.get(6)? },
    })
}

pub(super) fn begin(
    connection: &Connection,
    user: &UserId,
    new: NewSession,
    now: Millis,
) -> Result<(Session, User), StoreError> {
    forget_expired(connection, now)?;
    let user = users::get(connection, user)?;
    if user.disabled.is_some() {
        return Err(StoreError::NotFound { what: "user" });
    }
    let refresh = new.refresh;
    let session = session_of(new, user.id.clone(), now);
    let inserted = connection.execute(
        "INSERT INTO sessions (id, user, created, last_seen, expires, user_agent, address)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            session.id.as_str(),
            session.user.as_str(),
            session.created.0,
            session.last_seen.0,
            session.expires.0,
            session.device.user_agent,
            session.device.address
        ],
    );
    referring(inserted, "session")?;
    refreshes::add(connection, &session.id, refresh)?;
    Ok((session, user))
}

/// Drops sessions that ended by themselves, with their secrets.
fn forget_expired(connection: &Connection, now: Millis) -> Result<(), StoreError> {
    let sql = "DELETE FROM refreshes WHERE session IN (SELECT id FROM sessions WHERE expires <= ?1)";
    connection.execute(sql, [now.0])?;
    connection.execute("DELETE FROM sessions WHERE expires <= ?1", [now.0])?;
    Ok(())
}

pub(super) fn get(connection: &Connection, id: &SessionId, now: Millis) -> Result<(Session, User), StoreError> {
    let sql = format!(
        "SELECT {COLUMNS}, {} FROM sessions JOIN users ON users.id = sessions.user WHERE sessions.id = ?1 AND {COUNTS}",
        users::COLUMNS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let session = statement.query_row(params![id.as_str(), now.0], |row| Ok((read(row)?, users::read(row, WIDTH)?)));
    found(session, "session")
}

pub(super) fn is_stale(connection: &Connection, id: &SessionId, now: Millis) -> Result<bool, StoreError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM sessions WHERE id = ?1 AND last_seen <= ?2)";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row(params![id.as_str(), now.0.saturating_sub(TOUCH_MS)], |row| row.get(0))?)
}

pub(super) fn touch(connection: &Connection, id: &SessionId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET last_seen = ?2 WHERE id = ?1 AND last_seen < ?2";
    connection.execute(sql, params![id.as_str(), now.0])?;
    Ok(())
}

pub(super) fn of_user(connection: &Connection, user: &UserId, now: Millis) -> Result<Vec<Session>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM sessions WHERE user = ?1 AND revoked IS NULL AND expires > ?2
         ORDER BY last_seen DESC, id"
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let sessions = statement.query_map(params![user.as_str(), now.0], read)?;
    Ok(sessions.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn revoke(connection: &Connection, user: &UserId, id: &SessionId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE sessions SET revoked = ?3 WHERE user = ?1 AND id = ?2 AND revoked IS NULL AND expires > ?3";
    changed(connection.execute(sql, params![user.as_str(), id.as_str(), now.0])?, "session")?;
    changes::note(connection, &Change::SessionEnded { id: id.clone() })
}

pub(super) fn revoke_others(
    connection: &Connection,
    user: &UserId,
    keep: Option<&SessionId>,
    now: Millis,
) -> Result<Vec<SessionId>, StoreError> {
    let sessions = of_user(connection, user, now)?;
    let ended: Vec<_> = sessions.into_iter().map(|session| session.id).filter(|id| Some(id) != keep).collect();
    for id in &ended {
        revoke(connection, user, id, now)?;
    }
    Ok(ended)
}
