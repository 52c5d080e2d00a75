//! One-time links: for signing in, and for choosing a new password.

use rusqlite::{Connection, params};
use tideboard_access::{PasswordHash, SecretHash, SessionId, UserId};
use tideboard_model::Millis;

use super::fault::{found, parsed, referring};
use super::{credentials, sessions, users};
use crate::{LINK_MAX_MS, LinkPurpose, NewLink, NewSession, Session, StoreError, User};

const MISSING: &str = "link";
/// What is so of a link that is good for a purpose (`?2`) at a time (`?3`).
const IS_GOOD: &str = "hash = ?1 AND purpose = ?2 AND used IS NULL AND expires > ?3
                       AND EXISTS (SELECT 1 FROM users WHERE users.id = links.user AND disabled IS NULL)";

fn text(purpose: LinkPurpose) -> &'static str {
    match purpose {
        LinkPurpose::SignIn => "sign_in",
        LinkPurpose::Reset => "reset",
    }
}

pub(super) fn offer(connection: &Connection, new: &NewLink, now: Millis) -> Result<(), StoreError> {
    connection.execute("DELETE FROM links WHERE expires <= ?1", [now.0])?;
    let expires = new.expires.0.min(now.0.saturating_add(LINK_MAX_MS));
    let inserted = connection.execute(
        "INSERT INTO links (hash, user, purpose, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![new.hash.to_string(), new.user.as_str(), text(new.purpose), now.0, expires],
    );
    referring(inserted, MISSING)
}

/// Whom a link concerns that was good until now.
fn used(connection: &Connection, link: SecretHash, purpose: LinkPurpose, now: Millis) -> Result<UserId, StoreError> {
    let sql = format!("UPDATE links SET used = ?3 WHERE {IS_GOOD} RETURNING user");
    let user = connection.query_row(&sql, params![link.to_string(), text(purpose), now.0], |row| parsed(row, 0));
    found(user, MISSING)
}

pub(super) fn sign_in(
    connection: &Connection,
    link: SecretHash,
    session: NewSession,
    now: Millis,
) -> Result<(Session, User), StoreError> {
    let user = used(connection, link, LinkPurpose::SignIn, now)?;
    sessions::begin(connection, &user, session, now)
}

pub(super) fn reset_password(
    connection: &Connection,
    link: SecretHash,
    password: &PasswordHash,
    now: Millis,
) -> Result<(User, Vec<SessionId>), StoreError> {
    let user = used(connection, link, LinkPurpose::Reset, now)?;
    let ended = credentials::set_password(connection, &user, password, None, now)?;
    Ok((users::get(connection, &user)?, ended))
}

pub(super) fn concerned(connection: &Connection, link: SecretHash, now: Millis) -> Result<User, StoreError> {
    let sql = format!("SELECT {} FROM users WHERE id = (SELECT user FROM links WHERE {IS_GOOD})", users::COLUMNS);
    let mut statement = connection.prepare_cached(&sql)?;
    let params = params![link.to_string(), text(LinkPurpose::Reset), now.0];
    found(statement.query_row(params, |row| users::read(row, 0)), MISSING)
}
