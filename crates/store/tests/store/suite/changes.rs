use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tideboard_access::{Grant, Level, Reach, Role, SigningKey, Subject, UserId};
use tideboard_boards::Dashboard;
use tideboard_store::{CHANGES_MAX, Change, ChangePoint, Changed, LinkPurpose, Store};

use crate::backend::Backend;
use crate::sample::{
    NOW, account, add_user, at, dashboard, dashboard_id, invite, invite_hash, key, later, link, link_hash, owner,
    password, refresh_hash, session, session_id, team, view,
};

/// Where someone stands who knows all that is there.
async fn now(store: &dyn Store) -> ChangePoint {
    let changes = store.changes(None).await.unwrap();
    assert_eq!(changes.changed, Changed::Everything);
    changes.upto
}

/// What changed since; moves the point.
async fn since(store: &dyn Store, point: &mut ChangePoint) -> Vec<Change> {
    let changes = store.changes(Some(*point)).await.unwrap();
    *point = changes.upto;
    match changes.changed {
        Changed::These(these) => these,
        Changed::Everything => panic!("everything changed"),
    }
}

pub(crate) async fn every_change_is_told_in_order(backend: &dyn Backend) {
    let (store, other) = (backend.open().await, backend.open().await);
    let owner = owner(&*store).await;
    let mut point = now(&*other).await;
    assert_eq!(since(&*other, &mut point).await, []);
    users_are_told(&*store, &*other, &mut point).await;

    for seed in 1..=3 {
        store.begin_session(&owner, session(seed), at(NOW)).await.unwrap();
    }
    store.revoke_session(&owner, &session_id(2), at(NOW)).await.unwrap();
    store.revoke_other_sessions(&owner, Some(session_id(1)), at(NOW)).await.unwrap();
    let ended = [2, 3].map(|seed| Change::SessionEnded { id: session_id(seed) });
    assert_eq!(since(&*other, &mut point).await, ended);

    let key = key("k", 1, &owner);
    store.add_key(key.clone(), at(NOW)).await.unwrap();
    store.revoke_key(&key.id, at(NOW)).await.unwrap();
    store.rotate_signing_key(SigningKey::from_seed(&[9; 32]).unwrap(), at(NOW)).await.unwrap();
    assert_eq!(since(&*other, &mut point).await, [Change::KeyRevoked { id: key.id }, Change::SigningKeyRotated]);
    dashboards_are_told(&*store, &*other, &mut point).await;

    let (user, dashboard) = (owner, dashboard_id("d"));
    store.save_personal_view(&user, view("d", 0), NOW).await.unwrap();
    store.delete_personal_view(&user, &dashboard, NOW).await.unwrap();
    let changed = Change::PersonalViewChanged { user, dashboard };
    assert_eq!(since(&*other, &mut point).await, [changed.clone(), changed]);
    assert_eq!(since(&*other, &mut point).await, []);
}

fn changed(id: &str) -> Change {
    Change::UserChanged { id: id.parse().unwrap() }
}

async fn users_are_told(store: &dyn Store, other: &dyn Store, point: &mut ChangePoint) {
    let ana = add_user(store, "ana", Role::Editor).await.id;
    store.set_role(&ana, Role::Viewer, at(NOW)).await.unwrap();
    store.set_reach(&ana, Reach::all(), at(NOW)).await.unwrap();
    store.set_profile(&ana, "A".to_owned(), None, at(NOW)).await.unwrap();
    store.set_totp(&ana, None, at(NOW)).await.unwrap();
    store.set_disabled(&ana, true, at(NOW)).await.unwrap();
    store.set_disabled(&ana, false, at(NOW)).await.unwrap();
    assert_eq!(since(other, point).await, [(); 7].map(|()| changed("ana")));

    let owner = owner(store).await;
    store.add_invite(invite("i", 1, &owner), at(NOW)).await.unwrap();
    store.accept_invite(invite_hash(1), account("bo"), session(9), at(NOW)).await.unwrap();
    assert_eq!(since(other, point).await, [changed("bo")]);
}

/// In what order the members of one team are told is nobody's business.
async fn since_sorted(store: &dyn Store, point: &mut ChangePoint) -> Vec<Change> {
    let mut changes = since(store, point).await;
    changes.sort_by_key(|change| format!("{change:?}"));
    changes
}

