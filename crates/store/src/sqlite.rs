//! The contract over one SQLite file: a thread that writes and a thread that reads, so that neither a slow disk nor
//! another process's transaction holds up look-ups.

mod audit;
mod changes;
mod contents;
mod credentials;
mod dashboards;
mod fault;
mod grants;
mod installation;
mod invites;
mod keys;
mod links;
mod open;
mod refreshes;
mod schema;
mod sessions;
mod teams;
mod users;
mod views;
mod worker;

use std::collections::BTreeSet;
use std::path::Path;

use rusqlite::Connection;
use tideboard_access::{
    Grant, InviteId, KeyId, Login, PasswordHash, Reach, Role, SecretHash, SessionId, SigningKey, TeamId, UserId,
};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;
use worker::Worker;

use crate::{
    ApiKey, AuditEntry, ChangePoint, Changes, Contents, Credentials, DashboardSummary, FirstOpen, Installation, Invite,
    NewAccount, NewAudit, NewLink, NewSession, NewUser, Refreshed, Session, Store, StoreError, StoreFuture, Team, Totp,
    User,
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

    /// Begins a session, and notes it in the same step.
    fn begun<F>(&self, audit: NewAudit, begin: F) -> StoreFuture<'_, (Session, User)>
    where
        F: FnOnce(&Connection, Millis) -> Result<(Session, User), StoreError> + Send + 'static,
    {
        self.writer.write(move |connection| {
            let begun = begin(connection, audit.at)?;
            audit::note(connection, &audit.begins(&begun.0))?;
            Ok(begun)
        })
    }

    /// Does something that is noted in the record in the same step, at the time that the entry says.
    fn noted<T, F>(&self, audit: NewAudit, work: F) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, Millis) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.write(move |connection| {
            let answer = work(connection, audit.at)?;
            audit::note(connection, &audit)?;
            Ok(answer)
        })
    }
}

