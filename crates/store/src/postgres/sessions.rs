//! Sessions.

use tideboard_access::{SessionId, UserId};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, found, millis, parsed, referring};
use super::{audit, changes, refreshes, users};
use crate::record::{TOUCH_MS, session_of};
use crate::{Change, Device, NewAudit, NewSession, Session, User};

/// Columns of a session, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "sessions.id, sessions.user_id, sessions.created, sessions.last_seen, sessions.expires, sessions.user_agent,
         sessions.address"
    };
}
pub(super) use columns;

/// How many columns those are.
pub(super) const WIDTH: usize = 7;

/// A session from a row whose columns start at an index.
pub(super) fn read(row: &Row, first: usize) -> Result<Session, Fault> {
    Ok(Session {
        id: parsed(row, first)?,
        user: parsed(row, first + 1)?,
        created: millis(row, first + 2)?,
        last_seen: millis(row, first + 3)?,
        expires: millis(row, first + 4)?,
        device: Device { user_agent: column(row, first + 5)?, address: column(row, first + 6)? },
    })
}

/// Begins a session that is noted by whoever begins it.
pub(super) async fn begin(
    connection: &Connection,
    user: &UserId,
    new: NewSession,
    now: Millis,
) -> Result<(Session, User), Fault> {
    forget_expired(connection, now).await?;
    let user = users::let_in(connection, user).await?;
    let refresh = new.refresh;
    let session = session_of(new, user.id.clone(), now);
    let sql = "INSERT INTO sessions (id, user_id, created, last_seen, expires, user_agent, address)
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (id, owner, device) = (session.id.as_str(), session.user.as_str(), &session.device);
    let (created, last_seen, expires) = (session.created.0, session.last_seen.0, session.expires.0);
    let params = [
        &id as _,
        &owner as _,
        &created as _,
        &last_seen as _,
        &expires as _,
        &device.user_agent as _,
        &device.address as _,
    ];
    referring(connection.execute(sql, &params).await, "session")?;
    refreshes::add(connection, &session.id, refresh).await?;
    Ok((session, user))
}

/// Drops sessions that ended by themselves, with their secrets.
async fn forget_expired(connection: &Connection, now: Millis) -> Result<(), Fault> {
    let sql = "DELETE FROM refreshes USING sessions WHERE sessions.id = refreshes.session AND sessions.expires <= $1";
    connection.execute(sql, &[&now.0]).await?;
    connection.execute("DELETE FROM sessions WHERE expires <= $1", &[&now.0]).await?;
    Ok(())
}

pub(super) async fn begin_session(
    connection: &Connection,
    user: UserId,
    new: NewSession,
    audit: NewAudit,
) -> Result<(Session, User), Fault> {
    let begun = begin(connection, &user, new, audit.at).await?;
    audit::add(connection, audit.begins(&begun.0)).await?;
    Ok(begun)
}

pub(super) async fn get(connection: &Connection, id: SessionId, now: Millis) -> Result<(Session, User), Fault> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        ", ",
        users::columns!(),
        " FROM sessions JOIN users ON users.id = sessions.user_id
          WHERE sessions.id = $1 AND sessions.revoked IS NULL AND sessions.expires > $2 AND users.disabled IS NULL"
    );
    let row = found(connection.row(sql, &[&id.as_str(), &now.0]).await?, "session")?;
    Ok((read(&row, 0)?, users::read(&row, WIDTH)?))
}

pub(super) async fn touch(connection: &Connection, id: SessionId, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE sessions SET last_seen = $2 WHERE id = $1 AND last_seen <= $3";
    let stale = now.0.saturating_sub(TOUCH_MS);
    connection.execute(sql, &[&id.as_str(), &now.0, &stale]).await?;
    Ok(())
}

pub(super) async fn of_user(connection: &Connection, user: &UserId, now: Millis) -> Result<Vec<Session>, Fault> {
    let sql = concat!(
        "SELECT ",
        columns!(),
        " FROM sessions WHERE user_id = $1 AND revoked IS NULL AND expires > $2 ORDER BY last_seen DESC, id"
    );
    connection.rows(sql, &[&user.as_str(), &now.0]).await?.iter().map(|row| read(row, 0)).collect()
}

/// Ends a session, if it still counts.
pub(super) async fn end_one(connection: &Connection, user: &UserId, id: SessionId, now: Millis) -> Result<(), Fault> {
    let sql = "UPDATE sessions SET revoked = $3
               WHERE user_id = $1 AND id = $2 AND revoked IS NULL AND expires > $3";
    changed(connection.execute(sql, &[&user.as_str(), &id.as_str(), &now.0]).await?, "session")?;
    changes::note(connection, &Change::SessionEnded { id }).await
}

/// Ends all sessions of a user but one, and returns those that ended, the last used first.
pub(super) async fn end(
    connection: &Connection,
    user: &UserId,
    keep: Option<&SessionId>,
    now: Millis,
) -> Result<Vec<SessionId>, Fault> {
    let sessions = of_user(connection, user, now).await?;
    let ended: Vec<_> = sessions.into_iter().map(|session| session.id).filter(|id| Some(id) != keep).collect();
    for id in &ended {
        end_one(connection, user, id.clone(), now).await?;
    }
    Ok(ended)
}

pub(super) async fn revoke(connection: &Connection, user: UserId, id: SessionId, audit: NewAudit) -> Result<(), Fault> {
    end_one(connection, &user, id, audit.at).await?;
    audit::add(connection, audit).await
}

pub(super) async fn revoke_others(
    connection: &Connection,
    user: UserId,
    keep: Option<SessionId>,
    audit: NewAudit,
) -> Result<Vec<SessionId>, Fault> {
    let ended = end(connection, &user, keep.as_ref(), audit.at).await?;
    audit::add(connection, audit).await?;
    Ok(ended)
}
