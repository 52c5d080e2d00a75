//! Who is asking: from what a request presents to a principal, with a short memory so that the busy path reads no
//! database.

mod cache;
mod caller;
mod ended;
mod passwords;
mod presented;
mod sign_in;
mod throttle;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tideboard_access::{
    Bearer, Claims, KeyId, PositionSeal, SecretHash, SessionId, TokenKind, UserId, VerifyingKeys, issue, verify,
};
use tideboard_log::Clock;
use tideboard_model::Millis;
use tideboard_store::{Installation, Session, Store, StoreError, User};
use tokio::time::timeout;

use cache::Cache;
pub(crate) use caller::{Caller, SignedIn, principal_of};
pub(crate) use ended::{Affected, Ended};
use passwords::Passwords;
pub(crate) use presented::{Presented, cookie, presented};
pub(crate) use sign_in::{Begun, Refusal, Remote};
pub(crate) use throttle::Attempt;
use throttle::Slowdown;

use crate::http::ApiError;

/// Whoever is known waits no longer for the store.
const PATIENCE: Duration = Duration::from_secs(1);

/// Finds out who is asking.
pub(crate) struct Auth {
    store: Arc<dyn Store>,
    clock: Clock,
    keys: RwLock<Keys>,
    session_lifetime: Duration,
    /// How long those who were known stay so while the store can't be reached.
    grace_ms: i64,
    cache: Cache,
    store_away: AtomicBool,
    /// Whose rights changed.
    pub(crate) ended: Ended,
    /// Hashes and checks passwords.
    pub(crate) passwords: Passwords,
    /// Slows down guessing.
    pub(crate) slowdown: Slowdown,
}

/// What tokens are signed and checked with.
struct Keys {
    installation: Installation,
    verifying: VerifyingKeys,
}

impl Keys {
    fn of(installation: Installation) -> Self {
        let previous = installation.previous_key.as_ref();
        let verifying = VerifyingKeys::of(std::iter::once(&installation.signing_key).chain(previous));
        Self { installation, verifying }
    }
}

