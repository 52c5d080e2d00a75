//! Tokens: short-lived JWTs that carry an identity into a request, or into a socket's CONNECT.
//!
//! One algorithm (EdDSA with Ed25519), and for each kind one type, one audience and one lifetime; the rules of
//! RFC 8725. A header is accepted only if it says exactly what [`issue`] writes, so nothing in a token can name a key
//! to fetch or a feature to switch on, and no token of one kind passes for one of the other.

mod claims;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::Deserialize;
use tideboard_model::Millis;

use crate::{InstallationId, SigningKey, VerifyingKeys};

pub use claims::{Bearer, Claims};

/// How far clocks of two nodes may differ.
pub const LEEWAY_SECONDS: u64 = 5;
/// Longest token that is looked at.
pub const TOKEN_MAX_BYTES: usize = 1024;

const ALGORITHM: &str = "EdDSA";

/// What a token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Requests over HTTP; only for those who signed in: keys are sent themselves.
    Access,
    /// Connecting a socket.
    Socket,
}

impl TokenKind {
    /// How long a token is good for.
    #[must_use]
    pub fn lifetime_seconds(self) -> u64 {
        match self {
            Self::Access => 600,
            Self::Socket => 300,
        }
    }

    fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Socket => "tb-socket+jwt",
        }
    }

    fn audience(self) -> &'static str {
        match self {
            Self::Access => "tideboard/api",
            Self::Socket => "tideboard/socket",
        }
    }

    fn is_for(self, bearer: &Bearer) -> bool {
        match (self, bearer) {
            (Self::Access, Bearer::Session { .. }) | (Self::Socket, Bearer::Session { .. } | Bearer::Key(_)) => true,
            (Self::Access, Bearer::Key(_)) => false,
        }
    }
}

/// Why a token or a key was refused. All but [`TokenError::Key`] mean: fetch a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_MAX_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// Not three parts, not base64url, not JSON, or not the claims of a token of ours.
    #[error("not a token as they are issued here")]
    Malformed,
    /// Another algorithm than EdDSA.
    #[error("the token's algorithm is not accepted")]
    Algorithm,
    /// A token of another kind.
    #[error("the token is of another kind")]
    Type,
    /// Signed by no key that is in use.
    #[error("the token's key is not known here")]
    UnknownKey,
    /// The signature does not belong to the token.
    #[error("the token's signature is not valid")]
    Signature,
    /// Issued by another installation.
    #[error("the token is of another installation")]
    Issuer,
    /// Meant for something else.
    #[error("the token is meant for something else")]
    Audience,
    /// Of an API key, where only who signed in has tokens.
    #[error("API keys have no tokens of this kind")]
    Bearer,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
    /// Issued in the future, or for longer than tokens are.
    #[error("the token's times are not possible")]
    Times,
    /// A signing key could not be read or used.
    #[error("not a usable Ed25519 key")]
    Key,
}

/// Signs claims.
///
/// # Errors
/// [`TokenError::Audience`] or [`TokenError::Bearer`] if a token of these claims would never be accepted;
/// [`TokenError::Key`] if signing fails, which no key that could be read is known to cause.
pub fn issue(kind: TokenKind, claims: &Claims, key: &SigningKey) -> Result<String, TokenError> {
    check_kind(kind, claims)?;
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(kind.typ().to_owned());
    header.kid = Some(key.id().to_owned());
    jsonwebtoken::encode(&header, claims, key.encoding()).or(Err(TokenError::Key))
}

/// Checks a presented token: shape, header, signature, then claims, then times.
///
/// Whether the session or key still exists is for the caller to look up, by [`Claims::bearer`].
///
/// # Errors
/// [`TokenError`] names the first thing found wrong.
pub fn verify(
    kind: TokenKind,
    token: &[u8],
    keys: &VerifyingKeys,
    installation: &InstallationId,
    now: Millis,
) -> Result<Claims, TokenError> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(TokenError::TooLong);
    }
    let header = strict_header(token)?;
    if header.alg != ALGORITHM {
        return Err(TokenError::Algorithm);
    }
    if header.typ != kind.typ() {
        return Err(TokenError::Type);
    }
    let key = keys.get(&header.kid).ok_or(TokenError::UnknownKey)?;
    let claims: Claims = jsonwebtoken::decode(token, key, &validation(kind, installation)).map_err(refusal)?.claims;
    check_kind(kind, &claims)?;
    check_times(kind, &claims, now)?;
    Ok(claims)
}

/// All that a header may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    typ: String,
    alg: String,
    kid: String,
}

fn strict_header(token: &[u8]) -> Result<StrictHeader, TokenError> {
    let mut parts = token.split(|byte| *byte == b'.');
    let (Some(header), Some(_), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Malformed);
    };
    let json = URL_SAFE_NO_PAD.decode(header).or(Err(TokenError::Malformed))?;
    serde_json::from_slice(&json).or(Err(TokenError::Malformed))
}

/// The library checks signature, issuer and audience. Times are checked here, against the given now.
fn validation(kind: TokenKind, installation: &InstallationId) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[installation]);
    validation.set_audience(&[kind.audience()]);
    validation
}

fn refusal(error: jsonwebtoken::errors::Error) -> TokenError {
    let kind = error.into_kind();
    if matches!(kind, ErrorKind::InvalidSignature) {
        TokenError::Signature
    } else if matches!(kind, ErrorKind::InvalidAlgorithm) {
        TokenError::Algorithm
    } else if matches!(kind, ErrorKind::InvalidIssuer) {
        TokenError::Issuer
    } else if matches!(kind, ErrorKind::InvalidAudience) {
        TokenError::Audience
    } else {
        TokenError::Malformed
    }
}

fn check_kind(kind: TokenKind, claims: &Claims) -> Result<(), TokenError> {
    if claims.audience() != kind.audience() {
        return Err(TokenError::Audience);
    }
    if !kind.is_for(claims.bearer_ref()) {
        return Err(TokenError::Bearer);
    }
    Ok(())
}

fn check_times(kind: TokenKind, claims: &Claims, now: Millis) -> Result<(), TokenError> {
    let (now, issued, expires) = (claims::seconds(now), claims.issued(), claims.expires());
    if expires < issued || expires - issued > kind.lifetime_seconds() {
        return Err(TokenError::Times);
    }
    if issued > now.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Times);
    }
    if expires.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(TokenError::Expired);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
