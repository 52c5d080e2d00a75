//! Socket tokens: short-lived JWTs that carry a session's identity into a socket's CONNECT.
//!
//! One algorithm (EdDSA with Ed25519), one type, one audience; the rules of RFC 8725. A header is accepted only if
//! it says exactly what [`issue`] writes, so nothing in a token can name a key to fetch or a feature to switch on.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use tideboard_model::Millis;

use crate::{InstallationId, SecretHash, SigningKey, UserId, VerifyingKeys};

/// How long a token is good for.
pub const LIFETIME_SECONDS: u64 = 300;
/// How far clocks of two nodes may differ.
pub const LEEWAY_SECONDS: u64 = 5;
/// Longest token that is looked at.
pub const TOKEN_MAX_BYTES: usize = 1024;

const TYPE: &str = "tb-socket+jwt";
const AUDIENCE: &str = "tideboard/socket";
const ALGORITHM: &str = "EdDSA";

/// What a socket token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketClaims {
    /// The installation that issued it.
    pub iss: InstallationId,
    /// Always `tideboard/socket`.
    aud: String,
    /// The user.
    pub sub: UserId,
    /// The session it was issued to: once that is revoked, so is the token.
    pub sid: SecretHash,
    /// When it was issued, in seconds since 1970.
    pub iat: u64,
    /// When it expires, in seconds since 1970.
    pub exp: u64,
}

impl SocketClaims {
    /// Claims good for [`LIFETIME_SECONDS`] from now.
    #[must_use]
    pub fn new(installation: &InstallationId, user: &UserId, session: &SecretHash, now: Millis) -> Self {
        let iat = seconds(now);
        Self {
            iss: installation.clone(),
            aud: AUDIENCE.to_owned(),
            sub: user.clone(),
            sid: *session,
            iat,
            exp: iat.saturating_add(LIFETIME_SECONDS),
        }
    }
}

/// Why a token or a key was refused. All but [`TokenError::Key`] mean: fetch a new token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Longer than [`TOKEN_MAX_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// Not three parts, not base64url, not JSON, or not the claims of a socket token.
    #[error("not a socket token")]
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
/// [`TokenError::Key`] if signing fails; no key that could be read is known to cause it.
pub fn issue(claims: &SocketClaims, key: &SigningKey) -> Result<String, TokenError> {
    let mut header = Header::new(Algorithm::EdDSA);
    header.typ = Some(TYPE.to_owned());
    header.kid = Some(key.id().to_owned());
    jsonwebtoken::encode(&header, claims, key.encoding()).or(Err(TokenError::Key))
}

/// Checks a presented token: shape, header, signature, then claims, then times.
///
/// Whether the session still exists is for the caller to look up, by `sid`.
///
/// # Errors
/// [`TokenError`] names the first thing found wrong.
pub fn verify(
    token: &[u8],
    keys: &VerifyingKeys,
    installation: &InstallationId,
    now: Millis,
) -> Result<SocketClaims, TokenError> {
    if token.len() > TOKEN_MAX_BYTES {
        return Err(TokenError::TooLong);
    }
    let header = strict_header(token)?;
    if header.alg != ALGORITHM {
        return Err(TokenError::Algorithm);
    }
    if header.typ != TYPE {
        return Err(TokenError::Type);
    }
    let key = keys.get(&header.kid).ok_or(TokenError::UnknownKey)?;
    let claims = jsonwebtoken::decode(token, key, &validation(installation)).map_err(refusal)?.claims;
    check_times(&claims, now)?;
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
fn validation(installation: &InstallationId) -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.set_issuer(&[installation]);
    validation.set_audience(&[AUDIENCE]);
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

fn check_times(claims: &SocketClaims, now: Millis) -> Result<(), TokenError> {
    let now = seconds(now);
    if claims.exp < claims.iat || claims.exp - claims.iat > LIFETIME_SECONDS {
        return Err(TokenError::Times);
    }
    if claims.iat > now.saturating_add(LEEWAY_SECONDS) {
        return Err(TokenError::Times);
    }
    if claims.exp.saturating_add(LEEWAY_SECONDS) <= now {
        return Err(TokenError::Expired);
    }
    Ok(())
}

/// Times before 1970 count as 1970: every token is then either not issued yet or good for minutes.
fn seconds(now: Millis) -> u64 {
    u64::try_from(now.0.div_euclid(1000)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
