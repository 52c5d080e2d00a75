//! Who may do what: principals, roles, grants, reach, passwords, secrets and tokens as pure functions.
//!
//! This room knows no storage, no HTTP and no clock: time and randomness come in as input. Start reading at
//! [`allows`], then [`Secret`], then [`verify`].

mod base32;
mod decision;
mod explain;
mod grant;
mod id;
mod keyed;
mod login;
mod password;
mod policy;
mod principal;
mod reach;
mod recovery;
mod refresh;
mod scope;
mod seal;
mod secret;
mod signing;
mod throttle;
mod token;
mod totp;

pub use decision::{Decision, Denial};
pub use explain::{Ability, abilities};
pub use grant::{GRANTS_MAX, Grant, Ground, Level, Subject, SubjectError, UnknownLevel, level};
pub use id::{IdError, InstallationId, InviteId, KeyId, SessionId, TeamId, UserId};
pub use login::{LOGIN_MAX_CHARS, Login, LoginError};
pub use password::{PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, Password, PasswordError, PasswordHash, PasswordHashError};
pub use policy::{Action, allows};
pub use principal::{KeyPurpose, Principal, Role, Source, UnknownPurpose, UnknownRole};
pub use reach::{REACH_MAX_TAGS, REACH_MAX_VALUES, REACH_VALUE_MAX_BYTES, Reach, TagConflict, TagScope, TagScopeError};
pub use recovery::{RECOVERY_CODES, RecoveryCode, recovery_codes};
pub use refresh::successor;
pub use scope::{SCOPE_MAX_PATTERNS, Scope, ScopeError};
pub use seal::PositionSeal;
pub use secret::{HashParseError, Secret, SecretHash, SecretKind};
pub use signing::{SigningKey, VerifyingKeys};
pub use throttle::{Throttle, ThrottleSettings, Wait};
pub use token::{Bearer, Claims, LEEWAY_SECONDS, TOKEN_MAX_BYTES, TokenError, TokenKind, issue, verify};
pub use totp::{TOTP_STEP_SECONDS, TotpSecret};