pub(crate) async fn who_comes_or_goes_with_a_team_is_told_of(backend: &dyn Backend) {
    let store = backend.open().await;
    let [a, b, c] = ["a", "b", "c"].map(|id| id.parse::<UserId>().unwrap());
    for id in ["a", "b", "c"] {
        add_user(&*store, id, Role::Viewer).await;
    }
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    store.add_dashboard(dashboard("e", "E"), NOW).await.unwrap();
    let mut point = now(&*store).await;
    let team = team("t", "T", &[&a, &b, &"nobody".parse().unwrap()]);
    store.add_team(team.clone(), at(NOW)).await.unwrap();
    assert_eq!(since_sorted(&*store, &mut point).await, [changed("a"), changed("b")]);
    store.save_team(&team.id, "T".to_owned(), [b.clone(), c.clone()].into(), at(NOW)).await.unwrap();
    assert_eq!(since_sorted(&*store, &mut point).await, [changed("a"), changed("c")]);
    store.save_team(&team.id, "U".to_owned(), [b, c].into(), at(NOW)).await.unwrap();
    assert_eq!(since(&*store, &mut point).await, [], "its name is nothing that anyone holds a copy of");

    let grants = vec![Grant { to: Subject::Team(team.id.clone()), level: Level::View }];
    store.set_grants(&dashboard_id("d"), grants, at(NOW)).await.unwrap();
    let shared = Change::DashboardShared { id: dashboard_id("d") };
    assert_eq!(since(&*store, &mut point).await, std::slice::from_ref(&shared));
    store.delete_team(&team.id, at(NOW)).await.unwrap();
    assert_eq!(since_sorted(&*store, &mut point).await, [shared, changed("b"), changed("c")]);
}

pub(crate) async fn every_way_in_which_a_session_ends_is_told(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    let mut point = now(&*store).await;
    let ended = |seed| Change::SessionEnded { id: session_id(seed) };
    for seed in 1..=4 {
        store.begin_session(&ana, session(seed), at(NOW)).await.unwrap();
        match seed {
            1 => drop(store.set_password(&ana, password("p"), None, at(NOW)).await.unwrap()),
            2 => {
                store.offer_link(link(&ana, 1, LinkPurpose::Reset), at(NOW)).await.unwrap();
                store.reset_password(link_hash(1), password("q"), at(NOW)).await.unwrap();
            }
            3 => {
                for after in [0, 100] {
                    store.refresh(refresh_hash(3, 0), refresh_hash(3, 1), 10, later(after)).await.unwrap();
                }
            }
            _ => {
                store.set_disabled(&ana, true, at(NOW)).await.unwrap();
                assert_eq!(since_sorted(&*store, &mut point).await, [ended(4), changed("ana")]);
                continue;
            }
        }
        assert_eq!(since(&*store, &mut point).await, [ended(seed)]);
    }
}

async fn dashboards_are_told(store: &dyn Store, other: &dyn Store, point: &mut ChangePoint) {
    let id = || dashboard_id("d");
    let saved = |revision| Change::DashboardSaved { id: id(), revision };
    let added = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    store.save_dashboard(added, NOW).await.unwrap();
    store.delete_dashboard(&id(), 2, NOW).await.unwrap();
    store.restore_dashboard(&id(), NOW).await.unwrap();
    store.move_dashboard(&id(), 0).await.unwrap();
    let deleted = Change::DashboardDeleted { id: id(), revision: 3 };
    let moved = Change::DashboardMoved { id: id() };
    assert_eq!(since(other, point).await, [saved(1), saved(2), deleted, saved(4), moved]);

    store.seed_dashboards(vec![dashboard("d", "D"), dashboard("e", "E")], NOW).await.unwrap();
    assert_eq!(since(other, point).await, [Change::DashboardSaved { id: dashboard_id("e"), revision: 1 }]);
}

