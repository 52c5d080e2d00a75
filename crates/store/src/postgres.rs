//! The contract over a PostgreSQL database that several nodes share: a few connections each, one writer at a time.

mod address;
mod changes;
mod connection;
mod contents;
mod dashboards;
mod fault;
mod keys;
mod pool;
mod schema;
mod sessions;
mod tls;
mod users;
mod views;
mod work;

use std::sync::Arc;

use tideboard_access::{KeyId, Role, SecretHash, UserId};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;

pub use address::PostgresAddress;
use pool::Pool;
use tokio::time::Instant;

use crate::{
    ApiKey, ChangePoint, Changes, Contents, DashboardSummary, FirstOpen, Installation, NewSession, NewSignIn, Session,
    Store, StoreError, StoreFuture, User,
};

/// Metadata in a PostgreSQL database. Other nodes may use it at the same time.
///
/// It recovers by itself when the database was away: calls fail with [`StoreError::Unreachable`] meanwhile, after 10
/// seconds at most. Needs a tokio runtime that outlives it; dropping it closes its connections once what was asked of
/// it is done.
pub struct PostgresStore {
    pool: Arc<Pool>,
}

impl PostgresStore {
    /// Opens the database, makes its tables if they are missing, and brings its schema up to date. Of several nodes that
    /// do so at once, one does and the others wait.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::NewerVersion`] (the database is left as it is),
    /// [`StoreError::Unwritable`] (the role may not make tables, or not write to them), [`StoreError::BadAddress`]
    /// (certificates can't be read) or [`StoreError::Failed`].
    pub async fn open(address: &PostgresAddress, first: &FirstOpen) -> Result<Self, StoreError> {
        Self::open_with(address, Some(first.clone())).await
    }

    /// The same without making an installation where there is none: for moving one there or away.
    ///
    /// # Errors
    /// As [`PostgresStore::open`].
    pub async fn open_without_installation(address: &PostgresAddress) -> Result<Self, StoreError> {
        Self::open_with(address, None).await
    }

    async fn open_with(address: &PostgresAddress, first: Option<FirstOpen>) -> Result<Self, StoreError> {
        let pool = Arc::new(Pool::new(address.clone())?);
        let deadline = Instant::now() + schema::LIMIT;
        loop {
            let first = first.clone();
            let opened =
                pool.write_within(schema::LIMIT, move |connection| Box::pin(schema::open(connection, first.clone())));
            match opened.await {
                // Another node is at it: its steps may take longer than one waits for a lock otherwise.
                Err(StoreError::Busy) if Instant::now() < deadline => tracing::info!("waiting for another node"),
                other => break other?,
            }
        }
        Ok(Self { pool })
    }
}

