//! All that is stored, read and written at once.

use std::time::Duration;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::connection::Connection;
use super::fault::{Fault, column};
use crate::contents::{Column, KINDS, Kind, Records, Value};
use crate::{Contents, StoreError};

/// How long reading or writing everything may take.
pub(super) const LIMIT: Duration = Duration::from_secs(600);
/// How long one statement of it may take, and what the server is told.
const STATEMENT: Duration = Duration::from_secs(60);
const ALLOW: &str = "SET LOCAL statement_timeout = '60s'";
/// Records in one statement.
const BATCH: usize = 100;

/// Reads everything; in a transaction that sees one moment.
pub(super) async fn read(connection: &Connection) -> Result<Contents, Fault> {
    connection.batch(ALLOW, STATEMENT).await?;
    let mut all = Vec::new();
    for kind in &KINDS {
        let sql =
            format!("SELECT {} FROM {} ORDER BY {}", names(kind, kind.columns.len()), kind.name, names(kind, kind.key));
        let rows = connection.rows_within(&sql, &[], STATEMENT).await?;
        let rows = rows.iter().map(|row| values(row, kind)).collect::<Result<_, _>>()?;
        all.push(Records::new(kind, rows));
    }
    Ok(Contents::new(all))
}

/// Writes everything into a store that holds nothing, and reads it back.
pub(super) async fn fill(connection: &Connection, contents: Contents) -> Result<(), Fault> {
    connection.batch(ALLOW, STATEMENT).await?;
    for kind in &KINDS {
        let sql = format!("SELECT 1 FROM {} LIMIT 1", kind.name);
        if !connection.rows_within(&sql, &[], STATEMENT).await?.is_empty() {
            return Err(StoreError::NotEmpty { found: kind.name }.into());
        }
    }
    for (kind, records) in contents.checked()? {
        for rows in records.rows.chunks(BATCH) {
            insert(connection, kind, rows).await?;
        }
    }
    contents.verify(&read(connection).await?)?;
    Ok(())
}

/// Each column goes as one array.
async fn insert(connection: &Connection, kind: &Kind, rows: &[Vec<Value>]) -> Result<(), Fault> {
    let (mut arrays, mut params): (Vec<String>, Vec<Box<dyn ToSql + Sync + Send>>) = (Vec::new(), Vec::new());
    for (index, column) in kind.columns.iter().enumerate() {
        let values = rows.iter().map(|row| row.get(index));
        let (values, array): (Box<dyn ToSql + Sync + Send>, _) = match column {
            Column::Text(_) => (Box::new(values.map(text).collect::<Vec<_>>()), "text"),
            Column::Number(_) => (Box::new(values.map(number).collect::<Vec<_>>()), "bigint"),
        };
        params.push(values);
        arrays.push(format!("${}::{array}[]", index + 1));
    }
    let sql = format!(
        "INSERT INTO {} ({}) SELECT * FROM unnest({})",
        kind.name,
        names(kind, kind.columns.len()),
        arrays.join(", ")
    );
    let params: Vec<_> = params.iter().map(|param| &**param as &(dyn ToSql + Sync)).collect();
    connection.rows_within(&sql, &params, STATEMENT).await?;
    Ok(())
}

fn text(value: Option<&Value>) -> Option<String> {
    match value {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Number(_) | Value::Nothing) | None => None,
    }
}

fn number(value: Option<&Value>) -> Option<i64> {
    match value {
        Some(Value::Number(number)) => Some(*number),
        Some(Value::Text(_) | Value::Nothing) | None => None,
    }
}

fn names(kind: &Kind, count: usize) -> String {
    // `user` is a reserved word here.
    let name = |column: &Column| if column.name() == "user" { "user_id" } else { column.name() };
    kind.columns.iter().take(count).map(name).collect::<Vec<_>>().join(", ")
}

fn values(row: &Row, kind: &Kind) -> Result<Vec<Value>, Fault> {
    let value = |(index, of): (usize, &Column)| {
        Ok(match of {
            Column::Number(_) => column::<Option<i64>>(row, index)?.map_or(Value::Nothing, Value::Number),
            Column::Text(_) => column::<Option<String>>(row, index)?.map_or(Value::Nothing, Value::Text),
        })
    };
    kind.columns.iter().enumerate().map(value).collect()
}
