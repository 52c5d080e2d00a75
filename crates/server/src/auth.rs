//! Who is asking: from what a request presents to a principal, with a short memory so that the busy path reads no
//! database.

mod attempts;
mod cache;
mod presented;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tideboard_access::Scope;
use tideboard_access::{
    KeyId, Principal, Secret, SecretHash, SecretKind, SocketClaims, UserId, VerifyingKeys, issue, verify,
};
use tideboard_log::Clock;
use tideboard_model::Millis;
use tideboard_store::{Installation, Session, Store, StoreError, User};
use tokio::sync::broadcast;
use tokio::time::timeout;

pub(crate) use attempts::Attempts;
use cache::Cache;
pub(crate) use presented::{Presented, presented};

use crate::http::ApiError;

/// Whoever is known waits no longer for the store.
const PATIENCE: Duration = Duration::from_secs(1);
/// Sessions that end while listeners are busy; past it they are told that they missed some.
const ENDED_KEPT: usize = 1024;

/// Whose sockets may stay no longer as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Those of a session.
    Session(SecretHash),
    /// Those of a user, whose rights are others now.
    User(UserId),
    /// All: it is not known whose.
    All,
}

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Someone who signed in.
    User(Arc<SignedIn>),
    /// A program with an API key.
    Key {
        /// Which key.
        id: KeyId,
        /// Streams that the key may write to.
        scope: Scope,
    },
}

/// A user with the session in which the user asks.
#[derive(Debug, Clone)]
pub(crate) struct SignedIn {
    pub(crate) user: User,
    pub(crate) session: Session,
    /// When the session ends by itself.
    pub(crate) expires: Millis,
}

impl Caller {
    /// On whose behalf, for the policy.
    pub(crate) fn principal(&self) -> Principal {
        match self {
            Self::User(signed_in) => signed_in.principal(),
            Self::Key { id, scope } => Principal::Key { id: id.clone(), scope: scope.clone() },
        }
    }

    /// Whether it has not expired by itself.
    fn is_valid(&self, now: Millis) -> bool {
        match self {
            Self::User(signed_in) => now < signed_in.expires,
            Self::Key { .. } => true,
        }
    }
}

impl SignedIn {
    /// On whose behalf, for the policy.
    pub(crate) fn principal(&self) -> Principal {
        Principal::User { id: self.user.id.clone(), role: self.user.role }
    }
}

/// Finds out who is asking.
pub(crate) struct Auth {
    store: Arc<dyn Store>,
    clock: Clock,
    installation: Installation,
    verifying: VerifyingKeys,
    session_lifetime: Duration,
    /// How long those who were known stay so while the store can't be reached.
    grace_ms: i64,
    cache: Cache,
    store_away: AtomicBool,
    ended: broadcast::Sender<Ended>,
    /// Slows down guessing.
    pub(crate) attempts: Attempts,
}

