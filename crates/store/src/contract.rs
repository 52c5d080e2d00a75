//! The contract of metadata storage. What every implementation must keep, the conformance suite in `tests` checks.

use std::future::Future;
use std::pin::Pin;

use tideboard_access::{KeyId, Role, SecretHash, UserId};
use tideboard_boards::{Dashboard, DashboardId, PersonalView};
use tideboard_model::Millis;

use crate::{
    ApiKey, ChangePoint, Changes, Contents, DashboardSummary, Installation, NewSession, NewSignIn, Session, StoreError,
    User,
};

/// An answer of the store to come.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Metadata: users, sessions, API keys, dashboards, personal views.
///
/// Guarantees: an answered change is on disk; changes are atomic and seen by every later call; a change whose future
/// is dropped happens whole or not at all. Every method may fail with [`StoreError::Full`], [`StoreError::Busy`],
/// [`StoreError::Unreachable`], [`StoreError::Unwritable`], [`StoreError::Damaged`], [`StoreError::Failed`] or
/// [`StoreError::Closed`]; other errors are named at each.
pub trait Store: Send + Sync + 'static {
    /// What was made at first open.
    fn installation(&self) -> StoreFuture<'_, Installation>;

    /// A user; [`StoreError::NotFound`] if there is none.
    fn user(&self, id: &UserId) -> StoreFuture<'_, User>;
    /// All users, the oldest first.
    fn users(&self) -> StoreFuture<'_, Vec<User>>;
    /// Adds a user; [`StoreError::Exists`] if the id is taken.
    fn add_user(&self, user: User) -> StoreFuture<'_, ()>;
    /// Gives a user another role; [`StoreError::NotFound`], or [`StoreError::Refused`] for the last owner.
    fn set_role(&self, id: &UserId, role: Role) -> StoreFuture<'_, ()>;

    /// Begins a session; [`StoreError::NotFound`] if there is no such user.
    fn begin_session(&self, session: NewSession, now: Millis) -> StoreFuture<'_, Session>;
    /// The session of this hash and its user as of now; [`StoreError::NotFound`] if unknown, expired or revoked.
    /// Changes nothing: see [`Store::touch_session`].
    fn session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, (Session, User)>;
    /// Notes that a session was used. Writes once a minute at most, so calling it often is cheap.
    fn touch_session(&self, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()>;
    /// The sessions of a user that are neither expired nor revoked, the last used first.
    fn sessions(&self, user: &UserId, now: Millis) -> StoreFuture<'_, Vec<Session>>;
    /// Ends a session of a user; [`StoreError::NotFound`] if the user has none such that still counts.
    fn revoke_session(&self, user: &UserId, hash: SecretHash, now: Millis) -> StoreFuture<'_, ()>;
    /// Ends all sessions of a user but one, and returns those that ended.
    fn revoke_other_sessions(
        &self,
        user: &UserId,
        keep: Option<SecretHash>,
        now: Millis,
    ) -> StoreFuture<'_, Vec<SecretHash>>;

    /// Offers a one-time sign-in token; [`StoreError::NotFound`] if there is no such user.
    fn offer_sign_in(&self, token: NewSignIn, now: Millis) -> StoreFuture<'_, ()>;
    /// Uses a one-time token and begins a session in one step, so that of two attempts one succeeds;
    /// [`StoreError::NotFound`] if the token is unknown, expired or used. The session is the token's user's.
    fn sign_in(
        &self,
        token: SecretHash,
        session: SecretHash,
        user_agent: String,
        now: Millis,
    ) -> StoreFuture<'_, (Session, User)>;

    /// Adds an API key; [`StoreError::Exists`] if id or hash is taken.
    fn add_key(&self, key: ApiKey) -> StoreFuture<'_, ()>;
    /// All API keys, revoked ones too, the newest first.
    fn keys(&self) -> StoreFuture<'_, Vec<ApiKey>>;
    /// The key of this hash; [`StoreError::NotFound`] if unknown or revoked.
    fn key(&self, hash: SecretHash) -> StoreFuture<'_, ApiKey>;
    /// Notes that a key was used. Writes once a minute at most, so calling it often is cheap.
    fn touch_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()>;
    /// Revokes a key for good; [`StoreError::NotFound`] if unknown or already revoked.
    fn revoke_key(&self, id: &KeyId, now: Millis) -> StoreFuture<'_, ()>;

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
    /// Adds those whose id was never seen here, in order, and returns their ids: what someone edited or deleted
    /// stays as it is. [`StoreError::Invalid`].
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
