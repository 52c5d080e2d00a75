//! The schema and its steps from version to version.

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;

/// One step per version: the first makes schema 1 of an empty file. Published steps never change.
const STEPS: [&str; 3] = [include_str!("schema.sql"), include_str!("changes.sql"), include_str!("accounts.sql")];

/// Refuses a file of a newer version before anything in it is changed.
pub(super) fn check_version(connection: &Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > known() { Err(StoreError::NewerVersion { found, known: known() }) } else { Ok(()) }
}

/// Brings the file to this version's schema.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read inside the transaction: another process may just have done the same.
    check_version(&transaction)?;
    let found = version(&transaction)?;
    for (step, version) in STEPS.iter().zip(1_i64..) {
        if version > found {
            transaction.execute_batch(step)?;
            transaction.pragma_update(None, "user_version", version)?;
        }
    }
    transaction.commit()?;
    Ok(())
}

fn known() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}
