//! Who asks.

use std::sync::Arc;

use tideboard_access::{Principal, Reach};
use tideboard_model::Millis;
use tideboard_store::{Actor, ApiKey, Session, User};

/// Who is asking.
#[derive(Debug, Clone)]
pub(crate) enum Caller {
    /// Someone who signed in.
    User(Arc<SignedIn>),
    /// A program with an API key.
    Key(Arc<ApiKey>),
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
            Self::Key(key) => Principal::Key { id: key.id.clone(), purpose: key.purpose, reach: key.reach.clone() },
        }
    }

    /// What of the events it may see and send at all.
    pub(crate) fn reach(&self) -> &Reach {
        match self {
            Self::User(signed_in) => &signed_in.user.reach,
            Self::Key(key) => &key.reach,
        }
    }

    /// Whether it has not expired by itself.
    pub(crate) fn is_valid(&self, now: Millis) -> bool {
        match self {
            Self::User(signed_in) => now < signed_in.expires,
            Self::Key(key) => key.expires.is_none_or(|expires| now < expires),
        }
    }
}

impl SignedIn {
    /// On whose behalf, for the policy.
    pub(crate) fn principal(&self) -> Principal {
        principal_of(&self.user)
    }

    /// The same for the record.
    pub(crate) fn actor(&self, address: String) -> Actor {
        Actor { who: format!("user:{}", self.user.id), address }
    }
}

/// A user, for the policy.
pub(crate) fn principal_of(user: &User) -> Principal {
    Principal::User { id: user.id.clone(), role: user.role, teams: user.teams.clone(), reach: user.reach.clone() }
}
