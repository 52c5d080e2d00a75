use std::collections::BTreeSet;

use serde_json::json;
use tideboard_access::{Reach, Role, SigningKey};
use tideboard_store::{AuditEntry, LinkPurpose, NewAudit, Store, StoreError};

use crate::backend::Backend;
use crate::sample::{
    NOW, account, add_user, at, dashboard, dashboard_id, invite, invite_hash, key, later, link, link_hash, login,
    noted, owner, password, session, session_id, team,
};

async fn all(store: &dyn Store) -> Vec<AuditEntry> {
    store.audit_entries(None, 1_000).await.unwrap()
}

fn numbers(entries: &[AuditEntry]) -> Vec<i64> {
    entries.iter().map(|entry| entry.number).collect()
}

pub(crate) async fn entries_are_numbered_from_one_and_read_back_newest_first(backend: &dyn Backend) {
    let store = backend.open().await;
    assert_eq!(all(&*store).await, []);
    let given = noted(later(7), "first.thing");
    store.audit(given.clone()).await.unwrap();
    let NewAudit { at, actor, action, target, detail } = given;
    let (who, address, action) = (actor.who, actor.address, action.to_owned());
    assert_eq!(all(&*store).await, [AuditEntry { number: 1, at, who, address, action, target, detail }]);

    for number in 2..=9 {
        let detail = json!({"number": number});
        store.audit(NewAudit { detail, ..noted(NOW, "more") }).await.unwrap();
    }
    let read = async |before, limit| numbers(&store.audit_entries(before, limit).await.unwrap());
    assert_eq!(read(None, 3).await, [9, 8, 7]);
    assert_eq!(read(Some(7), 3).await, [6, 5, 4]);
    assert_eq!(read(Some(3), 100).await, [2, 1]);
    assert_eq!(read(Some(1), 3).await, [0; 0]);
    assert_eq!(read(None, 0).await, [0; 0]);
}

pub(crate) async fn many_who_note_at_once_leave_no_gap(backend: &dyn Backend) {
    let (one, other) = (backend.open().await, backend.open().await);
    let note = async |number: usize| {
        let store = if number.is_multiple_of(2) { &one } else { &other };
        store.audit(noted(NOW, "at.once")).await.unwrap();
        // Refused: it takes no number.
        assert!(store.revoke_key(&"none".parse().unwrap(), at(NOW)).await.is_err());
    };
    crate::backend::all((0..30).map(note)).await;
    assert_eq!(numbers(&all(&*one).await), (1..=30).rev().collect::<Vec<_>>());
}

/// The actions that were noted since a number, the oldest first.
async fn since(store: &dyn Store, number: &mut i64) -> Vec<String> {
    let entries = all(store).await;
    let new = entries.iter().take_while(|entry| entry.number > *number).map(|entry| entry.action.clone());
    let mut new: Vec<_> = new.collect();
    new.reverse();
    *number = entries.first().map_or(0, |entry| entry.number);
    new
}

pub(crate) async fn every_change_is_noted_in_the_same_step(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut number = 0;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    let n = |action| noted(NOW, action);
    store.set_role(&ana, Role::Admin, n("role")).await.unwrap();
    store.set_reach(&ana, Reach::all(), n("reach")).await.unwrap();
    store.set_profile(&ana, "A".to_owned(), Some(login("a")), n("profile")).await.unwrap();
    store.set_disabled(&ana, true, n("out")).await.unwrap();
    store.set_disabled(&ana, false, n("in")).await.unwrap();
    store.set_password(&ana, password("p"), None, n("password")).await.unwrap();
    store.set_totp(&ana, None, n("totp")).await.unwrap();
    let key = SigningKey::from_seed(&[9; 32]).unwrap();
    store.rotate_signing_key(key, n("rotate")).await.unwrap();
    let expected = ["role", "reach", "profile", "out", "in", "password", "totp", "rotate"];
    assert_eq!(since(&*store, &mut number).await, expected);

    for seed in 1..=2 {
        store.begin_session(&ana, session(seed), n("begin")).await.unwrap();
    }
    store.revoke_session(&ana, &session_id(1), n("revoke")).await.unwrap();
    store.revoke_other_sessions(&ana, None, n("others")).await.unwrap();
    store.offer_link(link(&ana, 1, LinkPurpose::SignIn), n("offer")).await.unwrap();
    store.sign_in(link_hash(1), session(3), n("sign_in")).await.unwrap();
    store.offer_link(link(&ana, 2, LinkPurpose::Reset), n("offer")).await.unwrap();
    store.reset_password(link_hash(2), password("q"), n("reset")).await.unwrap();
    let expected = ["begin", "begin", "revoke", "others", "offer", "sign_in", "offer", "reset"];
    assert_eq!(since(&*store, &mut number).await, expected);
    rest_is_noted(&*store, number).await;
}

async fn rest_is_noted(store: &dyn Store, mut number: i64) {
    let owner = owner(store).await;
    let n = |action| noted(NOW, action);
    store.add_invite(invite("i", 1, &owner), n("invite")).await.unwrap();
    store.accept_invite(invite_hash(1), account("bo"), session(4), n("accept")).await.unwrap();
    store.add_invite(invite("j", 2, &owner), n("invite")).await.unwrap();
    store.revoke_invite(&"j".parse().unwrap(), n("back")).await.unwrap();
    let team = team("t", "T", &[]);
    store.add_team(team.clone(), n("team")).await.unwrap();
    store.save_team(&team.id, "U".to_owned(), BTreeSet::new(), n("saved")).await.unwrap();
    store.delete_team(&team.id, n("dissolved")).await.unwrap();
    let key = key("k", 1, &owner);
    store.add_key(key.clone(), n("key")).await.unwrap();
    store.revoke_key(&key.id, n("key.revoke")).await.unwrap();
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    store.set_grants(&dashboard_id("d"), Vec::new(), n("share")).await.unwrap();
    let expected = ["invite", "accept", "invite", "back", "team", "saved", "dissolved", "key", "key.revoke", "share"];
    assert_eq!(since(store, &mut number).await, expected);
}

pub(crate) async fn what_is_refused_is_not_noted(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let nobody = "nobody".parse().unwrap();
    let refused = |is_err: bool| assert!(is_err);
    refused(store.set_role(&owner, Role::Viewer, at(NOW)).await.is_err());
    refused(store.set_disabled(&owner, true, at(NOW)).await.is_err());
    refused(store.set_totp(&nobody, None, at(NOW)).await.is_err());
    refused(store.begin_session(&nobody, session(1), at(NOW)).await.is_err());
    refused(store.sign_in(link_hash(1), session(1), at(NOW)).await.is_err());
    refused(store.accept_invite(invite_hash(1), account("bo"), session(1), at(NOW)).await.is_err());
    refused(store.delete_team(&"t".parse().unwrap(), at(NOW)).await.is_err());
    refused(store.add_key(key("k", 1, &nobody), at(NOW)).await.is_err());
    refused(store.set_grants(&dashboard_id("d"), Vec::new(), at(NOW)).await.is_err());
    let unknown = store.use_recovery_code(&owner, link_hash(1), at(NOW)).await;
    assert_eq!(unknown, Ok::<_, StoreError>(false));
    assert_eq!(all(&*store).await, []);
}