pub(crate) async fn what_changes_nothing_is_not_told(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    let mut point = now(&*store).await;

    // Refused.
    assert!(store.set_role(&owner, Role::Viewer, at(NOW)).await.is_err());
    assert!(store.set_disabled(&owner, true, at(NOW)).await.is_err());
    assert!(store.add_dashboard(dashboard("d", "D"), NOW).await.is_err());
    assert!(store.save_dashboard(Dashboard { revision: 9, ..dashboard("d", "D") }, NOW).await.is_err());
    assert!(store.revoke_session(&owner, &session_id(1), at(NOW)).await.is_err());
    // Nothing that anyone holds a copy of.
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 10_000, NOW).await.unwrap();
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    store.add_invite(invite("i", 1, &owner), at(NOW)).await.unwrap();
    store.add_key(key("k", 1, &owner), at(NOW)).await.unwrap();
    store.audit(at(NOW)).await.unwrap();
    store.delete_personal_view(&owner, &dashboard_id("d"), NOW).await.unwrap();
    assert_eq!(since(&*store, &mut point).await, []);
}

pub(crate) async fn whoever_knows_nothing_is_told_everything(backend: &dyn Backend) {
    let store = backend.open().await;
    let start = now(&*store).await;
    add_user(&*store, "ana", Role::Editor).await;
    let mut later = start;
    assert_eq!(since(&*store, &mut later).await, [changed("ana")]);
    assert_eq!(now(&*store).await, later);
    assert_eq!(later.number(), start.number() + 1);
}

/// As many changes as a store keeps, and more.
pub(crate) async fn a_reader_too_far_behind_is_told_everything(backend: &dyn Backend) {
    let store = backend.open().await;
    let start = now(&*store).await;
    for round in 0..3 {
        let many = (0..1_000).map(|number| dashboard(&format!("d{round}-{number}"), "D"));
        store.seed_dashboards(many.collect(), NOW).await.unwrap();
    }
    let answer = store.changes(Some(start)).await.unwrap();
    assert_eq!(answer.changed, Changed::Everything);
    assert_eq!(answer.upto.number(), start.number() + 3_000);
    let mut point = answer.upto;
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    let saved = Change::DashboardSaved { id: dashboard_id("d"), revision: 1 };
    assert_eq!(since(&*store, &mut point).await, [saved]);
}

pub(crate) async fn long_lists_of_changes_come_in_parts(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut point = now(&*store).await;
    let many = (0..=CHANGES_MAX).map(|number| dashboard(&format!("d{number}"), "D"));
    store.seed_dashboards(many.collect(), NOW).await.unwrap();
    assert_eq!(since(&*store, &mut point).await.len(), CHANGES_MAX);
    let last = Change::DashboardSaved { id: dashboard_id(&format!("d{CHANGES_MAX}")), revision: 1 };
    assert_eq!(since(&*store, &mut point).await, [last]);
    assert_eq!(since(&*store, &mut point).await, []);
}

/// Writers overlap, each with a dashboard of its own, whose revisions must come to the reader one after the other;
/// and what the reader was told of can be read.
pub(crate) async fn no_change_of_many_writers_is_skipped(backend: &dyn Backend) {
    const WRITERS: usize = 8;
    const SAVES: u32 = 30;
    let store = backend.open().await;
    let mut point = now(&*store).await;
    let done = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        writers.push((writer, backend.open().await));
    }
    let write = async |writer: usize, store: Box<dyn Store>| {
        let mut current = store.add_dashboard(dashboard(&format!("w{writer}"), "W"), NOW).await.unwrap();
        for _ in 1..SAVES {
            current = store.save_dashboard(current, NOW).await.unwrap();
        }
    };
    let writing = async {
        let writing = writers.into_iter().map(|(writer, store)| write(writer, store));
        crate::backend::all(writing).await;
        done.store(true, Ordering::Release);
    };
    let reading = async {
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        loop {
            let last_round = done.load(Ordering::Acquire);
            for change in since(&*store, &mut point).await {
                let Change::DashboardSaved { id, revision } = change else { panic!("{change:?}") };
                let before = seen.insert(id.to_string(), revision).unwrap_or(0);
                assert_eq!(revision, before + 1, "{id}");
                assert!(store.dashboard(&id).await.unwrap().revision >= revision);
            }
            if last_round {
                return seen;
            }
        }
    };
    let ((), seen) = tokio::join!(writing, reading);
    assert_eq!(seen.len(), WRITERS);
    assert!(seen.values().all(|revision| *revision == SAVES), "{seen:?}");
}
