//! One connection to the database, with the statements that were prepared on it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Row, Statement};

use super::fault::Fault;

/// How long a statement may take, with what the network adds.
pub(super) const STATEMENT: Duration = Duration::from_secs(5);

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection; dropping it closes it at once, whatever is under way on it.
pub(super) struct Connection {
    client: Client,
    /// Moves the bytes.
    task: AbortHandle,
    /// By their text.
    statements: Mutex<HashMap<&'static str, Statement>>,
}

impl Connection {
    pub(super) fn new(client: Client, task: AbortHandle) -> Self {
        Self { client, task, statements: Mutex::default() }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// All rows.
    pub(super) async fn rows(&self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        within(STATEMENT, async {
            let statement = self.prepared(sql).await?;
            self.client.query(&statement, params).await
        })
        .await
    }

    /// All rows of a statement that is rarely used, and may take a time of its own.
    pub(super) async fn rows_within(&self, sql: &str, params: Params<'_>, limit: Duration) -> Result<Vec<Row>, Fault> {
        within(limit, self.client.query(sql, params)).await
    }

    /// The row, if there is one.
    pub(super) async fn row(&self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, params).await?.into_iter().next())
    }

    /// How many rows were changed.
    pub(super) async fn execute(&self, sql: &'static str, params: Params<'_>) -> Result<u64, Fault> {
        within(STATEMENT, async {
            let statement = self.prepared(sql).await?;
            self.client.execute(&statement, params).await
        })
        .await
    }

    /// Statements without parameters, one after the other, for at most a time.
    pub(super) async fn batch(&self, sql: &str, limit: Duration) -> Result<(), Fault> {
        within(limit, self.client.batch_execute(sql)).await
    }

    async fn prepared(&self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        let known = self.statements.lock().unwrap_or_else(PoisonError::into_inner).get(sql).cloned();
        if let Some(statement) = known {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        self.statements.lock().unwrap_or_else(PoisonError::into_inner).insert(sql, statement.clone());
        Ok(statement)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // By itself it would wait for answers that may never come.
        self.task.abort();
    }
}

async fn within<T>(limit: Duration, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Fault> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Fault::hung(limit)),
    }
}
