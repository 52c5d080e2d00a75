//! The installation.

use tideboard_access::{Reach, Role, SigningKey};
use tokio_postgres::Row;

use super::connection::Connection;
use super::fault::{Fault, changed, column, damaged, found, millis, parsed};
use super::{audit, changes, users};
use crate::record::OWNER_NAME;
use crate::{Change, FirstOpen, Installation, NewAudit, NewUser};

/// Makes the installation and its owner, unless they are there.
pub(super) async fn begin(connection: &Connection, first: &FirstOpen) -> Result<(), Fault> {
    if connection.row("SELECT 1 FROM installation", &[]).await?.is_some() {
        return Ok(());
    }
    let (id, name) = (first.owner.clone(), OWNER_NAME.to_owned());
    let owner = NewUser { id, name, login: None, role: Role::Owner, reach: Reach::all() };
    users::add(connection, owner, first.now).await?;
    let sql = "INSERT INTO installation (id, signing_key, owner, created) VALUES ($1, $2, $3, $4)";
    let (id, key, owner) = (first.installation.as_str(), first.signing_key.to_pem(), first.owner.as_str());
    connection.execute(sql, &[&id, &key, &owner, &first.now.0]).await?;
    Ok(())
}

pub(super) async fn get(connection: &Connection) -> Result<Installation, Fault> {
    let sql = "SELECT id, signing_key, previous_key, owner, created FROM installation";
    let row = found(connection.row(sql, &[]).await?, "installation")?;
    let signing_key = found(key(&row, 1)?, "signing key")?;
    Ok(Installation {
        id: parsed(&row, 0)?,
        signing_key,
        previous_key: key(&row, 2)?,
        owner: parsed(&row, 3)?,
        created: millis(&row, 4)?,
    })
}

fn key(row: &Row, index: usize) -> Result<Option<SigningKey>, Fault> {
    let key = column::<Option<&str>>(row, index)?.map(SigningKey::from_pem).transpose();
    key.map_err(|error| damaged(&error))
}

pub(super) async fn rotate_key(connection: &Connection, key: SigningKey, audit: NewAudit) -> Result<(), Fault> {
    let sql = "UPDATE installation SET previous_key = signing_key, signing_key = $1";
    changed(connection.execute(sql, &[&key.to_pem()]).await?, "installation")?;
    changes::note(connection, &Change::SigningKeyRotated).await?;
    audit::add(connection, audit).await
}
