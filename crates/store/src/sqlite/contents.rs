//! All that is stored, read and written at once.

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql, params_from_iter};

use crate::contents::{Column, KINDS, Kind, Records, Value};
use crate::{Contents, StoreError};

/// Reads everything as it is at one moment.
pub(super) fn read(connection: &Connection) -> Result<Contents, StoreError> {
    let transaction = connection.unchecked_transaction()?;
    let contents = read_in(&transaction)?;
    transaction.rollback()?;
    Ok(contents)
}

fn read_in(connection: &Connection) -> Result<Contents, StoreError> {
    let records = KINDS.iter().map(|kind| {
        let mut statement = connection.prepare(&format!("{} ORDER BY {}", select(kind), names(kind, kind.key)))?;
        let rows = statement.query_map([], |row| values(row, kind))?;
        Ok(Records::new(kind, rows.collect::<rusqlite::Result<_>>()?))
    });
    Ok(Contents::new(records.collect::<Result<_, StoreError>>()?))
}

/// Writes everything into a store that holds nothing, and reads it back.
pub(super) fn fill(connection: &Connection, contents: &Contents) -> Result<(), StoreError> {
    for kind in &KINDS {
        if connection.prepare(&select(kind))?.exists([])? {
            return Err(StoreError::NotEmpty { found: kind.name });
        }
    }
    for (kind, records) in contents.checked()? {
        let places = vec!["?"; kind.columns.len()].join(", ");
        let sql = format!("INSERT INTO {} ({}) VALUES ({places})", kind.name, names(kind, kind.columns.len()));
        let mut statement = connection.prepare(&sql)?;
        for row in &records.rows {
            statement.execute(params_from_iter(row))?;
        }
    }
    contents.verify(&read_in(connection)?)
}

fn select(kind: &Kind) -> String {
    format!("SELECT {} FROM {}", names(kind, kind.columns.len()), kind.name)
}

fn names(kind: &Kind, count: usize) -> String {
    kind.columns.iter().take(count).map(|column| column.name()).collect::<Vec<_>>().join(", ")
}

fn values(row: &Row<'_>, kind: &Kind) -> rusqlite::Result<Vec<Value>> {
    let value = |(index, column): (usize, &Column)| {
        Ok(match column {
            Column::Number(_) => row.get::<_, Option<i64>>(index)?.map_or(Value::Nothing, Value::Number),
            Column::Text(_) => row.get::<_, Option<String>>(index)?.map_or(Value::Nothing, Value::Text),
        })
    };
    kind.columns.iter().enumerate().map(value).collect()
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Nothing => ToSqlOutput::Borrowed(ValueRef::Null),
            Self::Number(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Self::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}
