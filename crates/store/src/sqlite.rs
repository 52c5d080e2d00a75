//! The contract over one SQLite file: a thread that writes and a thread that reads, so that neither a slow disk nor
//! another process's transaction holds up look-ups.

mod changes;
mod contents;
mod dashboards;
mod fault;
mod keys;
mod open;
mod schema;
mod sessions;
mod users;
mod views;
mod worker;

use std::path::Path;

use tideboard_access::{KeyId, Role, SecretHash, UserId};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;
use worker::Worker;

use crate::{
    ApiKey, ChangePoint, Changes, Contents, DashboardSummary, FirstOpen, Installation, NewSession, NewSignIn, Session,
    Store, StoreError, StoreFuture, User,
};

/// Metadata in one SQLite file (`meta.db`). Other processes may open the same file at the same time.
///
/// Dropping it waits for what was asked of it, then closes the file.
pub struct SqliteStore {
    writer: Worker,
    reader: Worker,
}

impl SqliteStore {
    /// Opens the file, makes it if it is missing, and brings its schema up to date. Blocks on the disk.
    ///
    /// # Errors
    /// [`StoreError::NewerVersion`] (the file is left as it is), [`StoreError::Unwritable`], [`StoreError::Full`],
    /// [`StoreError::Busy`], [`StoreError::Damaged`] or [`StoreError::Failed`].
    pub fn open(path: &Path, first: &FirstOpen) -> Result<Self, StoreError> {
        Self::open_with(path, Some(first))
    }

    /// The same without making an installation where there is none: for moving one there or away.
    ///
    /// # Errors
    /// As [`SqliteStore::open`].
    pub fn open_without_installation(path: &Path) -> Result<Self, StoreError> {
        Self::open_with(path, None)
    }

    fn open_with(path: &Path, first: Option<&FirstOpen>) -> Result<Self, StoreError> {
        let writer = open::writer(path, first)?;
        let reader = open::reader(path)?;
        Ok(Self { writer: Worker::start("meta-write", writer)?, reader: Worker::start("meta-read", reader)? })
    }
}

impl Store for SqliteStore {
    fn installation(&self) -> StoreFuture<'_, Installation> {
        self.reader.read(users::installation)
    }

    fn user(&self, id: &UserId) -> StoreFuture<'_, User> {
        let id = id.clone();
        self.reader.read(move |connection| users::get(connection, &id))
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        self.reader.read(users::all)
    }

    fn add_user(&self, user: User) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| users::add(connection, &user))
    }

    fn set_role(&self, id: &UserId, role: Role) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.writer.write(move |connection| users::set_role(connection, &id, role))
    }

    fn begin_session(&self, session: NewSession, now: Millis) -> StoreFuture<'_, Session> {
        self.writer.write(move |connection| sessions::begin(connection, session, now))
    }

    fn session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, (Session, User)> {
        self.reader.read(move |connection| sessions::get(connection, hash, now))
    }

    fn touch_session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            let stale = self.reader.read(move |connection| sessions::is_stale(connection, hash, now)).await?;
            if stale {
                self.writer.write(move |connection| sessions::touch(connection, hash, now)).await?;
            }
            Ok(())
        })
    }

    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>> {
        let user = user.clone();
        self.reader.read(move |connection| sessions::of_user(connection, &user, now))
    }

    fn revoke_session(&self, user: &UserId, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()> {
        let user = user.clone();
        self.writer.write(move |connection| sessions::revoke(connection, &user, hash, now))
    }

    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SecretHash>,
        now: Millis,
    ) -> StoreFuture<'_, Vec<SecretHash>> {
        let user = user.clone();
        self.writer.write(move |connection| sessions::revoke_others(connection, &user, keep, now))
    }

    fn offer_sign_in(&self, token: NewSignIn, now: Millis) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| sessions::offer(connection, &token, now))
    }

    fn sign_in(
        &self,
        token: SecretHash,
        session: SecretHash,
        user_agent: String,
        now: Millis,
    ) -> StoreFuture<'_, (Session, User)> {
        self.writer.write(move |connection| sessions::sign_in(connection, token, session, user_agent, now))
    }

    fn add_key(&self, key: ApiKey) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| keys::add(connection, &key))
    }

    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>> {
        self.reader.read(keys::all)
    }

    fn key(&self, hash: SecretHash) -> StoreFuture<'_, ApiKey> {
        self.reader.read(move |connection| keys::get(connection, hash))
    }

    fn touch_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        Box::pin(async move {
            let key = id.clone();
            let stale = self.reader.read(move |connection| keys::is_stale(connection, &key, now)).await?;
            if stale {
                self.writer.write(move |connection| keys::touch(connection, &id, now)).await?;
            }
            Ok(())
        })
    }

    fn revoke_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.writer.write(move |connection| keys::revoke(connection, &id, now))
    }

    fn dashboards(&self) -> StoreFuture<'_, Vec<DashboardSummary>> {
        self.reader.read(dashboards::all)
    }

    fn dashboard(&self, id: &DashboardId) -> StoreFuture<'_, Dashboard> {
        let id = id.clone();
        self.reader.read(move |connection| dashboards::get(connection, &id))
    }

    fn add_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard> {
        self.writer.write(move |connection| dashboards::add(connection, dashboard, now))
    }

    fn save_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard> {
        self.writer.write(move |connection| dashboards::save(connection, dashboard, now))
    }

    fn delete_dashboard(&self, id: &DashboardId, revision: u32, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.writer.write(move |connection| dashboards::delete(connection, &id, revision, now))
    }

    fn restore_dashboard(&self, id: &DashboardId, now: Millis) -> StoreFuture<'_, Dashboard> {
        let id = id.clone();
        self.writer.write(move |connection| dashboards::restore(connection, &id, now))
    }

    fn move_dashboard(&self, id: &DashboardId, index: usize) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.writer.write(move |connection| dashboards::move_to(connection, &id, index))
    }

    fn seed_dashboards(&self, dashboards: Vec<Dashboard>, now: Millis) -> StoreFuture<'_, Vec<DashboardId>> {
        self.writer.write(move |connection| dashboards::seed(connection, dashboards, now))
    }

    fn personal_view(&self, user: &UserId, dashboard: &DashboardId) -> StoreFuture<'_, Option<PersonalView>> {
        let (user, dashboard) = (user.clone(), dashboard.clone());
        self.reader.read(move |connection| views::get(connection, &user, &dashboard))
    }

    fn save_personal_view(&self, user: &UserId, view: PersonalView, now: Millis) -> StoreFuture<'_, PersonalView> {
        let user = user.clone();
        self.writer.write(move |connection| views::save(connection, &user, view, now))
    }

    fn delete_personal_view(&self, user: &UserId, dashboard: &DashboardId, now: Millis) -> StoreFuture<'_, ()> {
        let (user, dashboard) = (user.clone(), dashboard.clone());
        self.writer.write(move |connection| views::delete(connection, &user, &dashboard, now))
    }

    fn changes(&self, after: Option<ChangePoint>) -> StoreFuture<'_, Changes> {
        self.reader.read(move |connection| changes::since(connection, after))
    }

    fn contents(&self) -> StoreFuture<'_, Contents> {
        self.reader.read(contents::read)
    }

    fn fill(&self, contents: Contents) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| contents::fill(connection, &contents))
    }
}

#[cfg(test)]
mod tests;
