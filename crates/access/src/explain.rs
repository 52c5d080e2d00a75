//! What someone may do, in words: asked of the policy itself, so that it cannot say anything else.

use tideboard_model::StreamName;

use crate::{Action, Grant, Level, Principal, Role, Scope, Subject, allows};

/// Something that a principal may do, as people are told it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ability {
    /// Sees all dashboards, shared or not.
    SeeAllDashboards,
    /// Sees dashboards that were shared.
    SeeSharedDashboards,
    /// Keeps a personal view.
    ArrangeOwnView,
    /// Edits all dashboards, shared or not.
    EditAllDashboards,
    /// Edits dashboards that were shared for editing.
    EditSharedDashboards,
    /// Decides who sees a dashboard.
    ShareDashboards,
    /// Sees which streams there are.
    ListStreams,
    /// Sees events.
    WatchEvents,
    /// Sends events.
    SendEvents,
    /// Sees how the server fares.
    SeeMetrics,
    /// Looks after API keys.
    ManageKeys,
    /// Looks after their own account.
    ManageOwnAccount,
    /// Sees who can sign in.
    SeePeople,
    /// Invites people.
    InvitePeople,
    /// Changes what people may do.
    ChangePeople,
    /// Makes and changes owners.
    ChangeOwners,
    /// Looks after teams.
    ManageTeams,
    /// Reads who did what.
    SeeAudit,
}

/// All that a principal may do, as the policy decides on an example of each.
///
/// Events are those within reach; of dashboards, each has grants that decide: see [`level`](crate::level).
#[must_use]
pub fn abilities(principal: &Principal) -> Vec<Ability> {
    let examples = Examples::of(principal);
    let is_able =
        |ability: &Ability| examples.action(*ability).is_some_and(|action| allows(principal, action).is_allowed());
    Ability::ALL.into_iter().filter(is_able).collect()
}

/// What actions are tried on.
struct Examples {
    stream: Option<StreamName>,
    seen_by_all: [Grant; 1],
    edited_by_all: [Grant; 1],
}

impl Examples {
    fn of(principal: &Principal) -> Self {
        let stream = match principal {
            Principal::User { reach, .. } | Principal::Key { reach, .. } => reach.streams.example(),
            Principal::System(_) => Scope::all().example(),
        };
        let [seen_by_all, edited_by_all] =
            [Level::View, Level::Edit].map(|level| [Grant { to: Subject::Everyone, level }]);
        Self { stream, seen_by_all, edited_by_all }
    }

    /// The action that shows whether someone is able to; `None` if there is nothing to try it on.
    fn action(&self, ability: Ability) -> Option<Action<'_>> {
        let action = match ability {
            Ability::SeeAllDashboards => Action::ViewDashboard(&[]),
            Ability::SeeSharedDashboards => Action::ViewDashboard(&self.seen_by_all),
            Ability::ArrangeOwnView => Action::ArrangeOwnView(&self.seen_by_all),
            Ability::EditAllDashboards => Action::EditDashboard(&[]),
            Ability::EditSharedDashboards => Action::EditDashboard(&self.edited_by_all),
            Ability::ShareDashboards => Action::ShareDashboards,
            Ability::ListStreams => Action::ListStreams,
            Ability::WatchEvents => Action::WatchStream(self.stream.as_ref()?),
            Ability::SendEvents => Action::WriteEvents(self.stream.as_ref()?),
            Ability::SeeMetrics => Action::SeeMetrics,
            Ability::ManageKeys => Action::ManageKeys,
            Ability::ManageOwnAccount => Action::ManageOwnAccount,
            Ability::SeePeople => Action::SeePeople,
            Ability::InvitePeople => Action::Invite(Role::Viewer),
            Ability::ChangePeople => Action::ChangeUser { from: Role::Viewer, to: Role::Viewer },
            Ability::ChangeOwners => Action::ChangeUser { from: Role::Owner, to: Role::Owner },
            Ability::ManageTeams => Action::ManageTeams,
            Ability::SeeAudit => Action::SeeAudit,
        };
        Some(action)
    }
}

impl Ability {
    /// Every ability, in the order in which people are told them.
    pub const ALL: [Self; 18] = [
        Self::SeeAllDashboards,
        Self::SeeSharedDashboards,
        Self::ArrangeOwnView,
        Self::EditAllDashboards,
        Self::EditSharedDashboards,
        Self::ShareDashboards,
        Self::ListStreams,
        Self::WatchEvents,
        Self::SendEvents,
        Self::SeeMetrics,
        Self::ManageKeys,
        Self::ManageOwnAccount,
        Self::SeePeople,
        Self::InvitePeople,
        Self::ChangePeople,
        Self::ChangeOwners,
        Self::ManageTeams,
        Self::SeeAudit,
    ];

