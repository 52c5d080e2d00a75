use tideboard_access::{Role, UserId};
use tideboard_store::{Refreshed, SESSION_LIFETIME_MS, Store, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, later, owner, refresh_hash, session, session_id};

const NO_SESSION: StoreError = StoreError::NotFound { what: "session" };
const GRACE: i64 = 10_000;

/// A store whose owner has session 1.
async fn with_session(backend: &dyn Backend) -> (Box<dyn Store>, UserId) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    (store, owner)
}

/// Presents the secret of a generation for that of the next one.
async fn refresh(store: &dyn Store, generation: u8, at: i64) -> Result<Refreshed, StoreError> {
    let (presented, successor) = (refresh_hash(1, generation), refresh_hash(1, generation + 1));
    store.refresh(presented, successor, GRACE, later(at)).await
}

#[track_caller]
fn assert_on(refreshed: &Result<Refreshed, StoreError>) {
    assert!(matches!(refreshed, Ok(Refreshed::On(session, _)) if session.id == session_id(1)), "{refreshed:?}");
}

/// What was answered to a reuse, and that the session has ended for all.
async fn assert_ended(store: &dyn Store, refreshed: Result<Refreshed, StoreError>, owner: &UserId, now: i64) {
    assert_eq!(refreshed, Ok(Refreshed::Reused(session_id(1), owner.clone())));
    assert_eq!(store.session(&session_id(1), later(now)).await, Err(NO_SESSION));
    for generation in 0..4 {
        assert_eq!(refresh(store, generation, now).await, Err(NO_SESSION), "generation {generation}");
    }
}

pub(crate) async fn a_session_goes_on_from_secret_to_secret(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    for generation in 0..20 {
        let refreshed = refresh(&*store, generation, i64::from(generation) * 600_000).await.unwrap();
        let Refreshed::On(session, user) = refreshed else { panic!("{refreshed:?}") };
        assert_eq!(store.session(&session_id(1), NOW).await, Ok((*session, (*user).clone())));
        assert_eq!(user.id, owner);
    }
    assert!(store.session(&session_id(1), NOW).await.is_ok());
    assert_eq!(refresh(&*store, 50, 0).await, Err(NO_SESSION), "nobody knows it");
}

pub(crate) async fn a_secret_presented_again_within_its_grace_is_answered_alike(backend: &dyn Backend) {
    let (store, _) = with_session(backend).await;
    let first = refresh(&*store, 0, 0).await;
    assert_on(&first);
    for at in [0, 1, GRACE - 1] {
        assert_eq!(refresh(&*backend.open().await, 0, at).await, first, "after {at} ms");
    }
    // The clocks of two nodes differ.
    assert_eq!(refresh(&*store, 0, -50).await, first);
    assert_on(&refresh(&*store, 1, GRACE - 1).await);
}

pub(crate) async fn a_secret_presented_again_after_its_grace_ends_the_session(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    assert_on(&refresh(&*store, 0, 0).await);
    let reused = refresh(&*store, 0, GRACE).await;
    assert_ended(&*store, reused, &owner, GRACE).await;
}

pub(crate) async fn a_secret_whose_successor_was_used_ends_the_session_even_within_its_grace(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    assert_on(&refresh(&*store, 0, 0).await);
    assert_on(&refresh(&*store, 1, 1).await);
    let reused = refresh(&*store, 0, 2).await;
    assert_ended(&*store, reused, &owner, 2).await;
}

pub(crate) async fn a_secret_has_one_successor(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    assert_on(&refresh(&*store, 0, 0).await);
    let other = store.refresh(refresh_hash(1, 0), refresh_hash(1, 99), GRACE, later(1)).await;
    assert_ended(&*store, other, &owner, 1).await;
    assert_eq!(store.refresh(refresh_hash(1, 99), refresh_hash(1, 100), GRACE, NOW).await, Err(NO_SESSION));
}

pub(crate) async fn a_reuse_ends_its_own_session_alone_and_is_noted(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    store.begin_session(&owner, session(2), at(NOW)).await.unwrap();
    assert_on(&refresh(&*store, 0, 0).await);
    let noted = store.audit_entries(None, 10).await.unwrap().len();
    assert!(matches!(refresh(&*store, 0, GRACE * 2).await, Ok(Refreshed::Reused(..))));
    assert!(store.session(&session_id(2), later(GRACE * 2)).await.is_ok());
    let entries = store.audit_entries(None, 10).await.unwrap();
    assert_eq!(entries.len(), noted + 1, "going on is not noted, a reuse is");
    let entry = &entries[0];
    assert_eq!((entry.at, entry.action.as_str(), entry.address.as_str()), (later(GRACE * 2), "session.reuse", ""));
    assert_eq!((&entry.who, &entry.target), (&format!("user:{owner}"), &format!("session:{}", session_id(1))));
}

pub(crate) async fn a_session_that_counts_no_more_does_not_go_on(backend: &dyn Backend) {
    let (store, owner) = with_session(backend).await;
    assert_eq!(refresh(&*store, 0, SESSION_LIFETIME_MS).await, Err(NO_SESSION));
    store.revoke_session(&owner, &session_id(1), at(NOW)).await.unwrap();
    assert_eq!(refresh(&*store, 0, 0).await, Err(NO_SESSION));

    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    store.begin_session(&ana, session(2), at(NOW)).await.unwrap();
    store.set_disabled(&ana, true, at(NOW)).await.unwrap();
    let refused = store.refresh(refresh_hash(2, 0), refresh_hash(2, 1), GRACE, NOW).await;
    assert_eq!(refused, Err(NO_SESSION));
}

pub(crate) async fn of_fifty_at_once_all_get_the_one_successor(backend: &dyn Backend) {
    let (one, owner) = with_session(backend).await;
    let other = backend.open().await;
    for generation in 0..3 {
        let now = i64::from(generation) * 600_000;
        let ask = async |number: i64| {
            let store = if number % 2 == 0 { &one } else { &other };
            // Whoever asked first is not always answered first.
            assert_on(&refresh(&**store, generation, now + number % 7).await);
        };
        crate::backend::all((0..50).map(ask)).await;
    }
    assert_eq!(one.sessions(&owner, later(2_000_000)).await.unwrap().len(), 1);
    assert_on(&refresh(&*one, 3, 2_000_000).await);
}

pub(crate) async fn of_fifty_who_want_another_successor_each_one_gets_it_and_the_session_ends(backend: &dyn Backend) {
    let (one, _) = with_session(backend).await;
    let other = backend.open().await;
    let on = std::cell::Cell::new(Vec::new());
    let ask = async |number: u8| {
        let store = if number.is_multiple_of(2) { &one } else { &other };
        let refreshed = store.refresh(refresh_hash(1, 0), refresh_hash(1, 100 + number), GRACE, NOW).await;
        match refreshed {
            Ok(Refreshed::On(..)) => {
                let mut so_far = on.take();
                so_far.push(number);
                on.set(so_far);
            }
            Ok(Refreshed::Reused(..)) | Err(StoreError::NotFound { .. }) => {}
            Err(other) => panic!("{other}"),
        }
    };
    crate::backend::all((0..50).map(ask)).await;
    let on = on.take();
    assert_eq!(on.len(), 1, "{on:?}");
    let last = one.refresh(refresh_hash(1, 100 + on[0]), refresh_hash(1, 1), GRACE, NOW).await;
    assert_eq!(last, Err(NO_SESSION));
    let reuses = one.audit_entries(None, 100).await.unwrap();
    assert_eq!(reuses.iter().filter(|entry| entry.action == "session.reuse").count(), 1);
}
