use super::*;
use crate::{Scope, Source};

/// Every action with: may an owner, an editor, a viewer, a key of all streams, an internal source?
/// Its match makes a new action fail to compile until it has a row.
fn expected(action: &Action) -> [bool; 5] {
    match action {
        //                            owner  editor viewer key    source
        Action::ViewDashboard => [true, true, true, false, false],
        Action::ArrangeOwnView => [true, true, true, false, false],
        Action::EditShared => [true, true, false, false, false],
        Action::ListStreams => [true, true, true, false, false],
        Action::WatchStream(_) => [true, true, true, false, false],
        Action::WriteEvents(_) => [true, true, false, true, true],
        Action::SeeRejected => [true, true, false, false, false],
        Action::ManageKeys => [true, false, false, false, false],
        Action::ManageOwnSessions => [true, true, true, false, false],
        Action::ManageSessions => [true, false, false, false, false],
        Action::ManageUsers => [true, false, false, false, false],
    }
}

fn actions() -> Vec<Action> {
    let stream = StreamName::new("host.cpu").unwrap();
    vec![
        Action::ViewDashboard,
        Action::ArrangeOwnView,
        Action::EditShared,
        Action::ListStreams,
        Action::WatchStream(stream.clone()),
        Action::WriteEvents(stream),
        Action::SeeRejected,
        Action::ManageKeys,
        Action::ManageOwnSessions,
        Action::ManageSessions,
        Action::ManageUsers,
    ]
}

fn principals() -> [Principal; 5] {
    let user = |role| Principal::User { id: "ana".parse().unwrap(), role };
    let [owner, editor, viewer] = Role::ALL.map(user);
    let key = Principal::Key { id: "k1".parse().unwrap(), scope: Scope::all() };
    [owner, editor, viewer, key, Principal::System(Source::Machine)]
}

#[test]
fn every_principal_may_do_exactly_what_the_table_says() {
    for action in actions() {
        let got = principals().map(|principal| allows(&principal, &action).is_allowed());
        assert_eq!(got, expected(&action), "{action:?}");
    }
}

#[test]
fn a_mightier_role_may_do_all_that_a_lesser_may() {
    for action in actions() {
        let [owner, editor, viewer] = Role::ALL.map(|role| user_allows(role, &action).is_allowed());
        assert!(owner >= editor && editor >= viewer, "{action:?}");
    }
}

#[test]
fn a_denial_names_the_least_role() {
    let viewer = Principal::User { id: "ana".parse().unwrap(), role: Role::Viewer };
    assert_eq!(allows(&viewer, &Action::EditShared).require(), Err(Denial::NeedsRole { least: Role::Editor }));
    assert_eq!(allows(&viewer, &Action::ManageKeys).require(), Err(Denial::NeedsRole { least: Role::Owner }));
}

#[test]
fn a_scoped_key_writes_only_to_its_streams() {
    let scope = Scope::new(["host.*", "orders"]).unwrap();
    let key = Principal::Key { id: "k1".parse().unwrap(), scope };
    let may = |name: &str| allows(&key, &Action::WriteEvents(StreamName::new(name).unwrap()));
    assert!(may("host.cpu").is_allowed());
    assert!(may("orders").is_allowed());
    assert_eq!(may("orders.eu"), Decision::Denied(Denial::OutOfScope));
    assert_eq!(may("hostile"), Decision::Denied(Denial::OutOfScope));
}
