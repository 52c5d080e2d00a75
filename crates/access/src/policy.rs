//! The policy: one closed list of actions, and one function that decides each.

use tideboard_model::StreamName;

use crate::grant::{Grant, Level, level};
use crate::{Decision, Denial, KeyPurpose, Principal, Reach, Role};

/// Everything that is decided on. What is not listed cannot be done by anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action<'a> {
    /// Ask which dashboards one may see.
    ListDashboards,
    /// See a dashboard that has these grants.
    ViewDashboard(&'a [Grant]),
    /// Keep a personal view over a dashboard that has these grants.
    ArrangeOwnView(&'a [Grant]),
    /// Change, for all, a dashboard that has these grants.
    EditDashboard(&'a [Grant]),
    /// See and change who may see a dashboard.
    ShareDashboards,
    /// See which streams there are.
    ListStreams,
    /// See the events of a stream, in whatever shape.
    WatchStream(&'a StreamName),
    /// Append events to a stream.
    WriteEvents(&'a StreamName),
    /// See how the server fares, with the rates of all streams together.
    SeeMetrics,
    /// List, create and revoke API keys.
    ManageKeys,
    /// Change one's own name and password, list and end one's own sessions.
    ManageOwnAccount,
    /// See who can sign in, with their rights and sessions.
    SeePeople,
    /// Invite someone who will have this role.
    Invite(Role),
    /// Change what someone may do, sign them out or shut them out: from a role to a role.
    ChangeUser {
        /// The role that the other has.
        from: Role,
        /// The role that the other will have; the same if something else changes.
        to: Role,
    },
    /// Make, change and dissolve teams.
    ManageTeams,
    /// Read who did what.
    SeeAudit,
}

/// Whether a principal may do something; denied unless a rule says otherwise. Reads and allocates nothing.
pub fn allows(principal: &Principal, action: Action<'_>) -> Decision {
    match principal {
        Principal::User { role, reach, .. } => user_allows(principal, *role, reach, action),
        Principal::Key { purpose, reach, .. } => key_allows(*purpose, reach, action),
        Principal::System(_) => Decision::given(matches!(action, Action::WriteEvents(_)), Denial::SourcesOnlyWrite),
    }
}

fn key_allows(purpose: KeyPurpose, reach: &Reach, action: Action<'_>) -> Decision {
    if action == Action::SeeMetrics {
        return sees_all(reach);
    }
    match purpose {
        KeyPurpose::Write => {
            let Action::WriteEvents(stream) = action else { return Decision::Denied(Denial::KeyOnlyWrites) };
            within(reach, stream)
        }
        KeyPurpose::Read => {
            if action == Action::ListStreams {
                return Decision::Allowed;
            }
            let Action::WatchStream(stream) = action else { return Decision::Denied(Denial::KeyOnlyReads) };
            within(reach, stream)
        }
    }
}

fn user_allows(user: &Principal, role: Role, reach: &Reach, action: Action<'_>) -> Decision {
    let least = least_role(action);
    if !role.is_at_least(least) {
        return Decision::Denied(Denial::NeedsRole { least });
    }
    let may =
        |least, grants| Decision::given(level(user, grants).is_some_and(|(own, _)| own >= least), Denial::NoGrant);
    match action {
        Action::ViewDashboard(grants) | Action::ArrangeOwnView(grants) => may(Level::View, grants),
        Action::EditDashboard(grants) => may(Level::Edit, grants),
        Action::WatchStream(stream) | Action::WriteEvents(stream) => within(reach, stream),
        Action::SeeMetrics => sees_all(reach),
        Action::Invite(to) => Decision::given(role.is_at_least(to), Denial::Mightier),
        Action::ChangeUser { from, to } => {
            Decision::given(role.is_at_least(from) && role.is_at_least(to), Denial::Mightier)
        }
        Action::ListDashboards
        | Action::ShareDashboards
        | Action::ListStreams
        | Action::ManageKeys
        | Action::ManageOwnAccount
        | Action::SeePeople
        | Action::ManageTeams
        | Action::SeeAudit => Decision::Allowed,
    }
}

fn within(reach: &Reach, stream: &StreamName) -> Decision {
    Decision::given(reach.streams.covers(stream), Denial::OutOfReach)
}

fn sees_all(reach: &Reach) -> Decision {
    Decision::given(reach.is_all(), Denial::NeedsAll)
}

fn least_role(action: Action<'_>) -> Role {
    match action {
        Action::ListDashboards
        | Action::ViewDashboard(_)
        | Action::ArrangeOwnView(_)
        | Action::ListStreams
        | Action::WatchStream(_)
        | Action::SeeMetrics
        | Action::ManageOwnAccount => Role::Viewer,
        Action::EditDashboard(_) | Action::WriteEvents(_) => Role::Editor,
        Action::ShareDashboards
        | Action::ManageKeys
        | Action::SeePeople
        | Action::Invite(_)
        | Action::ChangeUser { .. }
        | Action::ManageTeams
        | Action::SeeAudit => Role::Admin,
    }
}

#[cfg(test)]
mod tests;
