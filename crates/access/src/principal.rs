//! Principals: on whose behalf something is done.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{KeyId, Reach, TeamId, UserId};

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Someone who signed in.
    User {
        /// Who.
        id: UserId,
        /// What the user's role was when this principal was made: read it anew for every request.
        role: Role,
        /// Teams that the user is in.
        teams: BTreeSet<TeamId>,
        /// What of the events the user may see and send at all.
        reach: Reach,
    },
    /// A program that presented an API key.
    Key {
        /// Which key.
        id: KeyId,
        /// What the key is for.
        purpose: KeyPurpose,
        /// What of the events the key may see or send.
        reach: Reach,
    },
    /// Tideboard itself.
    System(Source),
}

/// A part of Tideboard that acts without anyone asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Measures the machine that Tideboard runs on.
    Machine,
}

/// What an API key is for: one thing, so that a leaked one opens no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyPurpose {
    /// Sends events.
    Write,
    /// Watches streams.
    Read,
}

impl KeyPurpose {
    /// Every purpose.
    pub const ALL: [Self; 2] = [Self::Write, Self::Read];

    /// The purpose as it stands in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Read => "read",
        }
    }
}

/// The text names no purpose of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key is for `write` or `read`")]
pub struct UnknownPurpose;

impl FromStr for KeyPurpose {
    type Err = UnknownPurpose;

    fn from_str(text: &str) -> Result<Self, UnknownPurpose> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text).ok_or(UnknownPurpose)
    }
}

/// What a user is here for. Each role may do all that those after it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation.
    Owner,
    /// Looks after people, keys and dashboards on the owner's behalf.
    Admin,
    /// Edits what all see.
    Editor,
    /// Watches, and arranges a personal view.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Editor, Self::Viewer];

    /// The role as it stands in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

impl Role {
    /// Whether this role may do all that another may.
    #[must_use]
    pub fn is_at_least(self, other: Self) -> bool {
        let rank = |role| Self::ALL.iter().position(|one| *one == role);
        rank(self) <= rank(other)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `owner`, `admin`, `editor` or `viewer`")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}
