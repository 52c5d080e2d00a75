//! One-time links.

use tideboard_access::{PasswordHash, SecretHash, SessionId, UserId};
use tideboard_model::Millis;

use super::connection::Connection;
use super::fault::{Fault, found, parsed, referring};
use super::{audit, credentials, sessions, users};
use crate::{LINK_MAX_MS, LinkPurpose, NewAudit, NewLink, NewSession, Session, User};

const MISSING: &str = "link";

fn text(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::SignIn => "sign_in",
        LinkPurpose::Reset => "reset",
    }
}

pub(super) async fn offer(connection: &Connection, new: NewLink, audit: NewAudit) -> Result<(), Fault> {
    connection.execute("DELETE FROM links WHERE expires <= $1", &[&audit.at.0]).await?;
    let expires = new.expires.0.min(audit.at.0.saturating_add(LINK_MAX_MS));
    let sql = "INSERT INTO links (hash, user_id, purpose, created, expires) VALUES ($1, $2, $3, $4, $5)";
    let (hash, user, purpose) = (new.hash.to_string(), new.user.as_str(), text(new.purpose));
    referring(connection.execute(sql, &[&hash, &user, &purpose, &audit.at.0, &expires]).await, MISSING)?;
    audit::add(connection, audit).await
}

/// Uses a link up: whose it was.
async fn take(connection: &Connection, link: SecretHash, purpose: LinkPurpose, now: Millis) -> Result<UserId, Fault> {
    let sql = "UPDATE links SET used = $3 FROM users
               WHERE links.hash = $1 AND links.purpose = $2 AND links.used IS NULL AND links.expires > $3
                   AND users.id = links.user_id AND users.disabled IS NULL
               RETURNING links.user_id";
    let row = connection.row(sql, &[&link.to_string(), &text(purpose), &now.0]).await?;
    parsed(&found(row, MISSING)?, 0)
}

pub(super) async fn sign_in(
    connection: &Connection,
    link: SecretHash,
    session: NewSession,
    audit: NewAudit,
) -> Result<(Session, User), Fault> {
    let user = take(connection, link, LinkPurpose::SignIn, audit.at).await?;
    sessions::begin_session(connection, user, session, audit).await
}

pub(super) async fn reset_password(
    connection: &Connection,
    link: SecretHash,
    password: PasswordHash,
    audit: NewAudit,
) -> Result<(User, Vec<SessionId>), Fault> {
    let id = take(connection, link, LinkPurpose::Reset, audit.at).await?;
    let ended = credentials::set_password(connection, id.clone(), password, None, audit).await?;
    Ok((users::get(connection, &id).await?, ended))
}

pub(super) async fn reset_link(connection: &Connection, link: SecretHash, now: Millis) -> Result<User, Fault> {
    let sql = concat!(
        "SELECT ",
        users::columns!(),
        " FROM links JOIN users ON users.id = links.user_id
          WHERE links.hash = $1 AND links.purpose = $2 AND links.used IS NULL AND links.expires > $3
              AND users.disabled IS NULL"
    );
    let row = connection.row(sql, &[&link.to_string(), &text(LinkPurpose::Reset), &now.0]).await?;
    users::read(&found(row, MISSING)?, 0)
}
