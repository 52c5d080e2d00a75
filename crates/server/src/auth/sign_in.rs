//! Signing in, and going on being signed in.

use std::net::IpAddr;

use tideboard_access::{Login, Password, RecoveryCode, Secret, SecretKind, SessionId, TotpSecret, UserId, successor};
use tideboard_model::Millis;
use tideboard_store::{Actor, Credentials, Device, NewAudit, NewSession, Refreshed, StoreError, Totp};

use super::{Auth, Keys, SignedIn};
use crate::http::ApiError;
use crate::random;

/// An answer may be lost on its way: for so long the same exchange is answered in the same way again.
const REFRESH_GRACE_MS: i64 = 10_000;

/// A session that began, or went on.
pub(crate) struct Begun {
    /// By which it goes on: for the cookie alone.
    pub(crate) refresh: Secret,
    pub(crate) signed_in: SignedIn,
}

/// Why nobody was signed in. What of it is told says nothing about who has an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such account, another password, or shut out.
    Wrong,
    /// The password is right; the second factor is missing or wrong.
    SecondFactor,
}

/// From where someone signs in.
#[derive(Debug, Clone)]
pub(crate) struct Remote {
    pub(crate) address: IpAddr,
    pub(crate) user_agent: String,
}

impl Remote {
    pub(crate) fn device(&self) -> Device {
        Device { user_agent: self.user_agent.clone(), address: self.address.to_string() }
    }
}

/// An entry for the record that concerns one session.
fn entry(at: Millis, who: String, from: &Remote, action: &'static str, detail: serde_json::Value) -> NewAudit {
    NewAudit { at, actor: Actor { who, address: from.address.to_string() }, action, target: String::new(), detail }
}

impl Auth {
    /// Exchanges a one-time link for a session; `None` if it opens nothing (any more).
    pub(crate) async fn by_link(&self, token: &str, from: &Remote) -> Result<Option<Begun>, ApiError> {
        let Some(link) = Secret::parse(SecretKind::SignIn, token) else { return Ok(None) };
        let (refresh, session) = self.new_session(from)?;
        let audit = entry((self.clock)(), String::new(), from, "session.begin", serde_json::json!({"by": "link"}));
        match self.store.sign_in(link.hash(), session, audit).await {
            Ok((session, user)) => Ok(Some(Begun { refresh, signed_in: self.signed_in(session, user) })),
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Signs in by password, and by a code where the account asks for one. Takes as long for an account that there is as
    /// for one that there is not.
    pub(crate) async fn by_password(
        &self,
        login: &Login,
        password: Password,
        code: Option<&str>,
        from: &Remote,
    ) -> Result<Result<Begun, Refusal>, ApiError> {
        let found = self.store.credentials(login).await?;
        let hash = found.as_ref().and_then(|found| found.password.clone());
        let right = self.passwords.check(password, hash).await?;
        let Some(found) = found.filter(|found| right && found.user.disabled.is_none()) else {
            return Ok(Err(Refusal::Wrong));
        };
        if let Some(totp) = &found.totp
            && !self.second_factor(&found, totp, code, from).await?
        {
            return Ok(Err(Refusal::SecondFactor));
        }
        let (refresh, session) = self.new_session(from)?;
        let user = found.user.id;
        let audit = entry((self.clock)(), who(&user), from, "session.begin", serde_json::json!({"by": "password"}));
        match self.store.begin_session(&user, session, audit).await {
            Ok((session, user)) => Ok(Ok(Begun { refresh, signed_in: self.signed_in(session, user) })),
            Err(StoreError::NotFound { .. }) => Ok(Err(Refusal::Wrong)),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether a code is right, and was not used before.
    async fn second_factor(
        &self,
        found: &Credentials,
        totp: &Totp,
        code: Option<&str>,
        from: &Remote,
    ) -> Result<bool, ApiError> {
        let Some(code) = code else { return Ok(false) };
        let now = (self.clock)();
        if let Some(step) = totp.secret.step_of(code, now) {
            return Ok(self.store.use_totp_step(&found.user.id, step).await?);
        }
        let Some(recovery) = RecoveryCode::parse(code) else { return Ok(false) };
        let audit = entry(now, who(&found.user.id), from, "user.recovery_code", serde_json::json!({}));
        Ok(self.store.use_recovery_code(&found.user.id, recovery.hash(), audit).await?)
    }

    /// Whether a code fits a second factor that is not in use yet, and which step it was of.
    pub(crate) fn confirms(&self, secret: &TotpSecret, code: &str) -> Option<u64> {
        secret.step_of(code, (self.clock)())
    }

    /// A session of one's own making, which someone else stores.
    pub(crate) fn new_session(&self, from: &Remote) -> Result<(Secret, NewSession), ApiError> {
        let random = || random::bytes().map_err(|error| ApiError::internal(&error));
        let refresh = Secret::generate(SecretKind::Refresh, random()?);
        let id = random::bytes().map_err(|error| ApiError::internal(&error))?;
        let session = NewSession { id: SessionId::generate(id), refresh: refresh.hash(), device: from.device() };
        Ok((refresh, session))
    }

    /// A session that someone else stored.
    pub(crate) fn begun(
        &self,
        refresh: Secret,
        session: tideboard_store::Session,
        user: tideboard_store::User,
    ) -> Begun {
        Begun { refresh, signed_in: self.signed_in(session, user) }
    }

    /// Exchanges the secret of a session for the next one; `None` if the session is over. A secret that was used before
    /// ends its session: somebody has a copy.
    pub(crate) async fn go_on(&self, text: &str) -> Result<Option<Begun>, ApiError> {
        let Some(presented) = Secret::parse(SecretKind::Refresh, text) else { return Ok(None) };
        let next = {
            let keys: std::sync::RwLockReadGuard<'_, Keys> =
                self.keys.read().unwrap_or_else(std::sync::PoisonError::into_inner);
            successor(&presented, &keys.installation.signing_key)
        };
        let now = (self.clock)();
        match self.store.refresh(presented.hash(), next.hash(), REFRESH_GRACE_MS, now).await {
            Ok(Refreshed::On(session, user)) => {
                let signed_in = self.signed_in(*session, *user);
                Ok((now < signed_in.expires).then_some(Begun { refresh: next, signed_in }))
            }
            Ok(Refreshed::Reused(session, user)) => {
                tracing::warn!(%session, %user, "a session's secret was used twice: the session was ended");
                self.session_ended(&session);
                Ok(None)
            }
            Err(StoreError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Ends a session, here and on every open socket.
    pub(crate) async fn sign_out(&self, signed_in: &SignedIn, from: &Remote) -> Result<(), ApiError> {
        let session = &signed_in.session.id;
        let mut audit =
            entry((self.clock)(), who(&signed_in.user.id), from, "session.end", serde_json::json!({"by": "sign_out"}));
        audit.target = format!("session:{session}");
        match self.store.revoke_session(&signed_in.user.id, session, audit).await {
            // Ended in the meantime: that is what was asked for.
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        self.session_ended(session);
        Ok(())
    }

    /// Notes an attempt to sign in that failed.
    pub(crate) async fn note_failure(&self, login: &str, from: &Remote) {
        let login: String = login.chars().filter(|c| !c.is_control()).take(100).collect();
        let detail = serde_json::json!({ "login": login });
        let audit = entry((self.clock)(), String::new(), from, "session.failed", detail);
        if let Err(error) = self.store.audit(audit).await {
            tracing::warn!(error = &error as &dyn std::error::Error, "a failed attempt to sign in was not recorded");
        }
    }
}

fn who(user: &UserId) -> String {
    format!("user:{user}")
}
