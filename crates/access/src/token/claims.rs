//! What a token says.

use serde::{Deserialize, Deserializer, Serialize};
use tideboard_model::Millis;

use super::TokenKind;
use crate::{IdError, InstallationId, KeyId, SessionId, UserId};

/// Whose token it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// Someone who signed in.
    Session {
        /// Who.
        user: UserId,
        /// The session it was issued to: once that is ended, the token opens nothing.
        session: SessionId,
    },
    /// A program with an API key: once that is revoked, the token opens nothing.
    Key(KeyId),
}

/// What a token says: who issued it, for what, to whom, and for how long.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub struct Claims {
    issuer: InstallationId,
    audience: String,
    bearer: Bearer,
    issued: u64,
    expires: u64,
}

impl Claims {
    /// Claims good for the lifetime of that kind from now.
    #[must_use]
    pub fn new(kind: TokenKind, installation: &InstallationId, bearer: &Bearer, now: Millis) -> Self {
        let issued = seconds(now);
        Self {
            issuer: installation.clone(),
            audience: kind.audience().to_owned(),
            bearer: bearer.clone(),
            issued,
            expires: issued.saturating_add(kind.lifetime_seconds()),
        }
    }

    /// Whose token it is.
    #[must_use]
    pub fn bearer(&self) -> Bearer {
        self.bearer.clone()
    }

    /// When it expires, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> u64 {
        self.expires
    }

    pub(super) fn bearer_ref(&self) -> &Bearer {
        &self.bearer
    }

    pub(super) fn audience(&self) -> &str {
        &self.audience
    }

    pub(super) fn issued(&self) -> u64 {
        self.issued
    }
}

/// The claims as they stand in a token.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    iss: InstallationId,
    aud: String,
    /// `user:ID` or `key:ID`: an identifier of the one must never pass for one of the other.
    sub: String,
    #[serde(default, deserialize_with = "present", skip_serializing_if = "Option::is_none")]
    sid: Option<SessionId>,
    iat: u64,
    exp: u64,
}

/// A claim that is left out if there is none: `null` is no way of saying so.
fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<SessionId>, D::Error> {
    SessionId::deserialize(from).map(Some)
}

/// The subject is nobody, or its session is missing or not its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a subject is `user:ID` with a session, or `key:ID` without one")]
struct BearerError;

impl From<IdError> for BearerError {
    fn from(_: IdError) -> Self {
        Self
    }
}

impl TryFrom<Written> for Claims {
    type Error = BearerError;

    fn try_from(written: Written) -> Result<Self, BearerError> {
        let bearer = match (written.sub.split_once(':'), written.sid) {
            (Some(("user", user)), Some(session)) => Bearer::Session { user: user.parse()?, session },
            (Some(("key", key)), None) => Bearer::Key(key.parse()?),
            (Some(_) | None, _) => return Err(BearerError),
        };
        let Written { iss, aud, iat, exp, .. } = written;
        Ok(Self { issuer: iss, audience: aud, bearer, issued: iat, expires: exp })
    }
}

impl From<Claims> for Written {
    fn from(claims: Claims) -> Self {
        let (sub, sid) = match claims.bearer {
            Bearer::Session { user, session } => (format!("user:{user}"), Some(session)),
            Bearer::Key(key) => (format!("key:{key}"), None),
        };
        Self { iss: claims.issuer, aud: claims.audience, sub, sid, iat: claims.issued, exp: claims.expires }
    }
}

/// Times before 1970 count as 1970: every token is then either not issued yet or good for minutes.
pub(super) fn seconds(now: Millis) -> u64 {
    u64::try_from(now.0.div_euclid(1000)).unwrap_or(0)
}
