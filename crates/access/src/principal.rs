//! Principals: on whose behalf something is done.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{KeyId, Scope, UserId};

/// On whose behalf something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// Someone who signed in.
    User {
        /// Who.
        id: UserId,
        /// What the user's role was when this principal was made: read it anew for every request.
        role: Role,
    },
    /// A program that presented an API key.
    Key {
        /// Which key.
        id: KeyId,
        /// Streams that the key may write to.
        scope: Scope,
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

/// What a user is here for. Each role may do all that those after it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Runs the installation.
    Owner,
    /// Edits what all see.
    Editor,
    /// Watches, and arranges a personal view.
    Viewer,
}

impl Role {
    /// Every role, the mightiest first.
    pub const ALL: [Self; 3] = [Self::Owner, Self::Editor, Self::Viewer];

    /// The role as it stands in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Editor => "editor",
            Self::Viewer => "viewer",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `owner`, `editor` or `viewer`")]
pub struct UnknownRole;

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL.into_iter().find(|role| role.as_str() == text).ok_or(UnknownRole)
    }
}
