//! A few connections, made when they are needed and again when they are lost; and work that is done on one of them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep, timeout_at};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{PostgresAddress, TlsMode};
use super::connection::{Connection, STATEMENT};
use super::fault::Fault;
use super::tls;
use crate::{StoreError, StoreFuture};

/// Connections of one node. Metadata is small and its reads short: more would only queue in the database.
const CONNECTIONS: usize = 4;
/// How long whoever asks waits, everything included.
const LIMIT: Duration = Duration::from_secs(10);
/// How long nobody tries after the database was found away: those who ask meanwhile are told at once, instead of
/// standing in line for the same answer.
const AWAY: Duration = Duration::from_millis(500);
/// How often work is begun anew when others were in the way or the connection was lost.
const ATTEMPTS: u32 = 5;
/// How much longer to wait each time when others were in the way.
const PAUSE: Duration = Duration::from_millis(20);

/// Every session of ours: the limits hold also where the client is gone. What is answered is on the server's disk,
/// whatever its default.
const SETTINGS: &str = "SET statement_timeout = '4500ms'; SET lock_timeout = '4s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// One writer at a time, on whatever node: the lock is taken before anything is read, and let go of by the commit,
/// after it can be seen. So changes are numbered in the order in which they become visible.
const BEGIN_CHANGE: &str =
    "BEGIN ISOLATION LEVEL READ COMMITTED, READ WRITE; SELECT pg_advisory_xact_lock(7737233015432176740)";
/// All reads see one moment.
const BEGIN_LOOK: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";

/// What is done on a connection.
pub(super) type Doing<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// Work that can be begun anew.
trait Work<T>: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static {}
impl<T, F> Work<T> for F where F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static {}

/// In what the work is wrapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    /// Each statement stands for itself.
    None,
    /// A transaction that begins with these statements.
    Transaction(&'static str),
}

pub(super) struct Pool {
    address: PostgresAddress,
    tls: MakeRustlsConnect,
    permits: Arc<Semaphore>,
    /// Connections that nobody works on.
    idle: Mutex<Vec<Connection>>,
    /// Until when the database counts as away, and why.
    away: Mutex<Option<(Instant, StoreError)>>,
}

impl Pool {
    pub(super) fn new(address: PostgresAddress) -> Result<Self, StoreError> {
        let tls = tls::connector(&address)?;
        Ok(Self {
            address,
            tls,
            permits: Arc::new(Semaphore::new(CONNECTIONS)),
            idle: Mutex::default(),
            away: Mutex::default(),
        })
    }

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
    pub(super) fn change<T, F>(self: &Arc<Self>, limit: Duration, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.run(Wrapping::Transaction(BEGIN_CHANGE), limit, work)
    }

    /// The same with the limit of ordinary changes.
    pub(super) fn write<T, F>(self: &Arc<Self>, work: F) -> StoreFuture<'static, T>
    where
        T: Send + 'static,
        F: for<'a> Fn(&'a Connection) -> Doing<'a, T> + Send + Sync + 'static,
    {
        self.change(LIMIT, work)
    }

    fn run<T: Send + 'static>(
        self: &Arc<Self>,
        wrapping: Wrapping,
        limit: Duration,
        work: impl Work<T>,
    ) -> StoreFuture<'static, T> {
        let pool = self.clone();
        Box::pin(async move {
            let deadline = Instant::now() + limit;
            let late = || StoreError::Unreachable { reason: format!("no answer within {} seconds", limit.as_secs()) };
            let permit = timeout_at(deadline, pool.permits.clone().acquire_owned()).await;
            let permit = permit.map_err(|_| late())?.or(Err(StoreError::Closed))?;
            // In a task of its own: whoever asked may go, the work is done all the same.
            let working = async move { timeout_at(deadline, pool.attempt(wrapping, work, permit)).await };
            tokio::spawn(working).await.or(Err(StoreError::Closed))?.map_err(|_| late())?
        })
    }

    async fn attempt<T>(
        &self,
        wrapping: Wrapping,
        work: impl Work<T>,
        _permit: OwnedSemaphorePermit,
    ) -> Result<T, StoreError> {
        let mut attempt = 1;
        loop {
            self.is_there()?;
            let connection = self.connection().await.map_err(|error| self.lost(error))?;
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
                Fault::Elsewhere(_) if !is_last => drop(connection),
                Fault::Answer(error) | Fault::Taken(error) | Fault::Orphan(error) | Fault::Again(error) => {
                    self.give_back(connection);
                    return Err(error);
                }
                Fault::Elsewhere(error) | Fault::Hung(error) => {
                    return Err(self.lost(error));
                }
            }
            attempt += 1;
        }
    }

    /// Refuses while the database counts as away.
    fn is_there(&self) -> Result<(), StoreError> {
        let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
        away.take_if(|(until, _)| *until <= Instant::now());
        away.as_ref().map_or(Ok(()), |(_, error)| Err(error.clone()))
    }

    /// Lets go of what leads to a database that does not answer.
    fn lost(&self, error: StoreError) -> StoreError {
        self.idle().clear();
        if matches!(error, StoreError::Unreachable { .. }) {
            let mut away = self.away.lock().unwrap_or_else(PoisonError::into_inner);
            *away = Some((Instant::now() + AWAY, error.clone()));
        }
        error
    }

    async fn connection(&self) -> Result<Connection, StoreError> {
        let idle = {
            let mut idle = self.idle();
            idle.retain(|connection| !connection.is_closed());
            idle.pop()
        };
        match idle {
            Some(connection) => Ok(connection),
            None => self.connect().await.map_err(Fault::into_error),
        }
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let limit = self.address.connect_limit();
        let deadline = Instant::now() + limit;
        let connected = timeout_at(deadline, self.address.config.connect(self.tls.clone())).await;
        let connection = match connected.map_err(|_| Fault::hung(limit))? {
            Ok((client, connection)) => spawned(client, connection),
            // What libpq does: a server may offer protection that does not work, or let in only who asks for none.
            Err(error) if self.address.tls == TlsMode::Prefer && !is_unreachable(&error) => {
                let plain = self.address.without_tls();
                let connected = timeout_at(deadline, plain.connect(tokio_postgres::NoTls)).await;
                let (client, connection) = connected.map_err(|_| Fault::hung(limit))?.or(Err(error))?;
                spawned(client, connection)
            }
            Err(error) => return Err(error.into()),
        };
        connection.batch(SETTINGS, limit).await?;
        Ok(connection)
    }

    fn give_back(&self, connection: Connection) {
        if !connection.is_closed() {
            self.idle().push(connection);
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether nobody answered at all.
fn is_unreachable(error: &tokio_postgres::Error) -> bool {
    error.code().is_none() && std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
}

fn spawned<S, T>(client: tokio_postgres::Client, connection: tokio_postgres::Connection<S, T>) -> Connection
where
    tokio_postgres::Connection<S, T>: Future<Output = Result<(), tokio_postgres::Error>> + Send + 'static,
{
    let moving = tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error = &error as &dyn std::error::Error, "a connection to the metadata database ended");
        }
    });
    Connection::new(client, moving.abort_handle())
}

async fn wrapped<T>(connection: &Connection, wrapping: Wrapping, work: &impl Work<T>) -> Result<T, Fault> {
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
