//! The policy: one closed list of actions, and one function that decides each.

use tideboard_model::StreamName;

use crate::{Decision, Denial, Principal, Role};

/// Everything that is decided on. What is not listed cannot be done by anyone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// See dashboards and their list.
    ViewDashboard,
    /// Keep a personal view over a shared dashboard.
    ArrangeOwnView,
    /// Create, change, order and delete the dashboards that all see.
    EditShared,
    /// See which streams there are, with their tags, fields and rates.
    ListStreams,
    /// See the events of a stream, in whatever shape.
    WatchStream(StreamName),
    /// Append events to a stream.
    WriteEvents(StreamName),
    /// See lines that were refused, with what they held.
    SeeRejected,
    /// List, create and revoke API keys.
    ManageKeys,
    /// List and end one's own sessions.
    ManageOwnSessions,
    /// List and end anyone's sessions.
    ManageSessions,
    /// Create users and change their roles.
    ManageUsers,
}

/// Whether a principal may do something; denied unless a rule says otherwise.
pub fn allows(principal: &Principal, action: &Action) -> Decision {
    match principal {
        Principal::User { role, .. } => user_allows(*role, action),
        Principal::Key { scope, .. } => match action {
            Action::WriteEvents(stream) if scope.covers(stream) => Decision::Allowed,
            Action::WriteEvents(_) => Decision::Denied(Denial::OutOfScope),
            Action::ViewDashboard
            | Action::ArrangeOwnView
            | Action::EditShared
            | Action::ListStreams
            | Action::WatchStream(_)
            | Action::SeeRejected
            | Action::ManageKeys
            | Action::ManageOwnSessions
            | Action::ManageSessions
            | Action::ManageUsers => Decision::Denied(Denial::KeysOnlyWrite),
        },
        Principal::System(_) => match action {
            Action::WriteEvents(_) => Decision::Allowed,
            Action::ViewDashboard
            | Action::ArrangeOwnView
            | Action::EditShared
            | Action::ListStreams
            | Action::WatchStream(_)
            | Action::SeeRejected
            | Action::ManageKeys
            | Action::ManageOwnSessions
            | Action::ManageSessions
            | Action::ManageUsers => Decision::Denied(Denial::SourcesOnlyWrite),
        },
    }
}

fn user_allows(role: Role, action: &Action) -> Decision {
    let least = least_role(action);
    let suffices = match role {
        Role::Owner => true,
        Role::Editor => matches!(least, Role::Editor | Role::Viewer),
        Role::Viewer => matches!(least, Role::Viewer),
    };
    if suffices { Decision::Allowed } else { Decision::Denied(Denial::NeedsRole { least }) }
}

fn least_role(action: &Action) -> Role {
    match action {
        Action::ViewDashboard
        | Action::ArrangeOwnView
        | Action::ListStreams
        | Action::WatchStream(_)
        | Action::ManageOwnSessions => Role::Viewer,
        Action::EditShared | Action::WriteEvents(_) | Action::SeeRejected => Role::Editor,
        Action::ManageKeys | Action::ManageSessions | Action::ManageUsers => Role::Owner,
    }
}

#[cfg(test)]
mod tests;
