//! Work that is done on a connection: begun anew where that is safe, and done even if nobody waits for it any more.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep, timeout_at};

use super::connection::{Connection, STATEMENT};
use super::fault::Fault;
use super::pool::Pool;
use crate::{StoreError, StoreFuture};

/// How long whoever asks waits, everything included.
const LIMIT: Duration = Duration::from_secs(10);
/// How often work is begun when others were in the way or the connection was lost.
const ATTEMPTS: u32 = 5;
/// How much longer to wait each time when others were in the way.
const PAUSE: Duration = Duration::from_millis(20);

/// One writer at a time, on whatever node: the lock is taken before anything is read, and let go of by the commit,
/// after it can be seen. So changes are numbered in the order in which they become visible.
const BEGIN_CHANGE: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; SELECT pg_advisory_xact_lock(7737233015432176740)";
/// All reads see one moment.
const BEGIN_LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// What is done on a connection.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// In what the work is wrapped.
#[derive(Debug, Clone, Copy)]
enum Wrapping {
    /// Each statement stands for itself.
    None,
    /// A transaction that begins with these statements.
    Transaction(&'static str),
}

impl Pool {
    /// Runs single statements, which may run twice.
    pub(super) fn read<T, F>(self: &Arc<Self>, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.run(Wrapping::None, LIMIT, work)
    }

    /// Runs something that reads several things as they are at one moment.
    pub(super) fn look<T, F>(self: &Arc<Self>, limit: Duration, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.run(Wrapping::Transaction(BEGIN_LOOK), limit, work)
    }

    /// Runs something in a transaction that is kept if it succeeds, while no one else changes anything.
    pub(super) fn write<T, F>(self: &Arc<Self>, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.write_within(LIMIT, work)
    }

    /// The same with a limit of its own.
    pub(super) fn write_within<T, F>(self: &Arc<Self>, limit: Duration, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.run(Wrapping::Transaction(BEGIN_CHANGE), limit, work)
    }

    fn run<T, F>(self: &Arc<Self>, wrapping: Wrapping, limit: Duration, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        let pool = self.clone();
        Box::pin(async move {
            let deadline = Instant::now() + limit;
            let late = || Err(Fault::hung(limit).into_error());
            let Ok(permit) = timeout_at(deadline, pool.permit()).await else { return late() };
            let permit = permit?;
            // In a task of its own: whoever asked may go, the work is done all the same.
            let working = async move { timeout_at(deadline, pool.attempt(wrapping, work, permit)).await };
            let Ok(answer) = tokio::spawn(working).await.or(Err(StoreError::Closed))? else { return late() };
            answer
        })
    }

    async fn attempt<T, F>(&self, wrapping: Wrapping, work: F, _permit: OwnedSemaphorePermit) -> Result<T, StoreError>
    where
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Sync,
    {
        let mut attempt = 1;
        loop {
            let connection = self.connection().await?;
            let fault = match wrapped(&connection, wrapping, &work).await {
                Ok(answer) => {
                    self.give_back(connection);
                    return Ok(answer);
                }
                Err(fault) => fault,
            };
            let is_last = attempt == ATTEMPTS;
            match fault {
                Fault::Again(_) if !is_last => {
                    self.give_back(connection);
                    sleep(PAUSE.saturating_mul(attempt)).await;
                }
                // The others were made before this one was lost, and lead to the same place.
                Fault::Elsewhere(_) if !is_last => self.forget_idle(),
                Fault::Answer(error) | Fault::Taken(error) | Fault::Orphan(error) | Fault::Again(error) => {
                    self.give_back(connection);
                    return Err(error);
                }
                Fault::Elsewhere(error) | Fault::Hung(error) => return Err(self.lost(error)),
            }
            attempt += 1;
        }
    }
}

async fn wrapped<T, F>(connection: &Connection, wrapping: Wrapping, work: &F) -> Result<T, Fault>
where
    F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Sync,
{
    let Wrapping::Transaction(begin) = wrapping else { return work(connection).await };
    let answer = match connection.batch(begin, STATEMENT).await {
        Ok(()) => work(connection).await,
        Err(fault) => Err(fault),
    };
    match answer {
        Ok(answer) => connection.batch("COMMIT", STATEMENT).await.map_err(of_commit).map(|()| answer),
        Err(fault @ (Fault::Elsewhere(_) | Fault::Hung(_))) => Err(fault),
        Err(fault @ (Fault::Answer(_) | Fault::Taken(_) | Fault::Orphan(_) | Fault::Again(_))) => {
            match connection.batch("ROLLBACK", STATEMENT).await {
                Ok(()) => Err(fault),
                // The connection goes, and with it the transaction; the caller is told what came first.
                Err(_) => Err(Fault::Hung(fault.into_error())),
            }
        }
    }
}

/// A connection that is lost while committing leaves it open whether the change happened: it must not happen twice.
fn of_commit(fault: Fault) -> Fault {
    match fault {
        Fault::Elsewhere(error) => Fault::Hung(error),
        other @ (Fault::Answer(_) | Fault::Taken(_) | Fault::Orphan(_) | Fault::Again(_) | Fault::Hung(_)) => other,
    }
}
