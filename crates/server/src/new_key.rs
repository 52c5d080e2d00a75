//! Drawing a new API key.

use tideboard_access::{KeyId, KeyPurpose, Reach, Secret, SecretKind, UserId};
use tideboard_model::Millis;
use tideboard_store::ApiKey;

use crate::random;

/// Longest name of a key, in characters.
const NAME_MAX_CHARS: usize = 100;
/// Most days that a key may be good for.
const DAYS_MAX: i64 = 3650;
const DAY_MS: i64 = 86_400_000;

/// What a key is to be.
pub(crate) struct Wanted<'a> {
    pub(crate) name: &'a str,
    pub(crate) purpose: KeyPurpose,
    pub(crate) reach: Reach,
    /// How long it is good for; for good if not said.
    pub(crate) days: Option<i64>,
}

/// A key that is not stored yet, with its secret.
pub(crate) struct NewKey {
    pub(crate) key: ApiKey,
    pub(crate) secret: Secret,
}

/// Why a key was not drawn.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// The name says nothing, or too much.
    #[error("a key's name has 1 to {NAME_MAX_CHARS} characters, none of them a control character")]
    Name,
    /// It would be good for no time, or too long.
    #[error("a key is good for 1 to {DAYS_MAX} days, or for good")]
    Days,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] random::Error),
}

impl NewKey {
    /// Draws a key.
    pub(crate) fn draw(wanted: Wanted<'_>, by: &UserId, now: Millis) -> Result<Self, KeyError> {
        let name = wanted.name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
            return Err(KeyError::Name);
        }
        if wanted.days.is_some_and(|days| !(1..=DAYS_MAX).contains(&days)) {
            return Err(KeyError::Days);
        }
        let secret = Secret::generate(SecretKind::ApiKey, random::bytes()?);
        let key = ApiKey {
            id: KeyId::generate(random::bytes()?),
            name: name.to_owned(),
            prefix: secret.visible_prefix(),
            hash: secret.hash(),
            purpose: wanted.purpose,
            reach: wanted.reach,
            created: now,
            created_by: by.clone(),
            expires: wanted.days.map(|days| Millis(now.0.saturating_add(days * DAY_MS))),
            last_used: None,
            revoked: None,
        };
        Ok(Self { key, secret })
    }
}
