//! Drawing a new API key.

use tideboard_access::{KeyId, Scope, ScopeError, Secret, SecretKind, UserId};
use tideboard_model::Millis;
use tideboard_store::ApiKey;

use crate::random;

/// Longest name of a key, in characters.
const NAME_MAX_CHARS: usize = 100;

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
    /// The streams are not a scope.
    #[error(transparent)]
    Scope(#[from] ScopeError),
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(#[from] random::Error),
}

impl NewKey {
    /// Draws a key for the streams that the patterns name; for all if there are none.
    pub(crate) fn draw(name: &str, streams: &[String], by: &UserId, now: Millis) -> Result<Self, KeyError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MAX_CHARS || name.chars().any(char::is_control) {
            return Err(KeyError::Name);
        }
        let scope = Scope::new(streams)?;
        let secret = Secret::generate(SecretKind::ApiKey, random::bytes()?);
        let key = ApiKey {
            id: KeyId::generate(random::bytes()?),
            name: name.to_owned(),
            prefix: secret.visible_prefix(),
            hash: secret.hash(),
            scope,
            created: now,
            created_by: by.clone(),
            last_used: None,
            revoked: None,
        };
        Ok(Self { key, secret })
    }
}