impl Auth {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        clock: Clock,
        installation: Installation,
        session_lifetime: Duration,
        grace: Duration,
    ) -> Self {
        Self {
            store,
            clock,
            keys: RwLock::new(Keys::of(installation)),
            session_lifetime,
            grace_ms: i64::try_from(grace.as_millis()).unwrap_or(i64::MAX),
            cache: Cache::default(),
            store_away: AtomicBool::new(false),
            ended: Ended::default(),
            passwords: Passwords::default(),
            slowdown: Slowdown::default(),
        }
    }

    /// Who presents this; `None` if it opens nothing (any more). What another process revokes counts for at most
    /// [`cache::KEPT_MS`] longer, what this one revokes ends at once. Whoever was known a while ago goes on while the
    /// store can't be reached, for no longer than the grace.
    pub(crate) async fn caller(&self, presented: &Presented) -> Result<Option<Caller>, ApiError> {
        match presented {
            Presented::Access(token) => self.bearer(TokenKind::Access, token).await,
            Presented::Key(secret) => {
                let (hash, now) = (secret.hash(), (self.clock)());
                self.look_up(&hash.to_string(), now, self.key(hash, now)).await
            }
        }
    }

    /// Who connects with a socket token; `None` if it or what it stands for is not (or no longer) valid.
    pub(crate) async fn socket_caller(&self, token: &str) -> Result<Option<Caller>, ApiError> {
        self.bearer(TokenKind::Socket, token).await
    }

    async fn bearer(&self, kind: TokenKind, token: &str) -> Result<Option<Caller>, ApiError> {
        let now = (self.clock)();
        let claims = {
            let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
            verify(kind, token.as_bytes(), &keys.verifying, &keys.installation.id, now)
        };
        let Ok(claims) = claims else { return Ok(None) };
        match claims.bearer() {
            Bearer::Session { user, session } => {
                Ok(self.session_caller(&session).await?.filter(|caller| match caller {
                    Caller::User(signed_in) => signed_in.user.id == user,
                    Caller::Key(_) => false,
                }))
            }
            Bearer::Key(id) => self.look_up(&format!("key:{id}"), now, self.key_of(&id, now)).await,
        }
    }

    /// Who asks in this session, as of now.
    pub(crate) async fn session_caller(&self, session: &SessionId) -> Result<Option<Caller>, ApiError> {
        let now = (self.clock)();
        self.look_up(&format!("session:{session}"), now, self.session(session, now)).await
    }

    /// What the store answers, or who that was a while ago if it does not.
    async fn look_up(
        &self,
        name: &str,
        now: Millis,
        asked: impl Future<Output = Result<Caller, StoreError>>,
    ) -> Result<Option<Caller>, ApiError> {
        if let Some(caller) = self.cache.get(name, now).filter(|caller| caller.is_valid(now)) {
            return Ok(Some(caller));
        }
        let known = self.cache.within(name, now, self.grace_ms).filter(|caller| caller.is_valid(now));
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
                self.cache.put(name, &caller, now);
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

    async fn session(&self, id: &SessionId, now: Millis) -> Result<Caller, StoreError> {
        let (session, user) = self.store.session(id, now).await?;
        let signed_in = self.signed_in(session, user);
        if signed_in.expires <= now {
            return Err(StoreError::NotFound { what: "session" });
        }
        noted(self.store.touch_session(id, now).await);
        Ok(Caller::User(Arc::new(signed_in)))
    }

    async fn key(&self, hash: SecretHash, now: Millis) -> Result<Caller, StoreError> {
        let key = self.store.key(hash, now).await?;
        noted(self.store.touch_key(&key.id, now).await);
        Ok(Caller::Key(Arc::new(key)))
    }

    async fn key_of(&self, id: &KeyId, now: Millis) -> Result<Caller, StoreError> {
        let key = self.store.key_of(id, now).await?;
        noted(self.store.touch_key(&key.id, now).await);
        Ok(Caller::Key(Arc::new(key)))
    }

    /// A session with the end that the configuration gives it, if that comes first.
    fn signed_in(&self, session: Session, user: User) -> SignedIn {
        let lifetime = i64::try_from(self.session_lifetime.as_millis()).unwrap_or(i64::MAX);
        let expires = session.expires.min(Millis(session.created.0.saturating_add(lifetime)));
        SignedIn { user, session, expires }
    }

    /// A token of a kind for whoever asks; `None` where a key asks for what only people get.
    pub(crate) fn token(&self, kind: TokenKind, caller: &Caller) -> Result<String, ApiError> {
        let bearer = match caller {
            Caller::User(signed_in) => {
                Bearer::Session { user: signed_in.user.id.clone(), session: signed_in.session.id.clone() }
            }
            Caller::Key(key) => Bearer::Key(key.id.clone()),
        };
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let claims = Claims::new(kind, &keys.installation.id, &bearer, (self.clock)());
        issue(kind, &claims, &keys.installation.signing_key).map_err(|error| ApiError::internal(&error))
    }

    /// What hides positions from who may see a part of the events only.
    pub(crate) fn seal(&self) -> PositionSeal {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        PositionSeal::new(&keys.installation.signing_key)
    }

    /// The public halves of the keys that tokens are checked with (RFC 7517).
    pub(crate) fn jwks(&self) -> serde_json::Value {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).verifying.jwks()
    }

    /// Tokens are signed with another key: learns which.
    pub(crate) async fn learn_keys(&self) -> Result<(), StoreError> {
        let installation = self.store.installation().await?;
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Keys::of(installation);
        Ok(())
    }

    /// A session was revoked, here or elsewhere.
    pub(crate) fn session_ended(&self, session: &SessionId) {
        self.cache.forget(|caller| matches!(caller, Caller::User(of) if of.session.id == *session));
        self.ended.tell(Affected::Session(session.clone()));
    }

    /// A key was revoked, here or elsewhere.
    pub(crate) fn key_revoked(&self, key: &KeyId) {
        self.cache.forget(|caller| matches!(caller, Caller::Key(of) if of.id == *key));
        self.ended.tell(Affected::Key(key.clone()));
    }

    /// A user has other rights, or another name.
    pub(crate) fn user_changed(&self, user: &UserId) {
        self.cache.forget(|caller| matches!(caller, Caller::User(of) if of.user.id == *user));
        self.ended.tell(Affected::User(user.clone()));
    }

    /// It is not known what was revoked and who was changed.
    pub(crate) fn everything_changed(&self) {
        self.cache.clear();
        self.ended.tell(Affected::All);
    }
}

/// When something was last used is not worth refusing it.
fn noted(touched: Result<(), StoreError>) {
    if let Err(error) = touched {
        tracing::debug!(error = &error as &dyn std::error::Error, "could not note a use");
    }
}
