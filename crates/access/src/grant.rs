//! Grants: who may see or edit a dashboard, and on what ground.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Principal, Role, TeamId, UserId};

/// Most grants of one dashboard.
pub const GRANTS_MAX: usize = 256;

/// What a grant gives. Editing holds seeing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Seeing the dashboard, and arranging a personal view over it.
    View,
    /// Changing it for all; only those whose role edits at all.
    Edit,
}

/// Whom a grant is for; as text `everyone`, `user:ID` or `team:ID`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Subject {
    /// All who can sign in.
    Everyone,
    /// One user.
    User(UserId),
    /// Who is in a team.
    Team(TeamId),
}

/// Gives someone a level on a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// To whom.
    pub to: Subject,
    /// What.
    pub level: Level,
}

/// On what ground someone may do something with a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ground {
    /// The role alone suffices: owners and admins see and edit all.
    Role,
    /// A grant.
    Grant(Subject),
}

/// What a principal may do with a dashboard that has these grants, and why; `None`: nothing.
///
/// The highest level counts; of several grounds for it, the first in the order everyone, user, team.
#[must_use]
pub fn level(principal: &Principal, grants: &[Grant]) -> Option<(Level, Ground)> {
    let Principal::User { id, role, teams, .. } = principal else { return None };
    if role.is_at_least(Role::Admin) {
        return Some((Level::Edit, Ground::Role));
    }
    let most = if role.is_at_least(Role::Editor) { Level::Edit } else { Level::View };
    let concerns = |grant: &&Grant| match &grant.to {
        Subject::Everyone => true,
        Subject::User(user) => user == id,
        Subject::Team(team) => teams.contains(team),
    };
    let mut best: Option<(Level, &Subject)> = None;
    for grant in grants.iter().filter(concerns) {
        let level = grant.level.min(most);
        if best.is_none_or(|(so_far, by)| level > so_far || (level == so_far && grant.to < *by)) {
            best = Some((level, &grant.to));
        }
    }
    best.map(|(level, by)| (level, Ground::Grant(by.clone())))
}

impl Level {
    /// The level as it stands in JSON and in storage.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Edit => "edit",
        }
    }
}

/// The text names no level.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a level is `view` or `edit`")]
pub struct UnknownLevel;

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        [Self::View, Self::Edit].into_iter().find(|level| level.as_str() == text).ok_or(UnknownLevel)
    }
}

/// The text names nobody that a grant could be for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a grant is for `everyone`, `user:ID` or `team:ID`")]
pub struct SubjectError;

impl FromStr for Subject {
    type Err = SubjectError;

    fn from_str(text: &str) -> Result<Self, SubjectError> {
        match text.split_once(':') {
            None if text == "everyone" => Ok(Self::Everyone),
            Some(("user", id)) => id.parse().map(Self::User).or(Err(SubjectError)),
            Some(("team", id)) => id.parse().map(Self::Team).or(Err(SubjectError)),
            Some(_) | None => Err(SubjectError),
        }
    }
}

impl TryFrom<String> for Subject {
    type Error = SubjectError;
    fn try_from(text: String) -> Result<Self, SubjectError> {
        text.parse()
    }
}

impl From<Subject> for String {
    fn from(subject: Subject) -> Self {
        subject.to_string()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everyone => f.write_str("everyone"),
            Self::User(id) => write!(f, "user:{id}"),
            Self::Team(id) => write!(f, "team:{id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reach;

    fn user(role: Role) -> Principal {
        let teams = ["sales".parse().unwrap()].into();
        Principal::User { id: "ana".parse().unwrap(), role, teams, reach: Reach::all() }
    }

    fn grants(all: &[(&str, Level)]) -> Vec<Grant> {
        all.iter().map(|(to, level)| Grant { to: to.parse().unwrap(), level: *level }).collect()
    }

    #[test]
    fn the_highest_grant_counts_up_to_what_the_role_may_at_all() {
        use Level::{Edit, View};
        for (of, viewer, editor) in [
            (&[][..], None, None),
            (&[("everyone", View)], Some((View, "everyone")), Some((View, "everyone"))),
            (&[("user:bo", Edit), ("team:ops", Edit)], None, None),
            (&[("team:sales", View), ("user:bo", Edit)], Some((View, "team:sales")), Some((View, "team:sales"))),
            (&[("everyone", View), ("team:sales", Edit)], Some((View, "everyone")), Some((Edit, "team:sales"))),
            (&[("team:sales", Edit), ("user:ana", Edit)], Some((View, "user:ana")), Some((Edit, "user:ana"))),
        ] {
            let expect =
                |found: Option<(Level, &str)>| found.map(|(level, by)| (level, Ground::Grant(by.parse().unwrap())));
            assert_eq!(level(&user(Role::Viewer), &grants(of)), expect(viewer), "{of:?}");
            assert_eq!(level(&user(Role::Editor), &grants(of)), expect(editor), "{of:?}");
        }
    }

    #[test]
    fn owners_and_admins_need_no_grant() {
        for role in [Role::Owner, Role::Admin] {
            assert_eq!(level(&user(role), &[]), Some((Level::Edit, Ground::Role)));
        }
    }

    #[test]
    fn subjects_are_written_as_they_are_read() {
        for text in ["everyone", "user:ana", "team:sales"] {
            assert_eq!(text.parse::<Subject>().unwrap().to_string(), text);
        }
        for text in ["", "all", "user", "user:", "role:admin", "team:a b", "everyone:x"] {
            assert_eq!(text.parse::<Subject>(), Err(SubjectError), "{text}");
        }
    }
}
