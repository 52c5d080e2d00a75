use tideboard_access::{Grant, Level, Role};
use tideboard_store::{Store, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, dashboard, dashboard_id, owner, session, session_id, team};

const NO_TEAM: StoreError = StoreError::NotFound { what: "team" };
const TAKEN: StoreError = StoreError::Exists { what: "team" };

async fn names(store: &dyn Store) -> Vec<String> {
    store.teams().await.unwrap().into_iter().map(|team| team.name).collect()
}

pub(crate) async fn teams_are_listed_by_name_with_their_members(backend: &dyn Backend) {
    let store = backend.open().await;
    let (owner, ana) = (owner(&*store).await, add_user(&*store, "ana", Role::Viewer).await.id);
    let operations = team("t1", "Operations", &[&owner, &ana]);
    store.add_team(operations.clone(), at(NOW)).await.unwrap();
    // Without those who are no users.
    let given = team("t2", "Halle", &[&ana, &"nobody".parse().unwrap()]);
    store.add_team(given, at(NOW)).await.unwrap();
    let halle = team("t2", "Halle", &[&ana]);
    assert_eq!(backend.open().await.teams().await, Ok(vec![halle, operations]));
}

pub(crate) async fn the_name_of_a_team_is_unique_whatever_its_case(backend: &dyn Backend) {
    let store = backend.open().await;
    store.add_team(team("t1", "Ärzte", &[]), at(NOW)).await.unwrap();
    store.add_team(team("t2", "Wache", &[]), at(NOW)).await.unwrap();
    for taken in [team("t1", "Neu", &[]), team("t3", "ärzte", &[]), team("t3", "ÄRZTE", &[])] {
        assert_eq!(store.add_team(taken, at(NOW)).await, Err(TAKEN));
    }
    let (id, members) = ("t2".parse().unwrap(), || [].into());
    assert_eq!(store.save_team(&id, "ärzte".to_owned(), members(), at(NOW)).await, Err(TAKEN));
    // Its own name in another case is not taken.
    store.save_team(&id, "WACHE".to_owned(), members(), at(NOW)).await.unwrap();
    let mut names = names(&*store).await;
    names.sort();
    assert_eq!(names, ["WACHE", "Ärzte"]);
}

pub(crate) async fn members_of_a_team_know_it_at_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let (ana, bo) = (add_user(&*store, "ana", Role::Viewer).await.id, add_user(&*store, "bo", Role::Viewer).await.id);
    store.begin_session(&ana, session(1), at(NOW)).await.unwrap();
    let (one, two) = (team("one", "One", &[&ana]), team("two", "Two", &[&ana, &bo]));
    store.add_team(one.clone(), at(NOW)).await.unwrap();
    store.add_team(two.clone(), at(NOW)).await.unwrap();
    assert_eq!(store.user(&ana).await.unwrap().teams, [one.id.clone(), two.id.clone()].into());
    assert_eq!(store.session(&session_id(1), NOW).await.unwrap().1.teams, [one.id.clone(), two.id.clone()].into());
    assert_eq!(store.credentials_of(&ana).await.unwrap().user.teams.len(), 2);

    let members = [bo.clone(), "nobody".parse().unwrap()].into();
    store.save_team(&one.id, "Uno".to_owned(), members, at(NOW)).await.unwrap();
    assert_eq!(store.session(&session_id(1), NOW).await.unwrap().1.teams, [two.id.clone()].into());
    assert_eq!(store.user(&bo).await.unwrap().teams, [one.id.clone(), two.id.clone()].into());
    let saved = store.teams().await.unwrap().into_iter().find(|team| team.id == one.id).unwrap();
    assert_eq!((saved.name.as_str(), saved.members, saved.created), ("Uno", [bo].into(), NOW));
    let missing = store.save_team(&"x".parse().unwrap(), "X".to_owned(), [].into(), at(NOW)).await;
    assert_eq!(missing, Err(NO_TEAM));
}

pub(crate) async fn a_team_is_dissolved_with_all_that_was_granted_to_it(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    let team = team("t", "T", &[&ana]);
    store.add_team(team.clone(), at(NOW)).await.unwrap();
    let grant = |to: &str| Grant { to: to.parse().unwrap(), level: Level::View };
    for id in ["a", "b"] {
        store.add_dashboard(dashboard(id, "D"), NOW).await.unwrap();
        let grants = vec![grant("team:t"), grant("user:ana")];
        store.set_grants(&dashboard_id(id), grants, at(NOW)).await.unwrap();
    }
    store.delete_team(&team.id, at(NOW)).await.unwrap();
    assert_eq!(store.teams().await, Ok(Vec::new()));
    assert!(store.user(&ana).await.unwrap().teams.is_empty());
    for id in ["a", "b"] {
        assert_eq!(store.grants(&dashboard_id(id)).await, Ok(vec![grant("user:ana")]));
    }
    assert_eq!(store.delete_team(&team.id, at(NOW)).await, Err(NO_TEAM));
    // The name is free again.
    store.add_team(team, at(NOW)).await.unwrap();
}