impl Store for PostgresStore {
    fn installation(&self) -> StoreFuture<'_, Installation> {
        self.pool.read(|connection| Box::pin(users::installation(connection)))
    }

    fn user(&self, id: &UserId) -> StoreFuture<'_, User> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(users::get(connection, id.clone())))
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        self.pool.read(|connection| Box::pin(users::all(connection)))
    }

    fn add_user(&self, user: User) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(users::add(connection, user.clone())))
    }

    fn set_role(&self, id: &UserId, role: Role) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(users::set_role(connection, id.clone(), role)))
    }

    fn begin_session(&self, session: NewSession, now: Millis) -> StoreFuture<'_, Session> {
        self.pool.write(move |connection| Box::pin(sessions::begin(connection, session.clone(), now)))
    }

    fn session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, (Session, User)> {
        self.pool.read(move |connection| Box::pin(sessions::get(connection, hash, now)))
    }

    fn touch_session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()> {
        self.pool.read(move |connection| Box::pin(sessions::touch(connection, hash, now)))
    }

    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>> {
        let user = user.clone();
        self.pool.read(move |connection| Box::pin(sessions::of_user(connection, user.clone(), now)))
    }

    fn revoke_session(&self, user: &UserId, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()> {
        let user = user.clone();
        self.pool.write(move |connection| Box::pin(sessions::revoke(connection, user.clone(), hash, now)))
    }

    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SecretHash>,
        now: Millis,
    ) -> StoreFuture<'_, Vec<SecretHash>> {
        let user = user.clone();
        self.pool.write(move |connection| Box::pin(sessions::revoke_others(connection, user.clone(), keep, now)))
    }

    fn offer_sign_in(&self, token: NewSignIn, now: Millis) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(sessions::offer(connection, token.clone(), now)))
    }

    fn sign_in(
        &self,
        token: SecretHash,
        session: SecretHash,
        user_agent: String,
        now: Millis,
    ) -> StoreFuture<'_, (Session, User)> {
        self.pool
            .write(move |connection| Box::pin(sessions::sign_in(connection, token, session, user_agent.clone(), now)))
    }

    fn add_key(&self, key: ApiKey) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(keys::add(connection, key.clone())))
    }

    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>> {
        self.pool.read(|connection| Box::pin(keys::all(connection)))
    }

    fn key(&self, hash: SecretHash) -> StoreFuture<'_, ApiKey> {
        self.pool.read(move |connection| Box::pin(keys::get(connection, hash)))
    }

    fn touch_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(keys::touch(connection, id.clone(), now)))
    }

    fn revoke_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(keys::revoke(connection, id.clone(), now)))
    }

    fn dashboards(&self) -> StoreFuture<'_, Vec<DashboardSummary>> {
        self.pool.read(|connection| Box::pin(dashboards::all(connection)))
    }

    fn dashboard(&self, id: &DashboardId) -> StoreFuture<'_, Dashboard> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(dashboards::get(connection, id.clone())))
    }

    fn add_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard> {
        self.pool.write(move |connection| Box::pin(dashboards::add(connection, dashboard.clone(), now)))
    }

    fn save_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard> {
        self.pool.write(move |connection| Box::pin(dashboards::save(connection, dashboard.clone(), now)))
    }

    fn delete_dashboard(&self, id: &DashboardId, revision: u32, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(dashboards::delete(connection, id.clone(), revision, now)))
    }

    fn restore_dashboard(&self, id: &DashboardId, now: Millis) -> StoreFuture<'_, Dashboard> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(dashboards::restore(connection, id.clone(), now)))
    }

    fn move_dashboard(&self, id: &DashboardId, index: usize) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(dashboards::move_to(connection, id.clone(), index)))
    }

    fn seed_dashboards(&self, dashboards: Vec<Dashboard>, now: Millis) -> StoreFuture<'_, Vec<DashboardId>> {
        self.pool.write(move |connection| Box::pin(dashboards::seed(connection, dashboards.clone(), now)))
    }

    fn personal_view(&self, user: &UserId, dashboard: &DashboardId) -> StoreFuture<'_, Option<PersonalView>> {
        let (user, dashboard) = (user.clone(), dashboard.clone());
        self.pool.read(move |connection| Box::pin(views::get(connection, user.clone(), dashboard.clone())))
    }

    fn save_personal_view(&self, user: &UserId, view: PersonalView, now: Millis) -> StoreFuture<'_, PersonalView> {
        let user = user.clone();
        self.pool.write(move |connection| Box::pin(views::save(connection, user.clone(), view.clone(), now)))
    }

    fn delete_personal_view(&self, user: &UserId, dashboard: &DashboardId, now: Millis) -> StoreFuture<'_, ()> {
        let (user, dashboard) = (user.clone(), dashboard.clone());
        self.pool.write(move |connection| Box::pin(views::delete(connection, user.clone(), dashboard.clone(), now)))
    }

    fn changes(&self, after: Option<ChangePoint>) -> StoreFuture<'_, Changes> {
        self.pool.read(move |connection| Box::pin(changes::since(connection, after)))
    }

    fn contents(&self) -> StoreFuture<'_, Contents> {
        self.pool.look(contents::LIMIT, |connection| Box::pin(contents::read(connection)))
    }

    fn fill(&self, contents: Contents) -> StoreFuture<'_, ()> {
        self.pool
            .write_within(contents::LIMIT, move |connection| Box::pin(contents::fill(connection, contents.clone())))
    }
}
