//! Decisions on who may do what.

use tideboard_access::{
    Action, Decision, Denial, Grant, KeyPurpose, Level, Principal, Reach, Role, Scope, Subject, TagScope, allows,
};
use tideboard_model::StreamName;

use crate::checksum::Checksum;
use crate::scenario::Scenario;

const DECISIONS: usize = 10_000;

pub(crate) struct Policy {
    principals: Vec<Principal>,
    grants: Vec<Grant>,
    streams: Vec<StreamName>,
    decisions: Vec<Decision>,
}

impl Policy {
    pub(crate) fn new() -> Self {
        let grant = |to: String, level| Grant { to: to.parse::<Subject>().unwrap(), level };
        let users = (0..20).map(|user| grant(format!("user:user{user}"), Level::View));
        let grants = users.chain([grant("team:team4".to_owned(), Level::Edit)]).collect();
        let names = ["group0.cpu", "group9.memory", "group19.cpu", "other.cpu"];
        let streams = names.iter().map(|name| StreamName::new(name).unwrap()).collect();
        Self { principals: principals(), grants, streams, decisions: Vec::with_capacity(DECISIONS) }
    }

    fn actions(&self) -> Vec<Action<'_>> {
        let dashboards = [
            Action::ViewDashboard(&self.grants),
            Action::EditDashboard(&self.grants),
            Action::SeePeople,
            Action::Invite(Role::Admin),
        ];
        let streams = self.streams.iter().flat_map(|stream| [Action::WatchStream(stream), Action::WriteEvents(stream)]);
        dashboards.into_iter().chain(streams).collect()
    }
}

/// One of each role, within a reach, and one of each kind of key.
fn principals() -> Vec<Principal> {
    let reach = || Reach {
        streams: Scope::new((0..20).map(|group| format!("group{group}.*"))).unwrap(),
        tags: TagScope::default(),
    };
    let teams = || (0..5).map(|team| format!("team{team}").parse().unwrap()).collect();
    let user = |(number, role)| {
        let id = format!("user{number}").parse().unwrap();
        Principal::User { id, role, teams: teams(), reach: reach() }
    };
    let key = |purpose| Principal::Key { id: "key".parse().unwrap(), purpose, reach: reach() };
    let roles = [Role::Viewer, Role::Editor, Role::Admin, Role::Owner];
    roles.into_iter().enumerate().map(user).chain(KeyPurpose::ALL.map(key)).collect()
}

impl Scenario for Policy {
    fn run(&mut self) {
        let actions = self.actions();
        let pairs = self.principals.iter().flat_map(|principal| actions.iter().map(move |action| (principal, action)));
        let decisions = pairs.cycle().take(DECISIONS).map(|(principal, action)| allows(principal, *action)).collect();
        self.decisions = decisions;
    }

    fn outcome(&mut self, checksum: &mut Checksum) {
        for decision in &self.decisions {
            checksum.text(&decision.require().err().map_or_else(String::new, |denial: Denial| denial.to_string()));
        }
    }
}
