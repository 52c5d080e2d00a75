//! The contract of metadata storage. What every implementation must keep, the conformance suite in `tests` checks.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use tideboard_access::{
    Grant, InviteId, KeyId, Login, PasswordHash, Reach, Role, SecretHash, SessionId, SigningKey, TeamId, UserId,
};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;

use crate::{
    ApiKey, AuditEntry, ChangePoint, Changes, Contents, Credentials, DashboardSummary, Installation, Invite,
    NewAccount, NewAudit, NewLink, NewSession, NewUser, Refreshed, Session, StoreError, Team, Totp, User,
};

/// An answer of the store to come.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Metadata: users, sessions, teams, API keys, dashboards, personal views, and the record of who did what.
///
/// A change that takes a [`NewAudit`] happens at its time, and notes it in the same step: neither is kept without the
/// other. A change that is refused notes nothing.
///
/// Guarantees: an answered change is on disk; changes are atomic and seen by every later call; a change whose future
/// is dropped happens whole or not at all. Every method may fail with [`StoreError::Full`], [`StoreError::Busy`],
/// [`StoreError::Unreachable`], [`StoreError::Unwritable`], [`StoreError::Damaged`], [`StoreError::Failed`] or
/// [`StoreError::Closed`]; other errors are named at each.
pub trait Store: Send + Sync + 'static {
    /// What was made at first open.
    fn installation(&self) -> StoreFuture<'_, Installation>;
    /// Signs with another key from now on; the one before is kept as the previous one, and any older is forgotten.
    fn rotate_signing_key(&self, key: SigningKey, audit: NewAudit) -> StoreFuture<'_, ()>;

    /// A user; [`StoreError::NotFound`] if there is none.
    fn user(&self, id: &UserId) -> StoreFuture<'_, User>;
    /// All users, the oldest first, those who are shut out too.
    fn users(&self) -> StoreFuture<'_, Vec<User>>;
    /// What the password of who signs in so is checked against; `None` if nobody does. Those who are shut out too.
    fn credentials(&self, login: &Login) -> StoreFuture<'_, Option<Credentials>>;
    /// The same by id; [`StoreError::NotFound`].
    fn credentials_of(&self, id: &UserId) -> StoreFuture<'_, Credentials>;
    /// Adds a user; [`StoreError::Exists`] (`user` or `login`) if the id or the login is taken.
    fn add_user(&self, user: NewUser, now: Millis) -> StoreFuture<'_, ()>;
    /// Gives a user another role; [`StoreError::NotFound`], or [`StoreError::Refused`] for the last owner who is not
    /// shut out.
    fn set_role(&self, id: &UserId, role: Role, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Gives a user another reach; [`StoreError::NotFound`].
    fn set_reach(&self, id: &UserId, reach: Reach, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Gives a user another name and login; [`StoreError::NotFound`], or [`StoreError::Exists`] (`login`).
    fn set_profile(&self, id: &UserId, name: String, login: Option<Login>, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Shuts a user out, ending all sessions (returned), or lets the user in again; [`StoreError::NotFound`], or
    /// [`StoreError::Refused`] for the last owner who is not shut out.
    fn set_disabled(&self, id: &UserId, disabled: bool, audit: NewAudit) -> StoreFuture<'_, Vec<SessionId>>;
    /// Gives a user another password, and ends all sessions but one (the ended ones are returned) and all links for choosing
    /// one; [`StoreError::NotFound`].
    fn set_password(
        &self,
        id: &UserId,
        password: PasswordHash,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>>;
    /// Gives a user a second factor, or takes it away; [`StoreError::NotFound`].
    fn set_totp(&self, id: &UserId, totp: Option<Totp>, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Uses the code of a step: whether no code of that step or a later one was used before. Of two attempts at once
    /// one succeeds.
    fn use_totp_step(&self, id: &UserId, step: u64) -> StoreFuture<'_, bool>;
    /// Uses a recovery code up: whether it was one that was not used yet. Of two attempts at once one succeeds.
    fn use_recovery_code(&self, id: &UserId, code: SecretHash, audit: NewAudit) -> StoreFuture<'_, bool>;

    /// Begins a session; [`StoreError::NotFound`] if there is no such user or the user is shut out. An entry without who or
    /// target is given the user and the session, here and in [`Store::sign_in`].
    fn begin_session(&self, user: &UserId, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)>;
    /// A session and its user as of now; [`StoreError::NotFound`] if unknown, expired or revoked, or the user is shut out.
    /// Changes nothing: see [`Store::touch_session`].
    fn session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, (Session, User)>;
    /// Exchanges the secret of a session for its successor, once. Presented again within `grace_ms` of that, and as long
    /// as the successor was not exchanged itself, it is answered in the same way, for an answer may be lost; presented
    /// again later, it ends the session. [`StoreError::NotFound`] if the secret is unknown, or its session or user no
    /// longer counts.
    fn refresh(
        &self,
        presented: SecretHash,
        successor: SecretHash,
        grace_ms: i64,
        now: Millis,
    ) -> StoreFuture<'_, Refreshed>;
    /// Notes that a session was used. Writes once a minute at most, so calling it often is cheap.
    fn touch_session(&self, id: &SessionId, now: Millis) -> StoreFuture<'_, ()>;
    /// The sessions of a user that are neither expired nor revoked, the last used first.
    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>>;
    /// Ends a session of a user; [`StoreError::NotFound`] if the user has none such that still counts.
    fn revoke_session(&self, user: &UserId, id: &SessionId, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Ends all sessions of a user but one, and returns those that ended.
    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SessionId>,
        audit: NewAudit,
    ) -> StoreFuture<'_, Vec<SessionId>>;

    /// Offers a one-time link; [`StoreError::NotFound`] if there is no such user.
    fn offer_link(&self, link: NewLink, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Uses a link for signing in and begins a session in one step, so that of two attempts one succeeds;
    /// [`StoreError::NotFound`] if it is unknown, expired, used or for something else, or its user is shut out.
    fn sign_in(&self, link: SecretHash, session: NewSession, audit: NewAudit) -> StoreFuture<'_, (Session, User)>;
    /// Uses a link for choosing a new password, and ends all sessions (returned) and all other such links;
    /// [`StoreError::NotFound`] as above.
    fn reset_password(
        &self,
        link: SecretHash,
        password: PasswordHash,
        audit: NewAudit,
    ) -> StoreFuture<'_, (User, Vec<SessionId>)>;
    /// Whom a link for choosing a new password concerns, without using it; [`StoreError::NotFound`].
    fn reset_link(&self, link: SecretHash, now: Millis) -> StoreFuture<'_, User>;

    /// Adds an invitation; [`StoreError::Exists`] if id or hash is taken.
    fn add_invite(&self, invite: Invite, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Invitations that can still be accepted, the newest first.
    fn invites(&self, now: Millis) -> StoreFuture<'_, Vec<Invite>>;
    /// The invitation of this hash; [`StoreError::NotFound`] if unknown, expired, accepted or revoked.
    fn invite(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, Invite>;
    /// Makes an invitation a user with a session, in one step, so that of two attempts one succeeds; teams that are gone are
    /// left out. [`StoreError::NotFound`] as above, [`StoreError::Exists`] (`login`): the invitation stays good then.
    fn accept_invite(
        &self,
        hash: SecretHash,
        account: NewAccount,
        session: NewSession,
        audit: NewAudit,
    ) -> StoreFuture<'_, (Session, User)>;
    /// Takes an invitation back; [`StoreError::NotFound`] if it can't be accepted any more.
    fn revoke_invite(&self, id: &InviteId, audit: NewAudit) -> StoreFuture<'_, ()>;

    /// All teams, by name.
    fn teams(&self) -> StoreFuture<'_, Vec<Team>>;
    /// Adds a team, without those of its members who are no users; [`StoreError::Exists`] (`team`) if its id or name is
    /// taken, whatever its case.
    fn add_team(&self, team: Team, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Gives a team another name and other members, without those who are no users; [`StoreError::NotFound`] or
    /// [`StoreError::Exists`].
    fn save_team(&self, id: &TeamId, name: String, members: BTreeSet<UserId>, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// Dissolves a team, with all that was granted to it; [`StoreError::NotFound`].
    fn delete_team(&self, id: &TeamId, audit: NewAudit) -> StoreFuture<'_, ()>;

    /// Adds an API key; [`StoreError::Exists`] if id or hash is taken.
    fn add_key(&self, key: ApiKey, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// All API keys, revoked and expired ones too, the newest first.
    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>>;
    /// The key of this hash; [`StoreError::NotFound`] if unknown, expired or revoked.
    fn key(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ApiKey>;
    /// The same by id.
    fn key_of(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ApiKey>;
    /// Notes that a key was used. Writes once a minute at most, so calling it often is cheap.
    fn touch_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()>;
    /// Revokes a key for good; [`StoreError::NotFound`] if unknown or already revoked.
    fn revoke_key(&self, id: &KeyId, audit: NewAudit) -> StoreFuture<'_, ()>;

    /// Adds an entry to the record of who did what. Changes that take an entry add it themselves, in the same step.
    fn audit(&self, entry: NewAudit) -> StoreFuture<'_, ()>;
    /// The newest entries before a number (the very newest without one), the newest first, at most `limit`.
    fn audit_entries(&self, before: Option<i64>, limit: usize) -> StoreFuture<'_, Vec<AuditEntry>>;

    /// Who may see or edit a dashboard; [`StoreError::NotFound`] if there is none.
    fn grants(&self, dashboard: &DashboardId) -> StoreFuture<'_, Vec<Grant>>;
    /// Replaces the grants of a dashboard, without those to users and teams that don't exist; [`StoreError::NotFound`].
    fn set_grants(&self, dashboard: &DashboardId, grants: Vec<Grant>, audit: NewAudit) -> StoreFuture<'_, ()>;
    /// All dashboards in their order.
    fn dashboards(&self) -> StoreFuture<'_, Vec<DashboardSummary>>;
    /// A dashboard; [`StoreError::NotFound`] if there is none.
    fn dashboard(&self, id: &DashboardId) -> StoreFuture<'_, Dashboard>;
    /// Adds a dashboard at the end, whatever revision it carries, and returns it with its own (1, or higher if the
    /// id was in use once); [`StoreError::Exists`] or [`StoreError::Invalid`].
    fn add_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard>;
    /// Saves a dashboard over the revision it carries, and returns it with the next one; [`StoreError::NotFound`],
    /// [`StoreError::Conflict`] or [`StoreError::Invalid`].
    fn save_dashboard(&self, dashboard: Dashboard, now: Millis) -> StoreFuture<'_, Dashboard>;
    /// Deletes a dashboard of a revision; it can be restored. [`StoreError::NotFound`] or [`StoreError::Conflict`].
    fn delete_dashboard(&self, id: &DashboardId, revision: u32, now: Millis) -> StoreFuture<'_, ()>;
    /// Brings a deleted dashboard back to the end of the list, with the personal views over it;
    /// [`StoreError::NotFound`] if none with this id was deleted.
    fn restore_dashboard(&self, id: &DashboardId, now: Millis) -> StoreFuture<'_, Dashboard>;
    /// Puts a dashboard at a place in the list, counted from 0; past the end is the end. [`StoreError::NotFound`].
    fn move_dashboard(&self, id: &DashboardId, index: usize) -> StoreFuture<'_, ()>;
    /// Adds those whose id was never seen here, in order, granted to everyone for editing, and returns their ids: what
    /// someone edited or deleted stays as it is. [`StoreError::Invalid`].
    fn seed_dashboards(&self, dashboards: Vec<Dashboard>, now: Millis) -> StoreFuture<'_, Vec<DashboardId>>;

    /// A user's view over a dashboard, if the user has one.
    fn personal_view(&self, user: &UserId, dashboard: &DashboardId) -> StoreFuture<'_, Option<PersonalView>>;
    /// Saves a view over the revision it carries (0 if there was none), and returns it with the next one;
    /// [`StoreError::NotFound`] without user or dashboard, [`StoreError::Conflict`] or [`StoreError::Invalid`].
    fn save_personal_view(&self, user: &UserId, view: PersonalView, now: Millis) -> StoreFuture<'_, PersonalView>;
    /// Deletes a user's view: the dashboard is seen as shared again. Deleting none is fine.
    fn delete_personal_view(&self, user: &UserId, dashboard: &DashboardId, now: Millis) -> StoreFuture<'_, ()>;

    /// What changed after a point, by whatever node: none is skipped, and none comes before what it tells of can be
    /// read. `None`, and any point that is not (or no longer) known, is answered by [`Changed::Everything`] and where
    /// to go on from: ask first, then read what you want to hold. Cheap enough to be asked several times a second.
    ///
    /// [`Changed::Everything`]: crate::Changed::Everything
    fn changes(&self, after: Option<ChangePoint>) -> StoreFuture<'_, Changes>;

    /// Everything, as it is at one moment; what [`Store::changes`] tells excepted.
    fn contents(&self) -> StoreFuture<'_, Contents>;
    /// Puts everything into a store that holds nothing, in one transaction, and reads it back before it is kept;
    /// [`StoreError::NotEmpty`], or [`StoreError::NewerVersion`] for contents that a newer version wrote. See
    /// [`copy`](crate::copy()).
    fn fill(&self, contents: Contents) -> StoreFuture<'_, ()>;
}
