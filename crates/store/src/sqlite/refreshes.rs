//! The secrets by which sessions go on, one after another.

use rusqlite::{Connection, Row, params};
use tideboard_access::{SecretHash, SessionId};
use tideboard_model::Millis;

use super::fault::{found, parsed_if_any, referring, time};
use super::{audit, sessions, users};
use crate::{Actor, NewAudit, Refreshed, Session, StoreError, User};

pub(super) fn add(connection: &Connection, session: &SessionId, hash: SecretHash) -> Result<(), StoreError> {
    let sql = "INSERT INTO refreshes (hash, session) VALUES (?1, ?2)";
    referring(connection.execute(sql, params![hash.to_string(), session.as_str()]), "session")
}

/// A secret of a session that counts.
struct Known {
    session: Session,
    user: User,
    used: Option<Millis>,
    next: Option<SecretHash>,
    /// Whether the successor is there and was not used itself.
    is_next_unused: bool,
}

fn find(connection: &Connection, hash: SecretHash, now: Millis) -> Result<Known, StoreError> {
    let sql = format!(
        "SELECT {}, {}, refreshes.used, refreshes.next,
                EXISTS (SELECT 1 FROM refreshes AS successor
                        WHERE successor.hash = refreshes.next AND successor.used IS NULL)
         FROM refreshes JOIN sessions ON sessions.id = refreshes.session JOIN users ON users.id = sessions.user
         WHERE refreshes.hash = ?1 AND {}",
        sessions::COLUMNS,
        users::COLUMNS,
        sessions::COUNTS
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let read = |row: &Row<'_>| {
        let width = sessions::WIDTH + users::WIDTH;
        Ok(Known {
            session: sessions::read(row)?,
            user: users::read(row, sessions::WIDTH)?,
            used: time(row, width)?,
            next: parsed_if_any(row, width + 1)?,
            is_next_unused: row.get(width + 2)?,
        })
    };
    found(statement.query_row(params![hash.to_string(), now.0], read), "session")
}

pub(super) fn exchange(
    connection: &Connection,
    presented: SecretHash,
    successor: SecretHash,
    grace_ms: i64,
    now: Millis,
) -> Result<Refreshed, StoreError> {
    let Known { session, user, used, next, is_next_unused } = find(connection, presented, now)?;
    let Some(used) = used else {
        let sql = "UPDATE refreshes SET used = ?2, next = ?3 WHERE hash = ?1";
        connection.execute(sql, params![presented.to_string(), now.0, successor.to_string()])?;
        add(connection, &session.id, successor)?;
        return Ok(Refreshed::On(Box::new(session), Box::new(user)));
    };
    // Either side: who asked first may be answered second, and the clocks of two nodes differ.
    let is_in_time = now.0.saturating_sub(used.0).saturating_abs() < grace_ms;
    if is_in_time && is_next_unused && next == Some(successor) {
        return Ok(Refreshed::On(Box::new(session), Box::new(user)));
    }
    sessions::revoke(connection, &user.id, &session.id, now)?;
    audit::note(connection, &reuse(&session, now))?;
    Ok(Refreshed::Reused(session.id, user.id))
}

/// Nobody asked for it: whose session it was stands for who did it.
fn reuse(session: &Session, now: Millis) -> NewAudit {
    NewAudit {
        at: now,
        actor: Actor { who: format!("user:{}", session.user), address: String::new() },
        action: "session.reuse",
        target: format!("session:{}", session.id),
        detail: serde_json::json!({}),
    }
}