impl Store for SqliteStore {
    fn installation(&self) -> StoreFuture<'_, Installation> {
        self.reader.read(installation::get)
    }

    fn rotate_signing_key(&self, key: SigningKey, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.noted(audit, move |connection, _| installation::rotate(connection, &key))
    }

    fn user(&self, id: &UserId) -> StoreFuture<'_, User> {
        let id = id.clone();
        self.reader.read(move |connection| users::get(connection, &id))
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        self.reader.read(users::all)
    }

    fn credentials(&self, login: &Login) -> StoreFuture<'_, Option<Credentials>> {
        let login = login.clone();
        self.reader.read(move |connection| credentials::of_login(connection, &login))
    }

    fn credentials_of(&self, id: &UserId) -> StoreFuture<'_, Credentials> {
        let id = id.clone();
        self.reader.read(move |connection| credentials::of_user(connection, &id))
    }

    fn add_user(&self, user: NewUser, now: Millis) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| users::add(connection, &user, now))
    }

    fn set_role(&self, id: &UserId, role: Role, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| users::set_role(connection, &id, role))
    }

    fn set_reach(&self, id: &UserId, reach: Reach, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| users::set_reach(connection, &id, &reach))
    }

    fn set_profile(&self, id: &UserId, name: String, login: Option<Login>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| users::set_profile(connection, &id, &name, login.as_ref()))
    }

    fn set_disabled(&self, id: &UserId, disabled: bool, audit: NewAudit) -> StoreFuture<'_, Vec<SessionId>> {
        let id = id.clone();
        self.noted(audit, move |connection, now| users::set_disabled(connection, &id, disabled, now))
    }

    fn set_password(
        &self,
        id: &UserId,
        password: PasswordHash,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>> {
        let id = id.clone();
        self.noted(audit, move |connection, now| {
            credentials::set_password(connection, &id, &password, keep.as_ref(), now)
        })
    }

    fn set_totp(&self, id: &UserId, totp: Option<Totp>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| credentials::set_totp(connection, &id, totp.as_ref()))
    }

    fn use_totp_step(&self, id: &UserId, step: u64) -> StoreFuture<'_, bool> {
        let id = id.clone();
        self.writer.write(move |connection| credentials::use_totp_step(connection, &id, step))
    }

    fn use_recovery_code(&self, id: &UserId, code: SecretHash, audit: NewAudit) -> StoreFuture<'_, bool> {
        let id = id.clone();
        self.writer.write(move |connection| {
            let is_used = credentials::use_recovery_code(connection, &id, code, audit.at)?;
            if is_used {
                audit::note(connection, &audit)?;
            }
            Ok(is_used)
        })
    }

    fn begin_session(&self, user: &UserId, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)> {
        let user = user.clone();
        self.begun(audit, move |connection, now| sessions::begin(connection, &user, session, now))
    }

    fn session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, (Session, User)> {
        let id = id.clone();
        self.reader.read(move |connection| sessions::get(connection, &id, now))
    }

    fn refresh(
        &self,
        presented: SecretHash,
        successor: SecretHash,
        grace_ms: i64,
        now: Millis,
    ) -> StoreFuture<'_, Refreshed> {
        self.writer.write(move |connection| refreshes::exchange(connection, presented, successor, grace_ms, now))
    }

    fn touch_session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        Box::pin(async move {
            let session = id.clone();
            let stale = self.reader.read(move |connection| sessions::is_stale(connection, &session, now)).await?;
            if stale {
                self.writer.write(move |connection| sessions::touch(connection, &id, now)).await?;
            }
            Ok(())
        })
    }

    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>> {
        let user = user.clone();
        self.reader.read(move |connection| sessions::of_user(connection, &user, now))
    }

    fn revoke_session(&self, user: &UserId, id: &SessionId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let (user, id) = (user.clone(), id.clone());
        self.noted(audit, move |connection, now| sessions::revoke(connection, &user, &id, now))
    }

    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>> {
        let user = user.clone();
        self.noted(audit, move |connection, now| sessions::revoke_others(connection, &user, keep.as_ref(), now))
    }

    fn offer_link(&self, link: NewLink, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.noted(audit, move |connection, now| links::offer(connection, &link, now))
    }

    fn sign_in(&self, link: SecretHash, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)> {
        self.begun(audit, move |connection, now| links::sign_in(connection, link, session, now))
    }

    fn reset_password(
        &self,
        link: SecretHash,
        password: PasswordHash,
        audit: NewAudit,
    ) -> StoreFuture<'_, (User, Vec<SessionId>)> {
        self.noted(audit, move |connection, now| links::reset_password(connection, link, &password, now))
    }

    fn reset_link(&self, link: SecretHash, now: Millis) -> StoreFuture<'_, User> {
        self.reader.read(move |connection| links::concerned(connection, link, now))
    }

    fn add_invite(&self, invite: Invite, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.noted(audit, move |connection, _| invites::add(connection, &invite))
    }

    fn invites(&self, now: Millis) -> StoreFuture<'_, Vec<Invite>> {
        self.reader.read(move |connection| invites::open(connection, now))
    }

    fn invite(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, Invite> {
        self.reader.read(move |connection| invites::get(connection, hash, now))
    }

    fn accept_invite(
        &self,
        hash: SecretHash,
        account: NewAccount,
        session: NewSession,
        audit: NewAudit,
    ) -> StoreFuture<'_, (Session, User)> {
        self.noted(audit, move |connection, now| invites::accept(connection, hash, account, session, now))
    }

    fn revoke_invite(&self, id: &InviteId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, now| invites::revoke(connection, &id, now))
    }

    fn teams(&self) -> StoreFuture<'_, Vec<Team>> {
        self.reader.read(teams::all)
    }

    fn add_team(&self, team: Team, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.noted(audit, move |connection, _| teams::add(connection, &team))
    }

    fn save_team(&self, id: &TeamId, name: String, members: BTreeSet<UserId>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| teams::save(connection, &id, &name, &members))
    }

    fn delete_team(&self, id: &TeamId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, _| teams::delete(connection, &id))
    }

    fn add_key(&self, key: ApiKey, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.noted(audit, move |connection, _| keys::add(connection, &key))
    }

    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>> {
        self.reader.read(keys::all)
    }

    fn key(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ApiKey> {
        self.reader.read(move |connection| keys::get(connection, hash, now))
    }

    fn key_of(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ApiKey> {
        let id = id.clone();
        self.reader.read(move |connection| keys::of_id(connection, &id, now))
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

    fn revoke_key(&self, id: &KeyId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.noted(audit, move |connection, now| keys::revoke(connection, &id, now))
    }

    fn audit(&self, entry: NewAudit) -> StoreFuture<'_, ()> {
        self.writer.write(move |connection| audit::note(connection, &entry))
    }

    fn audit_entries(&self, before: Option<i64>, limit: usize) -> StoreFuture<'_, Vec<AuditEntry>> {
        self.reader.read(move |connection| audit::entries(connection, before, limit))
    }

    fn grants(&self, dashboard: &DashboardId) -> StoreFuture<'_, Vec<Grant>> {
        let dashboard = dashboard.clone();
        self.reader.read(move |connection| grants::get(connection, &dashboard))
    }

    fn set_grants(&self, dashboard: &DashboardId, grants: Vec<Grant>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let dashboard = dashboard.clone();
        self.noted(audit, move |connection, _| grants::set(connection, &dashboard, grants))
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
