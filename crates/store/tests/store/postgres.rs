//! PostgreSQL: the suite, and what only a server can do.

use std::sync::atomic::{AtomicU8, Ordering};

use tideboard_services::Postgres;
use tideboard_store::{PostgresAddress, PostgresStore, Store, StoreError};

use crate::backend::{Backend, Opening};
use crate::sample::first_open;
use crate::suite::run_suite;

/// A database of its own.
pub(crate) struct Database {
    pub(crate) url: String,
    opened: AtomicU8,
}

impl Database {
    /// On the server that all tests share.
    pub(crate) fn new() -> Self {
        Self::on(Postgres::shared().unwrap())
    }

    pub(crate) fn on(server: &Postgres) -> Self {
        Self { url: server.database().unwrap(), opened: AtomicU8::new(0) }
    }

    pub(crate) fn address(&self) -> PostgresAddress {
        self.url.parse().unwrap()
    }

    pub(crate) async fn open_without_installation(&self) -> PostgresStore {
        PostgresStore::open_without_installation(&self.address()).await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.address(), &first_open(self.opened.fetch_add(1, Ordering::Relaxed))).await
    }
}

impl Backend for Database {
    fn open(&self) -> Opening<'_> {
        Box::pin(async { Box::new(self.try_open().await.unwrap()) as Box<dyn Store> })
    }
}

run_suite!(Database::new());
