//! The installation and its keys.

use rusqlite::{Connection, Row, params};
use tideboard_access::{Reach, Role, SigningKey};
use tideboard_model::Millis;

use super::fault::{changed, found, parsed};
use super::{changes, users};
use crate::record::OWNER_NAME;
use crate::{Change, FirstOpen, Installation, NewUser, StoreError};

/// Makes the installation and its owner, unless they are there.
pub(super) fn begin(connection: &Connection, first: &FirstOpen) -> Result<(), StoreError> {
    let there: bool = connection.query_row("SELECT EXISTS (SELECT 1 FROM installation)", [], |row| row.get(0))?;
    if there {
        return Ok(());
    }
    let (id, name) = (first.owner.clone(), OWNER_NAME.to_owned());
    let owner = NewUser { id, name, login: None, role: Role::Owner, reach: Reach::all() };
    users::add(connection, &owner, first.now)?;
    connection.execute(
        "INSERT INTO installation (only_row, id, signing_key, owner, created) VALUES (1, ?1, ?2, ?3, ?4)",
        params![first.installation.as_str(), first.signing_key.to_pem(), first.owner.as_str(), first.now.0],
    )?;
    Ok(())
}

pub(super) fn get(connection: &Connection) -> Result<Installation, StoreError> {
    let sql = "SELECT id, signing_key, previous_key, owner, created FROM installation";
    let read = |row: &Row<'_>| {
        let keys = (row.get::<_, String>(1)?, row.get::<_, Option<String>>(2)?);
        Ok((parsed(row, 0)?, keys, parsed(row, 3)?, Millis(row.get(4)?)))
    };
    let (id, (current, previous), owner, created) = found(connection.query_row(sql, [], read), "installation")?;
    let previous_key = previous.map(|pem| key(&pem)).transpose()?;
    Ok(Installation { id, signing_key: key(&current)?, previous_key, owner, created })
}

fn key(pem: &str) -> Result<SigningKey, StoreError> {
    SigningKey::from_pem(pem).map_err(|error| StoreError::Damaged { reason: error.to_string() })
}

pub(super) fn rotate(connection: &Connection, key: &SigningKey) -> Result<(), StoreError> {
    let sql = "UPDATE installation SET previous_key = signing_key, signing_key = ?1";
    changed(connection.execute(sql, [key.to_pem()])?, "installation")?;
    changes::note(connection, &Change::SigningKeyRotated)
}
