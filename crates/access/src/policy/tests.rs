use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::{Scope, Source, Subject, TagScope};

/// Every action with: may an owner, an admin, an editor, a viewer, a key for writing, one for reading, a source?
/// Its match makes a new action fail to compile until it has a row.
fn expected(action: Action<'_>) -> [bool; 7] {
    match action {
        //                                owner  admin  editor viewer writes reads  source
        Action::ListDashboards => [true, true, true, true, false, false, false],
        Action::ViewDashboard([]) | Action::ArrangeOwnView([]) => [true, true, false, false, false, false, false],
        Action::ViewDashboard(_) | Action::ArrangeOwnView(_) => [true, true, true, true, false, false, false],
        Action::EditDashboard([]) => [true, true, false, false, false, false, false],
        Action::EditDashboard(_) => [true, true, true, false, false, false, false],
        Action::ShareDashboards => [true, true, false, false, false, false, false],
        Action::ListStreams => [true, true, true, true, false, true, false],
        Action::WatchStream(_) => [true, true, true, true, false, true, false],
        Action::WriteEvents(_) => [true, true, true, false, true, false, true],
        Action::SeeMetrics => [true, true, true, true, true, true, false],
        Action::ManageKeys => [true, true, false, false, false, false, false],
        Action::ManageOwnAccount => [true, true, true, true, false, false, false],
        Action::SeePeople => [true, true, false, false, false, false, false],
        Action::Invite(Role::Owner) => [true, false, false, false, false, false, false],
        Action::Invite(_) => [true, true, false, false, false, false, false],
        Action::ChangeUser { from: Role::Owner, .. } | Action::ChangeUser { to: Role::Owner, .. } => {
            [true, false, false, false, false, false, false]
        }
        Action::ChangeUser { .. } => [true, true, false, false, false, false, false],
        Action::ManageTeams => [true, true, false, false, false, false, false],
        Action::SeeAudit => [true, true, false, false, false, false, false],
    }
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

fn check_all(check: impl Fn(Action<'_>)) {
    let (stream, shared) = (stream("host.cpu"), [Grant { to: Subject::Everyone, level: Level::Edit }]);
    for grants in [&[][..], &shared] {
        [Action::ViewDashboard(grants), Action::ArrangeOwnView(grants), Action::EditDashboard(grants)]
            .into_iter()
            .for_each(&check);
    }
    for from in Role::ALL {
        check(Action::Invite(from));
        Role::ALL.into_iter().for_each(|to| check(Action::ChangeUser { from, to }));
    }
    [
        Action::ListDashboards,
        Action::ShareDashboards,
        Action::ListStreams,
        Action::WatchStream(&stream),
        Action::WriteEvents(&stream),
        Action::SeeMetrics,
        Action::ManageKeys,
        Action::ManageOwnAccount,
        Action::SeePeople,
        Action::ManageTeams,
        Action::SeeAudit,
    ]
    .into_iter()
    .for_each(&check);
}

fn user(role: Role, reach: Reach) -> Principal {
    Principal::User { id: "ana".parse().unwrap(), role, teams: BTreeSet::new(), reach }
}

fn key(purpose: KeyPurpose, reach: Reach) -> Principal {
    Principal::Key { id: "k1".parse().unwrap(), purpose, reach }
}

fn principals() -> [Principal; 7] {
    let [owner, admin, editor, viewer] = Role::ALL.map(|role| user(role, Reach::all()));
    let [writes, reads] = KeyPurpose::ALL.map(|purpose| key(purpose, Reach::all()));
    [owner, admin, editor, viewer, writes, reads, Principal::System(Source::Machine)]
}

#[test]
fn every_principal_may_do_exactly_what_the_table_says() {
    check_all(|action| {
        let got = principals().map(|principal| allows(&principal, action).is_allowed());
        assert_eq!(got, expected(action), "{action:?}");
    });
}

#[test]
fn a_mightier_role_may_do_all_that_a_lesser_may() {
    check_all(|action| {
        let [owner, admin, editor, viewer] =
            Role::ALL.map(|role| allows(&user(role, Reach::all()), action).is_allowed());
        assert!(owner >= admin && admin >= editor && editor >= viewer, "{action:?}");
    });
}

#[test]
fn a_denial_names_the_least_role() {
    let viewer = user(Role::Viewer, Reach::all());
    let denied = |action| allows(&viewer, action).require();
    assert_eq!(denied(Action::EditDashboard(&[])), Err(Denial::NeedsRole { least: Role::Editor }));
    assert_eq!(denied(Action::ManageKeys), Err(Denial::NeedsRole { least: Role::Admin }));
    assert_eq!(denied(Action::ViewDashboard(&[])), Err(Denial::NoGrant));
}

#[test]
fn nobody_reaches_a_stream_out_of_reach() {
    let reach = Reach { streams: Scope::new(["host.*", "orders"]).unwrap(), tags: TagScope::default() };
    for principal in
        [user(Role::Owner, reach.clone()), user(Role::Viewer, reach.clone()), key(KeyPurpose::Read, reach.clone())]
    {
        let may = |name: &str| allows(&principal, Action::WatchStream(&stream(name)));
        assert!(may("host.cpu").is_allowed() && may("orders").is_allowed());
        assert_eq!(may("orders.eu"), Decision::Denied(Denial::OutOfReach));
    }
    let writes = key(KeyPurpose::Write, reach);
    assert!(allows(&writes, Action::WriteEvents(&stream("host.cpu"))).is_allowed());
    assert_eq!(allows(&writes, Action::WriteEvents(&stream("hostile"))), Decision::Denied(Denial::OutOfReach));
}

#[test]
fn who_sees_a_part_of_the_events_sees_no_figures_of_all() {
    let eu = || Reach { streams: Scope::all(), tags: TagScope::new([("region", ["eu"])]).unwrap() };
    for principal in [user(Role::Owner, eu()), key(KeyPurpose::Read, eu()), key(KeyPurpose::Write, eu())] {
        assert_eq!(allows(&principal, Action::SeeMetrics), Decision::Denied(Denial::NeedsAll));
    }
}

fn role() -> impl Strategy<Value = Role> {
    proptest::sample::select(Role::ALL.to_vec())
}

fn grant() -> impl Strategy<Value = Grant> {
    let to = proptest::sample::select(vec!["everyone", "user:ana", "user:bo", "team:ops", "team:sales"]);
    let level = proptest::sample::select(vec![Level::View, Level::Edit]);
    (to, level).prop_map(|(to, level)| Grant { to: to.parse().unwrap(), level })
}

proptest! {
    /// More grants never take anything away, and what concerns others changes nothing.
    #[test]
    fn grants_only_add_and_only_for_whom_they_are(role in role(), grants in proptest::collection::vec(grant(), 0..5)) {
        let teams = ["sales".parse().unwrap()].into();
        let ana = Principal::User { id: "ana".parse().unwrap(), role, teams, reach: Reach::all() };
        let may = |grants: &[Grant]| level(&ana, grants).map(|(level, _)| level);
        for some in 0..=grants.len() {
            prop_assert!(may(&grants[..some]) <= may(&grants));
        }
        let mut own = grants.clone();
        own.retain(|grant| !["user:bo", "team:ops"].contains(&grant.to.to_string().as_str()));
        prop_assert_eq!(may(&own), may(&grants));
    }

    /// Nobody makes anyone mightier than themselves, by whatever steps.
    #[test]
    fn nobody_rises_above_who_lifts_them(actor in role(), from in role(), to in role()) {
        let allowed = allows(&user(actor, Reach::all()), Action::ChangeUser { from, to }).is_allowed();
        prop_assert!(!allowed || (actor.is_at_least(to) && actor.is_at_least(from)));
        prop_assert!(!allows(&user(actor, Reach::all()), Action::Invite(to)).is_allowed() || actor.is_at_least(to));
    }
}
