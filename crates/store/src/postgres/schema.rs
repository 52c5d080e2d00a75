//! The schema and its steps from version to version.

use std::time::Duration;

use super::connection::Connection;
use super::fault::{Fault, column, found};
use super::installation;
use crate::{FirstOpen, StoreError};

/// One step per version: the first makes schema 1 of an empty database. Published steps never change, and only add:
/// while nodes are replaced one by one, those of the version before go on working. The second is an exception: nodes
/// of schema 1 find no sessions any more, and are to be replaced soon; all else works on there.
const STEPS: [&str; 2] = [include_str!("schema.sql"), include_str!("accounts.sql")];
/// How long bringing a database up to date may take.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// Brings the database up to date, and makes an installation if one is given and there is none.
pub(super) async fn open(connection: &Connection, first: Option<FirstOpen>) -> Result<(), Fault> {
    migrate(connection).await?;
    match first {
        Some(first) => installation::begin(connection, &first).await,
        None => Ok(()),
    }
}

/// Brings the database to this version's schema, in a transaction in which no other node does. Writes nothing if there
/// is nothing to do, so that a role without the right to make tables is enough then.
async fn migrate(connection: &Connection) -> Result<(), Fault> {
    check_encoding(connection).await?;
    let found = version(connection).await?;
    let known = i64::try_from(STEPS.len()).unwrap_or(i64::MAX);
    if found > known {
        return Err(StoreError::NewerVersion { found, known }.into());
    }
    if found == known {
        return Ok(());
    }
    connection.batch("SET LOCAL statement_timeout = '60s'", LIMIT).await?;
    for (step, version) in STEPS.iter().zip(1_i64..) {
        if version > found {
            connection.batch(step, LIMIT).await?;
        }
    }
    connection.execute("UPDATE schema_version SET version = $1", &[&known]).await?;
    Ok(())
}

async fn version(connection: &Connection) -> Result<i64, Fault> {
    let sql = "SELECT to_regclass('schema_version') IS NOT NULL";
    let is_there: bool = column(&found(connection.row(sql, &[]).await?, "schema")?, 0)?;
    if !is_there {
        return Ok(0);
    }
    let row = connection.row("SELECT version FROM schema_version", &[]).await?;
    column(&found(row, "schema version")?, 0)
}

/// Every text can be stored, or it is said before anything is.
async fn check_encoding(connection: &Connection) -> Result<(), Fault> {
    let row = connection.row("SELECT current_setting('server_encoding')", &[]).await?;
    let encoding: String = column(&found(row, "encoding")?, 0)?;
    if encoding == "UTF8" {
        return Ok(());
    }
    let reason = format!("the database's encoding is {encoding}: make one with ENCODING 'UTF8'");
    Err(StoreError::Failed { reason }.into())
}