impl Auth {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        installation: Installation,
        session_lifetime: Duration,
        grace: Duration,
    ) -> Self {
        let verifying = VerifyingKeys::of([&installation.signing_key]);
        let (ended, _) = broadcast::channel(ENDED_KEPT);
        let (cache, attempts) = (Cache::default(), Attempts::default());
        let store_away = AtomicBool::new(false);
        let grace_ms = i64::try_from(grace.as_millis()).unwrap_or(i64::MAX);
        Self { store, clock, installation, verifying, session_lifetime, grace_ms, cache, store_away, ended, attempts }
    }

    /// Who presents this; `None` if it opens nothing (any more). What another process revokes counts for at most
    /// [`cache::KEPT_MS`] longer, what this one revokes ends at once. Whoever was known a while ago goes on while the
    /// store can't be reached, for no longer than the grace.
    pub(crate) async fn caller(&self, presented: &Presented) -> Result<Option<Caller>, ApiError> {
        let now = (self.clock)();
        let hash = presented.secret().hash();
        if let Some(caller) = self.cache.get(&hash, now) {
            return Ok(Some(caller));
        }
        match presented {
            Presented::Session(_) => self.look_up(hash, now, self.session(hash, now)).await,
            Presented::Key(_) => self.look_up(hash, now, self.key(hash, now)).await,
        }
    }

    /// What the store answers, or who that was a while ago if it does not.
    async fn look_up(
        &self,
        hash: SecretHash,
        now: Millis,
        asked: impl Future<Output = Result<Caller, StoreError>>,
    ) -> Result<Option<Caller>, ApiError> {
        let known = self.cache.within(&hash, now, self.grace_ms).filter(|caller| caller.is_valid(now));
        let found = match known {
            None => asked.await,
            Some(known) if self.store_away.load(Ordering::Relaxed) => return Ok(Some(known)),
            Some(known) => match timeout(PATIENCE, asked).await {
                Err(_) | Ok(Err(StoreError::Unreachable { .. })) => return Ok(Some(known)),
                Ok(found) => found,
            },
        };
        match found {
            Ok(caller) => {
                self.cache.put(&hash, &caller, now);
                Ok(Some(caller))
            }
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the store is known not to answer: then those who are known don't wait for it.
    pub(crate) fn store_is_away(&self, away: bool) {
        self.store_away.store(away, Ordering::Relaxed);
    }

    async fn session(&self, hash: SecretHash, now: Millis) -> Result<Caller, StoreError> {
        let (session, user) = self.store.session(hash, now).await?;
        let signed_in = self.signed_in(session, user);
        if signed_in.expires <= now {
            return Err(StoreError::NotFound { what: "session" });
        }
        noted(self.store.touch_session(hash, now).await);
        Ok(Caller::User(Arc::new(signed_in)))
    }

    async fn key(&self, hash: SecretHash, now: Millis) -> Result<Caller, StoreError> {
        let key = self.store.key(hash).await?;
        noted(self.store.touch_key(&key.id, now).await);
        Ok(Caller::Key { id: key.id, scope: key.scope })
    }

    /// A session with the end that the configuration gives it, if that comes first.
    fn signed_in(&self, session: Session, user: User) -> SignedIn {
        let lifetime = i64::try_from(self.session_lifetime.as_millis()).unwrap_or(i64::MAX);
        let expires = session.expires.min(Millis(session.created.0.saturating_add(lifetime)));
        SignedIn { user, session, expires }
    }

    /// Exchanges a one-time token for a session; `None` if the token opens nothing (any more).
    pub(crate) async fn sign_in(
        &self,
        token: &str,
        user_agent: String,
        random: [u8; 32],
    ) -> Result<Option<(Secret, SignedIn)>, ApiError> {
        let Some(token) = Secret::parse(SecretKind::SignIn, token) else { return Ok(None) };
        let secret = Secret::generate(SecretKind::Session, random);
        match self.store.sign_in(token.hash(), secret.hash(), user_agent, (self.clock)()).await {
            Ok((session, user)) => Ok(Some((secret, self.signed_in(session, user)))),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a session, here and on every open socket.
    pub(crate) async fn sign_out(&self, signed_in: &SignedIn) -> Result<(), ApiError> {
        let session = signed_in.session.hash;
        match self.store.revoke_session(&signed_in.user.id, session, (self.clock)()).await {
            // Ended in the meantime: that is what was asked for.
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.session_ended(session);
        Ok(())
    }

    /// A session was revoked, here or elsewhere.
    pub(crate) fn session_ended(&self, session: SecretHash) {
        self.cache.forget(|caller| matches!(caller, Caller::User(of) if of.session.hash == session));
        self.end(Ended::Session(session));
    }

    /// A key was revoked, here or elsewhere.
    pub(crate) fn key_revoked(&self, key: &KeyId) {
        self.cache.forget(|caller| matches!(caller, Caller::Key { id, .. } if id == key));
    }

    /// A user has another role, or is new.
    pub(crate) fn user_changed(&self, user: &UserId) {
        self.cache.forget(|caller| matches!(caller, Caller::User(of) if of.user.id == *user));
        self.end(Ended::User(user.clone()));
    }

    /// It is not known what was revoked and who was changed.
    pub(crate) fn everything_changed(&self) {
        self.cache.clear();
        self.end(Ended::All);
    }

    fn end(&self, ended: Ended) {
        if self.ended.send(ended).is_err() {
            tracing::trace!("no socket listens for the end of sessions");
        }
    }

    /// Whose sockets must end from now on. A receiver that lags takes that for [`Ended::All`].
    pub(crate) fn ended(&self) -> broadcast::Receiver<Ended> {
        self.ended.subscribe()
    }

    /// A short-lived token that carries a session into a socket's CONNECT.
    pub(crate) fn socket_token(&self, signed_in: &SignedIn) -> Result<String, ApiError> {
        let user = &signed_in.user.id;
        let claims = SocketClaims::new(&self.installation.id, user, &signed_in.session.hash, (self.clock)());
        issue(&claims, &self.installation.signing_key).map_err(|error| ApiError::internal(&error))
    }

    /// Who connects with a socket token; `None` if it or its session is not (or no longer) valid.
    pub(crate) async fn socket_caller(&self, token: &str) -> Result<Option<Arc<SignedIn>>, ApiError> {
        let now = (self.clock)();
        let Ok(claims) = verify(token.as_bytes(), &self.verifying, &self.installation.id, now) else {
            return Ok(None);
        };
        match self.look_up(claims.sid, now, self.session(claims.sid, now)).await? {
            Some(Caller::User(signed_in)) if signed_in.user.id == claims.sub => Ok(Some(signed_in)),
            Some(Caller::User(_) | Caller::Key { .. }) | None => Ok(None),
        }
    }
}

/// When something was last used is not worth refusing it.
fn noted(touched: Result<(), StoreError>) {
    if let Err(error) = touched {
        tracing::debug!(error = &error as &dyn std::error::Error, "could not note a use");
    }
}
