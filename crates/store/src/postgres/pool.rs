//! A few connections, made when they are needed and again when they are lost.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::address::{PostgresAddress, TlsMode};
use super::connection::Connection;
use super::fault::{Fault, is_of_network};
use super::tls;
use crate::StoreError;

/// Connections of one node. Metadata is small and its reads short: more would only queue in the database.
const CONNECTIONS: usize = 4;
/// How long nobody tries after the database was found away: those who ask meanwhile are told at once, instead of
/// standing in line for the same answer.
const AWAY: Duration = Duration::from_millis(500);

/// Every session of ours: the limits hold also where the client is gone. What is answered is on the server's disk,
/// whatever its default.
const SETTINGS: &str = "SET statement_timeout = '4500ms'; SET lock_timeout = '4s'; \
     SET idle_in_transaction_session_timeout = '10s'; SET client_min_messages = 'warning'; \
     SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'";

/// The connections to one database.
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
        let permits = Arc::new(Semaphore::new(CONNECTIONS));
        Ok(Self { address, tls, permits, idle: Mutex::default(), away: Mutex::default() })
    }

    /// Leave to hold a connection.
    pub(super) async fn permit(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        self.permits.clone().acquire_owned().await.or(Err(StoreError::Closed))
    }

    /// A connection that works as far as is known.
    pub(super) async fn connection(&self) -> Result<Connection, StoreError> {
        self.is_there()?;
        let idle = {
            let mut idle = self.idle();
            idle.retain(|connection| !connection.is_closed());
            idle.pop()
        };
        match idle {
            Some(connection) => Ok(connection),
            None => self.connect().await.map_err(|fault| self.lost(fault.into_error())),
        }
    }

    /// Keeps a connection on which nothing is under way.
    pub(super) fn give_back(&self, connection: Connection) {
        if !connection.is_closed() {
            self.idle().push(connection);
        }
    }

    /// Lets go of connections that nobody works on.
    pub(super) fn forget_idle(&self) {
        self.idle().clear();
    }

    /// Notes that the database does not answer, if that is the error.
    pub(super) fn lost(&self, error: StoreError) -> StoreError {
        self.forget_idle();
        if matches!(error, StoreError::Unreachable { .. }) {
            *self.away() = Some((Instant::now() + AWAY, error.clone()));
        }
        error
    }

    /// Refuses while the database counts as away.
    fn is_there(&self) -> Result<(), StoreError> {
        let mut away = self.away();
        away.take_if(|(until, _)| *until <= Instant::now());
        away.as_ref().map_or(Ok(()), |(_, error)| Err(error.clone()))
    }

    async fn connect(&self) -> Result<Connection, Fault> {
        let limit = self.address.connect_limit();
        let deadline = Instant::now() + limit;
        let connected = timeout_at(deadline, self.address.config.connect(self.tls.clone())).await;
        let Ok(connected) = connected else { return Err(Fault::hung(limit)) };
        let connection = match connected {
            Ok((client, connection)) => spawned(client, connection),
            // What libpq does: a server may offer protection that does not work, or let in only who asks for none.
            Err(error) if self.address.tls == TlsMode::Prefer && !is_of_network(&error) => {
                let plain = self.address.without_tls();
                let connected = timeout_at(deadline, plain.connect(tokio_postgres::NoTls)).await;
                let Ok(connected) = connected else { return Err(Fault::hung(limit)) };
                let (client, connection) = connected.or(Err(error))?;
                spawned(client, connection)
            }
            Err(error) => return Err(error.into()),
        };
        connection.batch(SETTINGS, limit).await?;
        Ok(connection)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn away(&self) -> MutexGuard<'_, Option<(Instant, StoreError)>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection whose bytes are moved from now on.
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
