//! What is stored, apart from documents.

use std::collections::BTreeSet;

use tideboard_access::{
    Grant, InstallationId, InviteId, KeyId, KeyPurpose, Login, PasswordHash, Reach, Role, SecretHash, SessionId,
    SigningKey, TeamId, TotpSecret, UserId,
};
use tideboard_boards::DashboardId;
use tideboard_model::Millis;

/// How long a session lasts from signing in, whatever happens in it: 30 days.
pub const SESSION_LIFETIME_MS: i64 = 30 * 86_400_000;
/// How long a one-time link may be good for: a day.
pub const LINK_MAX_MS: i64 = 86_400_000;
/// How long an invitation may be good for: 30 days.
pub const INVITE_MAX_MS: i64 = 30 * 86_400_000;
/// Longest name of a device; more is cut off.
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

/// What was made at first open and stays, but for its keys.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Issuer of all its tokens.
    pub id: InstallationId,
    /// Signs its tokens.
    pub signing_key: SigningKey,
    /// The key that did so before: tokens signed with it are good until they expire.
    pub previous_key: Option<SigningKey>,
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
    /// What the user signs in with, beside a password; `None` until one was chosen.
    pub login: Option<Login>,
    /// What the user is here for.
    pub role: Role,
    /// What of the events the user may see and send at all.
    pub reach: Reach,
    /// Teams that the user is in.
    pub teams: BTreeSet<TeamId>,
    /// Since when.
    pub created: Millis,
    /// Since when the user is shut out.
    pub disabled: Option<Millis>,
    /// Whether the user has a password.
    pub has_password: bool,
    /// Whether signing in by password takes a second factor.
    pub has_totp: bool,
}

/// A user to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Who.
    pub id: UserId,
    /// How the user is called.
    pub name: String,
    /// What the user signs in with.
    pub login: Option<Login>,
    /// What the user is here for.
    pub role: Role,
    /// What of the events the user may see and send at all.
    pub reach: Reach,
}

/// What a password and a second factor are checked against.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Whose.
    pub user: User,
    /// The password's hash.
    pub password: Option<PasswordHash>,
    /// The second factor.
    pub totp: Option<Totp>,
}

/// A second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct Totp {
    /// What the codes are made of.
    pub secret: TotpSecret,
    /// The step of the last code that was used: no code of it or before is good any more.
    pub last_step: u64,
    /// Hashes of the recovery codes that were not used yet.
    pub recovery: Vec<SecretHash>,
}

/// A session to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSession {
    /// Which.
    pub id: SessionId,
    /// Hash of the secret by which it goes on.
    pub refresh: SecretHash,
    /// From which device.
    pub device: Device,
}

/// From where a session is used.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Device {
    /// As the browser puts it; at most [`USER_AGENT_MAX_CHARS`].
    pub user_agent: String,
    /// The network address, as text.
    pub address: String,
}

/// A session of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// When the user signed in.
    pub created: Millis,
    /// When it was last used, to the minute.
    pub last_seen: Millis,
    /// When it ends by itself: [`SESSION_LIFETIME_MS`] after `created`.
    pub expires: Millis,
    /// From which device it was begun.
    pub device: Device,
}

/// What became of the secret by which a session is to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refreshed {
    /// The session goes on, by the successor.
    On(Box<Session>, Box<User>),
    /// The secret was used before: somebody has a copy, and the session was ended. Whose it was.
    Reused(SessionId, UserId),
}

impl Device {
    pub(crate) fn trimmed(self) -> Self {
        let short = |text: String| text.chars().filter(|c| !c.is_control()).take(USER_AGENT_MAX_CHARS).collect();
        Self { user_agent: short(self.user_agent), address: short(self.address) }
    }
}

/// The session that begins now.
pub(crate) fn session_of(new: NewSession, user: UserId, now: Millis) -> Session {
    Session {
        id: new.id,
        user,
        created: now,
        last_seen: now,
        expires: Millis(now.0.saturating_add(SESSION_LIFETIME_MS)),
        device: new.device.trimmed(),
    }
}

/// What a one-time link to a user is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Signing in.
    SignIn,
    /// Choosing a new password.
    Reset,
}

/// A one-time link to offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// Hash of its secret.
    pub hash: SecretHash,
    /// Whom it concerns.
    pub user: UserId,
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Until when; at most [`LINK_MAX_MS`] from now.
    pub expires: Millis,
}

/// An invitation, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Which.
    pub id: InviteId,
    /// Hash of its secret.
    pub hash: SecretHash,
    /// For whom, as a reminder to who made it.
    pub note: String,
    /// The role that who accepts it will have.
    pub role: Role,
    /// What of the events who accepts it may see and send.
    pub reach: Reach,
    /// Teams that who accepts it will be in.
    pub teams: BTreeSet<TeamId>,
    /// Since when.
    pub created: Millis,
    /// Who made it.
    pub created_by: UserId,
    /// Until when; at most [`INVITE_MAX_MS`] from then.
    pub expires: Millis,
}

/// The account that an invitation becomes.
#[derive(Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// Who.
    pub id: UserId,
    /// How the user is called.
    pub name: String,
    /// What the user signs in with.
    pub login: Login,
    /// The password's hash.
    pub password: PasswordHash,
}

/// People who are granted things together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Which.
    pub id: TeamId,
    /// What it is called.
    pub name: String,
    /// Who is in it, by id.
    pub members: BTreeSet<UserId>,
    /// Since when.
    pub created: Millis,
}

/// An API key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// Which key.
    pub id: KeyId,
    /// What it is called.
    pub name: String,
    /// The start of the secret, for telling keys apart.
    pub prefix: String,
    /// Hash of the secret.
    pub hash: SecretHash,
    /// What it is for.
    pub purpose: KeyPurpose,
    /// What of the events it may send or see.
    pub reach: Reach,
    /// Since when.
    pub created: Millis,
    /// Who made it.
    pub created_by: UserId,
    /// Until when; for good if not said.
    pub expires: Option<Millis>,
    /// When it was last used, to the minute.
    pub last_used: Option<Millis>,
    /// When it was revoked: it opens nothing any more.
    pub revoked: Option<Millis>,
}

/// On whose behalf something is done, for the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user:ID`, `key:ID` or `console`: whoever runs commands where the data is.
    pub who: String,
    /// From which network address; empty on the console.
    pub address: String,
}

/// An entry to add to the record of who did what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAudit {
    /// When.
    pub at: Millis,
    /// Who.
    pub actor: Actor,
    /// What was done, for programs: `user.role`, `key.create`…
    pub action: &'static str,
    /// To what: `user:ID`, `team:ID`, `key:ID`, `dashboard:ID`…; empty if to nothing in particular.
    pub target: String,
    /// What else there is to say, as JSON; no secrets.
    pub detail: serde_json::Value,
}

impl NewAudit {
    /// The entry as one by a user whom the session names that began with it, unless it says who.
    pub(crate) fn begins(mut self, session: &Session) -> Self {
        if self.actor.who.is_empty() {
            self.actor.who = format!("user:{}", session.user);
        }
        if self.target.is_empty() {
            self.target = format!("session:{}", session.id);
        }
        self
    }
}

/// An entry of the record of who did what. Entries are never changed and never removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Its number, from 1, without gaps.
    pub number: i64,
    /// When.
    pub at: Millis,
    /// Who: see [`Actor::who`].
    pub who: String,
    /// From which network address.
    pub address: String,
    /// What was done.
    pub action: String,
    /// To what.
    pub target: String,
    /// What else there is to say.
    pub detail: serde_json::Value,
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
    /// Who may see or edit it.
    pub grants: Vec<Grant>,
}
