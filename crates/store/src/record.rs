//! What is stored, apart from documents.

use tideboard_access::{InstallationId, KeyId, Role, Scope, SecretHash, SigningKey, UserId};
use tideboard_boards::DashboardId;
use tideboard_model::Millis;

/// How long a session lasts from signing in, whatever happens in it: 30 days.
pub const SESSION_LIFETIME_MS: i64 = 30 * 86_400_000;
/// How long a one-time sign-in token may be good for: a day.
pub const SIGN_IN_MAX_MS: i64 = 86_400_000;
/// Longest label of a session; more is cut off.
pub const USER_AGENT_MAX_CHARS: usize = 200;

/// How exactly it is known when a session or key was last used.
pub(crate) const TOUCH_MS: i64 = 60_000;
/// What the first user is called until someone says otherwise.
pub(crate) const OWNER_NAME: &str = "Owner";

/// What a store is made of when its file or database is new; not looked at otherwise.
#[derive(Debug, Clone)]
pub struct FirstOpen {
    /// The id of the new installation.
    pub installation: InstallationId,
    /// Its key for signing tokens.
    pub signing_key: SigningKey,
    /// The id of its owner.
    pub owner: UserId,
    /// When it is.
    pub now: Millis,
}

/// What was made at first open and stays.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Issuer of all its tokens.
    pub id: InstallationId,
    /// Signs its tokens.
    pub signing_key: SigningKey,
    /// The user it began with.
    pub owner: UserId,
    /// When it was made.
    pub created: Millis,
}

/// Someone who can sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Who.
    pub id: UserId,
    /// How the user is called.
    pub name: String,
    /// What the user is here for.
    pub role: Role,
    /// Since when.
    pub created: Millis,
}

/// A session to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Hash of its secret.
    pub hash: SecretHash,
    /// Whose.
    pub user: UserId,
    /// From which device, as the browser puts it.
    pub user_agent: String,
}

/// A session of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of its secret, and its public identifier.
    pub hash: SecretHash,
    /// Whose.
    pub user: UserId,
    /// When the user signed in.
    pub created: Millis,
    /// When it was last used, to the minute.
    pub last_seen: Millis,
    /// When it ends by itself: [`SESSION_LIFETIME_MS`] after `created`.
    pub expires: Millis,
    /// From which device, as the browser puts it; at most [`USER_AGENT_MAX_CHARS`].
    pub user_agent: String,
    /// When it was ended by someone.
    pub revoked: Option<Millis>,
}

/// The session that begins now.
pub(crate) fn session_of(new: NewSession, now: Millis) -> Session {
    Session {
        hash: new.hash,
        user: new.user,
        created: now,
        last_seen: now,
        expires: Millis(now.0.saturating_add(SESSION_LIFETIME_MS)),
        user_agent: new.user_agent.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX_CHARS).collect(),
        revoked: None,
    }
}

/// A one-time sign-in token to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSignIn {
    /// Hash of its secret.
    pub hash: SecretHash,
    /// Who is signed in by it.
    pub user: UserId,
    /// Until when; at most [`SIGN_IN_MAX_MS`] from now.
    pub expires: Millis,
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// The start of the secret, for telling keys apart.
    pub prefix: String,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// Streams it may write to.
    pub scope: Scope,
    /// Since when.
    pub created: Millis,
    /// Who made it.
    pub created_by: UserId,
    /// When it was last used, to the minute.
    pub last_used: Option<Millis>,
    /// When it was revoked: it opens nothing any more.
    pub revoked: Option<Millis>,
}

/// One line of the list of dashboards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DashboardSummary {
    /// Which.
    pub id: DashboardId,
    /// What it is called.
    pub title: String,
    /// Its current revision.
    pub revision: u32,
    /// When it was last saved.
    pub updated: Millis,
}
