//! Who may do what: principals, roles, scopes, secrets and socket tokens as pure functions.
//!
//! This room knows no storage, no HTTP and no clock: time and randomness come in as input. Start reading at
//! [`allows`], then [`Secret`], then [`verify`].

mod decision;
mod id;
mod policy;
mod principal;
mod scope;
mod secret;
mod signing;
mod socket_token;

pub use decision::{Decision, Denial};
pub use id::{IdError, InstallationId, KeyId, UserId};
pub use policy::{Action, allows};
pub use principal::{Principal, Role, Source, UnknownRole};
pub use scope::{SCOPE_MAX_PATTERNS, Scope, ScopeError};
pub use secret::{HashParseError, Secret, SecretHash, SecretKind};
pub use signing::{SigningKey, VerifyingKeys};
pub use socket_token::{LEEWAY_SECONDS, LIFETIME_SECONDS, SocketClaims, TOKEN_MAX_BYTES, TokenError, issue, verify};
