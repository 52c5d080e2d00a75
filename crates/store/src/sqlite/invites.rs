//! Invitations.

use rusqlite::{Connection, Row, params};
use tideboard_access::{InviteId, SecretHash};
use tideboard_model::Millis;

use super::fault::{changed, found, from_json, parsed, referring};
use super::{credentials, sessions, teams, users};
use crate::{INVITE_MAX_MS, Invite, NewAccount, NewSession, NewUser, Session, StoreError, User, document};

const MISSING: &str = "invitation";
const COLUMNS: &str = "id, hash, note, role, reach, teams, created, created_by, expires";

fn read(row: &Row<'_>) -> rusqlite::Result<Invite> {
    Ok(Invite {
        id: parsed(row, 0)?,
        hash: parsed(row, 1)?,
        note: row.get(2)?,
        role: parsed(row, 3)?,
        reach: from_json(row, 4)?,
        teams: from_json(row, 5)?,
        created: Millis(row.get(6)?),
        created_by: parsed(row, 7)?,
        expires: Millis(row.get(8)?),
    })
}

pub(super) fn add(connection: &Connection, invite: &Invite) -> Result<(), StoreError> {
    let sql = format!("INSERT INTO invites ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    let inserted = connection.execute(
        &sql,
        params![
            invite.id.as_str(),
            invite.hash.to_string(),
            invite.note,
            invite.role.as_str(),
            document::write(&invite.reach)?,
            document::write(&invite.teams)?,
            invite.created.0,
            invite.created_by.as_str(),
            invite.expires.0.min(invite.created.0.saturating_add(INVITE_MAX_MS))
        ],
    );
    referring(inserted, MISSING)
}

pub(super) fn open(connection: &Connection, now: Millis) -> Result<Vec<Invite>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM invites WHERE ended IS NULL AND expires > ?1 ORDER BY created DESC, id");
    let mut statement = connection.prepare_cached(&sql)?;
    let invites = statement.query_map([now.0], read)?;
    Ok(invites.collect::<rusqlite::Result<_>>()?)
}

pub(super) fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<Invite, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM invites WHERE hash = ?1 AND ended IS NULL AND expires > ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    found(statement.query_row(params![hash.to_string(), now.0], read), MISSING)
}

/// The caller's transaction keeps another attempt from coming between: of any error, nothing stays.
pub(super) fn accept(
    connection: &Connection,
    hash: SecretHash,
    account: NewAccount,
    session: NewSession,
    now: Millis,
) -> Result<(Session, User), StoreError> {
    let invite = get(connection, hash, now)?;
    let NewAccount { id, name, login, password } = account;
    let user = NewUser { id, name, login: Some(login), role: invite.role, reach: invite.reach };
    users::add(connection, &user, now)?;
    for team in &invite.teams {
        teams::join(connection, team, &user.id)?;
    }
    credentials::set_password(connection, &user.id, &password, None, now)?;
    let sql = "UPDATE invites SET ended = ?2, accepted = ?3 WHERE id = ?1";
    connection.execute(sql, params![invite.id.as_str(), now.0, user.id.as_str()])?;
    sessions::begin(connection, &user.id, session, now)
}

pub(super) fn revoke(connection: &Connection, id: &InviteId, now: Millis) -> Result<(), StoreError> {
    let sql = "UPDATE invites SET ended = ?2 WHERE id = ?1 AND ended IS NULL AND expires > ?2";
    changed(connection.execute(sql, params![id.as_str(), now.0])?, MISSING)
}
