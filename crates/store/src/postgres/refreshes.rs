//! Secrets by which sessions go on, one after another.

use tideboard_access::{SecretHash, SessionId};
use tideboard_model::Millis;

use super::connection::Connection;
use super::fault::{Fault, column, found, millis_or_none, parsed_or_none, referring};
use super::{audit, sessions, users};
use crate::{Actor, NewAudit, Refreshed, Session, User};

pub(super) async fn add(connection: &Connection, session: &SessionId, hash: SecretHash) -> Result<(), Fault> {
    let sql = "INSERT INTO refreshes (hash, session) VALUES ($1, $2)";
    referring(connection.execute(sql, &[&hash.to_string(), &session.as_str()]).await, "session")
}

/// A secret that was presented, as it is stored.
struct Presented {
    used: Option<Millis>,
    next: Option<SecretHash>,
    /// Whether the next one is there and was not used yet.
    is_next_fresh: bool,
    session: Session,
    user: User,
}

/// A secret whose session and user still count, held until the end of the transaction: of many who exchange it at once
/// each sees what the one before made of it.
async fn held(connection: &Connection, hash: SecretHash, now: Millis) -> Result<Presented, Fault> {
    let sql = concat!(
        "SELECT refreshes.used, refreshes.next, next.hash IS NOT NULL AND next.used IS NULL, ",
        sessions::columns!(),
        ", ",
        users::columns!(),
        " FROM refreshes JOIN sessions ON sessions.id = refreshes.session JOIN users ON users.id = sessions.user_id
               LEFT JOIN refreshes AS next ON next.hash = refreshes.next
          WHERE refreshes.hash = $1 AND sessions.revoked IS NULL AND sessions.expires > $2 AND users.disabled IS NULL
          FOR UPDATE OF refreshes, sessions"
    );
    let row = found(connection.row(sql, &[&hash.to_string(), &now.0]).await?, "session")?;
    Ok(Presented {
        used: millis_or_none(&row, 0)?,
        next: parsed_or_none(&row, 1)?,
        is_next_fresh: column(&row, 2)?,
        session: sessions::read(&row, 3)?,
        user: users::read(&row, 3 + sessions::WIDTH)?,
    })
}

pub(super) async fn refresh(
    connection: &Connection,
    presented: SecretHash,
    successor: SecretHash,
    grace_ms: i64,
    now: Millis,
) -> Result<Refreshed, Fault> {
    let Presented { used, next, is_next_fresh, session, user } = held(connection, presented, now).await?;
    let Some(used) = used else {
        let sql = "UPDATE refreshes SET used = $2, next = $3 WHERE hash = $1";
        connection.execute(sql, &[&presented.to_string(), &now.0, &successor.to_string()]).await?;
        add(connection, &session.id, successor).await?;
        return Ok(Refreshed::On(Box::new(session), Box::new(user)));
    };
    // Either side: who asked first may be answered second, and the clocks of two nodes differ.
    let is_in_time = now.0.saturating_sub(used.0).saturating_abs() < grace_ms;
    if is_in_time && is_next_fresh && next == Some(successor) {
        return Ok(Refreshed::On(Box::new(session), Box::new(user)));
    }
    sessions::end_one(connection, &user.id, session.id.clone(), now).await?;
    audit::add(connection, reuse(&session, now)).await?;
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