    /// The ability as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SeeAllDashboards => "see_all_dashboards",
            Self::SeeSharedDashboards => "see_shared_dashboards",
            Self::ArrangeOwnView => "arrange_own_view",
            Self::EditAllDashboards => "edit_all_dashboards",
            Self::EditSharedDashboards => "edit_shared_dashboards",
            Self::ShareDashboards => "share_dashboards",
            Self::ListStreams => "list_streams",
            Self::WatchEvents => "watch_events",
            Self::SendEvents => "send_events",
            Self::SeeMetrics => "see_metrics",
            Self::ManageKeys => "manage_keys",
            Self::ManageOwnAccount => "manage_own_account",
            Self::SeePeople => "see_people",
            Self::InvitePeople => "invite_people",
            Self::ChangePeople => "change_people",
            Self::ChangeOwners => "change_owners",
            Self::ManageTeams => "manage_teams",
            Self::SeeAudit => "see_audit",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{KeyPurpose, Reach, Source, TagScope};

    fn user(role: Role, reach: Reach) -> Principal {
        Principal::User { id: "ana".parse().unwrap(), role, teams: BTreeSet::new(), reach }
    }

    fn names(principal: &Principal) -> Vec<&'static str> {
        abilities(principal).into_iter().map(Ability::as_str).collect()
    }

    /// Which abilities tell of an action. Its match makes a new action fail to compile until people are told of it.
    fn told_by(action: Action<'_>) -> &'static [Ability] {
        match action {
            Action::ListDashboards | Action::ViewDashboard(_) => {
                &[Ability::SeeAllDashboards, Ability::SeeSharedDashboards]
            }
            Action::ArrangeOwnView(_) => &[Ability::ArrangeOwnView],
            Action::EditDashboard(_) => &[Ability::EditAllDashboards, Ability::EditSharedDashboards],
            Action::ShareDashboards => &[Ability::ShareDashboards],
            Action::ListStreams => &[Ability::ListStreams],
            Action::WatchStream(_) => &[Ability::WatchEvents],
            Action::WriteEvents(_) => &[Ability::SendEvents],
            Action::SeeMetrics => &[Ability::SeeMetrics],
            Action::ManageKeys => &[Ability::ManageKeys],
            Action::ManageOwnAccount => &[Ability::ManageOwnAccount],
            Action::SeePeople => &[Ability::SeePeople],
            Action::Invite(_) => &[Ability::InvitePeople],
            Action::ChangeUser { .. } => &[Ability::ChangePeople, Ability::ChangeOwners],
            Action::ManageTeams => &[Ability::ManageTeams],
            Action::SeeAudit => &[Ability::SeeAudit],
        }
    }

    #[test]
    fn each_ability_tells_of_the_action_that_it_is_tried_on() {
        let examples = Examples::of(&user(Role::Owner, Reach::all()));
        for ability in Ability::ALL {
            let action = examples.action(ability).unwrap();
            assert!(told_by(action).contains(&ability), "{ability:?}");
        }
        assert_eq!(Ability::ALL.map(Ability::as_str).into_iter().collect::<BTreeSet<_>>().len(), Ability::ALL.len());
    }

    #[test]
    fn each_role_is_told_what_it_may_and_a_mightier_one_all_of_that_as_well() {
        assert_eq!(abilities(&user(Role::Owner, Reach::all())), Ability::ALL);
        let viewer = [
            "see_shared_dashboards",
            "arrange_own_view",
            "list_streams",
            "watch_events",
            "see_metrics",
            "manage_own_account",
        ];
        assert_eq!(names(&user(Role::Viewer, Reach::all())), viewer);
        let [owner, admin, editor, viewer] =
            Role::ALL.map(|role| BTreeSet::from_iter(abilities(&user(role, Reach::all()))));
        assert_eq!(
            editor.difference(&viewer).copied().collect::<Vec<_>>(),
            [Ability::EditSharedDashboards, Ability::SendEvents]
        );
        assert_eq!(owner.difference(&admin).copied().collect::<Vec<_>>(), [Ability::ChangeOwners]);
        assert!(admin.is_superset(&editor) && editor.is_superset(&viewer));
    }

    #[test]
    fn keys_and_sources_are_told_the_one_thing_they_are_for() {
        let key = |purpose| Principal::Key { id: "k1".parse().unwrap(), purpose, reach: Reach::all() };
        assert_eq!(names(&key(KeyPurpose::Write)), ["send_events", "see_metrics"]);
        assert_eq!(names(&key(KeyPurpose::Read)), ["list_streams", "watch_events", "see_metrics"]);
        assert_eq!(names(&Principal::System(Source::Machine)), ["send_events"]);
    }

    #[test]
    fn who_reaches_a_part_of_the_streams_sees_and_sends_events_there_but_no_figures_of_all() {
        let streams = Scope::new(["host.*"]).unwrap();
        let part = abilities(&user(Role::Editor, Reach { streams, tags: TagScope::default() }));
        assert!(part.contains(&Ability::WatchEvents) && part.contains(&Ability::SendEvents));
        assert!(!part.contains(&Ability::SeeMetrics));
    }
}
