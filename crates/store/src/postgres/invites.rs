//! Invitations.

use tideboard_access::{InviteId, SecretHash, TeamId};
use tideboard_model::Millis;
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, found, millis, parsed, referring};
use super::{audit, sessions, users};
use crate::{INVITE_MAX_MS, Invite, NewAccount, NewAudit, NewSession, NewUser, Session, User, document};

const MISSING: &str = "invitation";

/// Columns of an invitation, in the order in which [`read`] takes them.
macro_rules! columns {
    () => {
        "id, hash, note, role, reach, teams, created, created_by, expires"
    };
}

fn read(row: &Row) -> Result<Invite, Fault> {
    Ok(Invite {
        id: parsed(row, 0)?,
        hash: parsed(row, 1)?,
        note: column(row, 2)?,
        role: parsed(row, 3)?,
        reach: document::read(column(row, 4)?)?,
        teams: document::read(column(row, 5)?)?,
        created: millis(row, 6)?,
        created_by: parsed(row, 7)?,
        expires: millis(row, 8)?,
    })
}

pub(super) async fn add(connection: &Connection, invite: Invite, audit: NewAudit) -> Result<(), Fault> {
    let sql = concat!("INSERT INTO invites (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)");
    let (id, hash, role) = (invite.id.as_str(), invite.hash.to_string(), invite.role.as_str());
    let (reach, teams) = (document::write(&invite.reach)?, document::write(&invite.teams)?);
    let (created, created_by) = (invite.created.0, invite.created_by.as_str());
    let expires = invite.expires.0.min(created.saturating_add(INVITE_MAX_MS));
    let inserted = connection
        .execute(sql, &[&id, &hash, &invite.note, &role, &reach, &teams, &created, &created_by, &expires])
        .await;
    referring(inserted, MISSING)?;
    audit::add(connection, audit).await
}

pub(super) async fn all(connection: &Connection, now: Millis) -> Result<Vec<Invite>, Fault> {
    let sql =
        concat!("SELECT ", columns!(), " FROM invites WHERE ended IS NULL AND expires > $1 ORDER BY created DESC, id");
    connection.rows(sql, &[&now.0]).await?.iter().map(read).collect()
}

pub(super) async fn get(connection: &Connection, hash: SecretHash, now: Millis) -> Result<Invite, Fault> {
    let sql = concat!("SELECT ", columns!(), " FROM invites WHERE hash = $1 AND ended IS NULL AND expires > $2");
    read(&found(connection.row(sql, &[&hash.to_string(), &now.0]).await?, MISSING)?)
}

pub(super) async fn accept(
    connection: &Connection,
    hash: SecretHash,
    account: NewAccount,
    session: NewSession,
    audit: NewAudit,
) -> Result<(Session, User), Fault> {
    let invite = get(connection, hash, audit.at).await?;
    let NewAccount { id, name, login, password } = account;
    let user = NewUser { id: id.clone(), name, login: Some(login), role: invite.role, reach: invite.reach };
    users::insert(connection, user, Some(password), audit.at).await?;
    let teams: Vec<_> = invite.teams.iter().map(TeamId::as_str).collect();
    let sql = "INSERT INTO members (team, user_id) SELECT id, $1 FROM teams WHERE id = ANY ($2)";
    connection.execute(sql, &[&id.as_str(), &teams]).await?;
    let sql = "UPDATE invites SET ended = $2, accepted = $3 WHERE id = $1";
    changed(connection.execute(sql, &[&invite.id.as_str(), &audit.at.0, &id.as_str()]).await?, MISSING)?;
    sessions::begin_session(connection, id, session, audit).await
}

pub(super) async fn revoke(connection: &Connection, id: InviteId, audit: NewAudit) -> Result<(), Fault> {
    let sql = "UPDATE invites SET ended = $2 WHERE id = $1 AND ended IS NULL AND expires > $2";
    changed(connection.execute(sql, &[&id.as_str(), &audit.at.0]).await?, MISSING)?;
    audit::add(connection, audit).await
}
