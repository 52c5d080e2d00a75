//! The contract over a PostgreSQL database that several nodes share: a few connections each, one writer at a time.

mod address;
mod audit;
mod changes;
mod connection;
mod contents;
mod credentials;
mod dashboards;
mod fault;
mod grants;
mod installation;
mod invites;
mod keys;
mod links;
mod pool;
mod refreshes;
mod schema;
mod sessions;
mod teams;
mod tls;
mod users;
mod views;
mod work;

use std::collections::BTreeSet;
use std::sync::Arc;

use tideboard_access::{
    Grant, InviteId, KeyId, Login, PasswordHash, Reach, Role, SecretHash, SessionId, SigningKey, TeamId, UserId,
};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;

pub use address::PostgresAddress;
use pool::Pool;
use tokio::time::Instant;

use crate::{
    ApiKey, AuditEntry, ChangePoint, Changes, Contents, Credentials, DashboardSummary, FirstOpen, Installation, Invite,
    NewAccount, NewAudit, NewLink, NewSession, NewUser, Refreshed, Session, Store, StoreError, StoreFuture, Team, Totp,
    User,
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
        self.pool.read(|connection| Box::pin(installation::get(connection)))
    }

    fn rotate_signing_key(&self, key: SigningKey, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(installation::rotate_key(connection, key.clone(), audit.clone())))
    }

    fn user(&self, id: &UserId) -> StoreFuture<'_, User> {
        let id = id.clone();
        self.pool.read(move |connection| {
            let id = id.clone();
            Box::pin(async move { users::get(connection, &id).await })
        })
    }

    fn users(&self) -> StoreFuture<'_, Vec<User>> {
        self.pool.read(|connection| Box::pin(users::all(connection)))
    }

    fn credentials(&self, login: &Login) -> StoreFuture<'_, Option<Credentials>> {
        let login = login.clone();
        self.pool.read(move |connection| Box::pin(credentials::by_login(connection, login.clone())))
    }

    fn credentials_of(&self, id: &UserId) -> StoreFuture<'_, Credentials> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(credentials::of(connection, id.clone())))
    }

    fn add_user(&self, user: NewUser, now: Millis) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(users::add(connection, user.clone(), now)))
    }

    fn set_role(&self, id: &UserId, role: Role, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(users::set_role(connection, id.clone(), role, audit.clone())))
    }

    fn set_reach(&self, id: &UserId, reach: Reach, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool
            .write(move |connection| Box::pin(users::set_reach(connection, id.clone(), reach.clone(), audit.clone())))
    }

    fn set_profile(&self, id: &UserId, name: String, login: Option<Login>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| {
            Box::pin(users::set_profile(connection, id.clone(), name.clone(), login.clone(), audit.clone()))
        })
    }

    fn set_disabled(&self, id: &UserId, disabled: bool, audit: NewAudit) -> StoreFuture<'_, Vec<SessionId>> {
        let id = id.clone();
        self.pool
            .write(move |connection| Box::pin(users::set_disabled(connection, id.clone(), disabled, audit.clone())))
    }

    fn set_password(
        &self,
        id: &UserId,
        password: PasswordHash,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>> {
        let id = id.clone();
        self.pool.write(move |connection| {
            Box::pin(credentials::set_password(connection, id.clone(), password.clone(), keep.clone(), audit.clone()))
        })
    }

    fn set_totp(&self, id: &UserId, totp: Option<Totp>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| {
            Box::pin(credentials::set_totp(connection, id.clone(), totp.clone(), audit.clone()))
        })
    }

    fn use_totp_step(&self, id: &UserId, step: u64) -> StoreFuture<'_, bool> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(credentials::use_totp_step(connection, id.clone(), step)))
    }

    fn use_recovery_code(&self, id: &UserId, code: SecretHash, audit: NewAudit) -> StoreFuture<'_, bool> {
        let id = id.clone();
        self.pool.write(move |connection| {
            Box::pin(credentials::use_recovery_code(connection, id.clone(), code, audit.clone()))
        })
    }

    fn begin_session(&self, user: &UserId, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)> {
        let user = user.clone();
        self.pool.write(move |connection| {
            Box::pin(sessions::begin_session(connection, user.clone(), session.clone(), audit.clone()))
        })
    }

    fn session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, (Session, User)> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(sessions::get(connection, id.clone(), now)))
    }

    fn refresh(
        &self,
        presented: SecretHash,
        successor: SecretHash,
        grace_ms: i64,
        now: Millis,
    ) -> StoreFuture<'_, Refreshed> {
        self.pool.write(move |connection| Box::pin(refreshes::refresh(connection, presented, successor, grace_ms, now)))
    }

    fn touch_session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(sessions::touch(connection, id.clone(), now)))
    }

    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>> {
        let user = user.clone();
        self.pool.read(move |connection| {
            let user = user.clone();
            Box::pin(async move { sessions::of_user(connection, &user, now).await })
        })
    }

    fn revoke_session(&self, user: &UserId, id: &SessionId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let user = user.clone();
        let id = id.clone();
        self.pool
            .write(move |connection| Box::pin(sessions::revoke(connection, user.clone(), id.clone(), audit.clone())))
    }

    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>> {
        let user = user.clone();
        self.pool.write(move |connection| {
            Box::pin(sessions::revoke_others(connection, user.clone(), keep.clone(), audit.clone()))
        })
    }

    fn offer_link(&self, link: NewLink, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(links::offer(connection, link.clone(), audit.clone())))
    }

    fn sign_in(&self, link: SecretHash, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)> {
        self.pool.write(move |connection| Box::pin(links::sign_in(connection, link, session.clone(), audit.clone())))
    }

    fn reset_password(
        &self,
        link: SecretHash,
        password: PasswordHash,
        audit: NewAudit,
    ) -> StoreFuture<'_, (User, Vec<SessionId>)> {
        self.pool
            .write(move |connection| Box::pin(links::reset_password(connection, link, password.clone(), audit.clone())))
    }

    fn reset_link(&self, link: SecretHash, now: Millis) -> StoreFuture<'_, User> {
        self.pool.read(move |connection| Box::pin(links::reset_link(connection, link, now)))
    }

    fn add_invite(&self, invite: Invite, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(invites::add(connection, invite.clone(), audit.clone())))
    }

    fn invites(&self, now: Millis) -> StoreFuture<'_, Vec<Invite>> {
        self.pool.read(move |connection| Box::pin(invites::all(connection, now)))
    }

    fn invite(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, Invite> {
        self.pool.read(move |connection| Box::pin(invites::get(connection, hash, now)))
    }

    fn accept_invite(
        &self,
        hash: SecretHash,
        account: NewAccount,
        session: NewSession,
        audit: NewAudit,
    ) -> StoreFuture<'_, (Session, User)> {
        self.pool.write(move |connection| {
            Box::pin(invites::accept(connection, hash, account.clone(), session.clone(), audit.clone()))
        })
    }

    fn revoke_invite(&self, id: &InviteId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(invites::revoke(connection, id.clone(), audit.clone())))
    }

    fn teams(&self) -> StoreFuture<'_, Vec<Team>> {
        self.pool.read(|connection| Box::pin(teams::all(connection)))
    }

    fn add_team(&self, team: Team, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(teams::add(connection, team.clone(), audit.clone())))
    }

    fn save_team(&self, id: &TeamId, name: String, members: BTreeSet<UserId>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| {
            Box::pin(teams::save(connection, id.clone(), name.clone(), members.clone(), audit.clone()))
        })
    }

    fn delete_team(&self, id: &TeamId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(teams::delete(connection, id.clone(), audit.clone())))
    }

    fn add_key(&self, key: ApiKey, audit: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(keys::add(connection, key.clone(), audit.clone())))
    }

    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>> {
        self.pool.read(|connection| Box::pin(keys::all(connection)))
    }

    fn key(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ApiKey> {
        self.pool.read(move |connection| Box::pin(keys::get(connection, hash, now)))
    }

    fn key_of(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ApiKey> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(keys::by_id(connection, id.clone(), now)))
    }

    fn touch_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.read(move |connection| Box::pin(keys::touch(connection, id.clone(), now)))
    }

    fn revoke_key(&self, id: &KeyId, audit: NewAudit) -> StoreFuture<'_, ()> {
        let id = id.clone();
        self.pool.write(move |connection| Box::pin(keys::revoke(connection, id.clone(), audit.clone())))
    }

    fn audit(&self, entry: NewAudit) -> StoreFuture<'_, ()> {
        self.pool.write(move |connection| Box::pin(audit::add(connection, entry.clone())))
    }

    fn audit_entries(&self, before: Option<i64>, limit: usize) -> StoreFuture<'_, Vec<AuditEntry>> {
        self.pool.read(move |connection| Box::pin(audit::entries(connection, before, limit)))
    }

    fn grants(&self, dashboard: &DashboardId) -> StoreFuture<'_, Vec<Grant>> {
        let dashboard = dashboard.clone();
        self.pool.read(move |connection| {
            let dashboard = dashboard.clone();
            Box::pin(async move { grants::get(connection, &dashboard).await })
        })
    }

    fn set_grants(&self, dashboard: &DashboardId, grants: Vec<Grant>, audit: NewAudit) -> StoreFuture<'_, ()> {
        let dashboard = dashboard.clone();
        self.pool.write(move |connection| {
            Box::pin(grants::set(connection, dashboard.clone(), grants.clone(), audit.clone()))
        })
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
