use tideboard_access::Role;
use tideboard_store::{SESSION_LIFETIME_MS, StoreError, USER_AGENT_MAX_CHARS};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, later, owner, refresh_hash, session, session_id};

const NO_SESSION: StoreError = StoreError::NotFound { what: "session" };

pub(crate) async fn a_session_lasts_thirty_days(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let (begun, user) = store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    assert_eq!((&begun.id, &begun.user, &user.id), (&session_id(1), &owner, &owner));
    assert_eq!((begun.created, begun.expires), (NOW, later(30 * 86_400_000)));
    assert_eq!(begun.device, session(1).device);
    let last = later(SESSION_LIFETIME_MS - 1);
    assert_eq!(store.session(&session_id(1), last).await, Ok((begun.clone(), user)));
    // Using it does not make it last longer.
    store.touch_session(&session_id(1), last).await.unwrap();
    let refreshed = store.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 10_000, last).await;
    assert!(refreshed.is_ok());
    assert_eq!(store.session(&session_id(1), begun.expires).await, Err(NO_SESSION));
    assert_eq!(store.sessions(&owner, begun.expires).await, Ok(Vec::new()));
    assert_eq!(store.session(&session_id(2), NOW).await, Err(NO_SESSION));
}

pub(crate) async fn a_session_of_nobody_is_refused(backend: &dyn Backend) {
    let store = backend.open().await;
    let refused = store.begin_session(&"nobody".parse().unwrap(), session(1), at(NOW)).await;
    assert_eq!(refused, Err(StoreError::NotFound { what: "user" }));
}

pub(crate) async fn a_revoked_session_counts_no_more(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.revoke_session(&owner, &session_id(1), at(later(5))).await.unwrap();
    // Another node sees it too.
    assert_eq!(backend.open().await.session(&session_id(1), later(5)).await, Err(NO_SESSION));
    assert_eq!(store.sessions(&owner, later(5)).await, Ok(Vec::new()));
    assert_eq!(store.revoke_session(&owner, &session_id(1), at(later(6))).await, Err(NO_SESSION));
    let again = store.begin_session(&owner, session(1), at(later(7))).await;
    assert_eq!(again, Err(StoreError::Exists { what: "session" }));
}

pub(crate) async fn sessions_are_revoked_by_their_own_user_only(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let ana = add_user(&*store, "ana", Role::Admin).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    assert_eq!(store.revoke_session(&ana.id, &session_id(1), at(NOW)).await, Err(NO_SESSION));
    assert!(store.session(&session_id(1), NOW).await.is_ok());
}

pub(crate) async fn all_sessions_but_one_are_revoked_at_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    for seed in 1..=3 {
        store.begin_session(&owner, session(seed), at(later(i64::from(seed)))).await.unwrap();
    }
    store.begin_session(&ana.id, session(4), at(NOW)).await.unwrap();
    let ids = |list: Vec<tideboard_store::Session>| list.into_iter().map(|s| s.id).collect::<Vec<_>>();
    let listed = ids(store.sessions(&owner, later(9)).await.unwrap());
    assert_eq!(listed, [session_id(3), session_id(2), session_id(1)]);

    let ended = store.revoke_other_sessions(&owner, Some(session_id(2)), at(later(9))).await.unwrap();
    assert_eq!(ended, [session_id(3), session_id(1)]);
    assert_eq!(ids(store.sessions(&owner, later(9)).await.unwrap()), [session_id(2)]);
    assert!(store.session(&session_id(4), later(9)).await.is_ok());
    assert_eq!(store.revoke_other_sessions(&owner, None, at(later(9))).await.unwrap(), [session_id(2)]);
    assert_eq!(store.revoke_other_sessions(&owner, None, at(later(9))).await, Ok(Vec::new()));
}

pub(crate) async fn a_touched_session_is_seen_to_the_minute(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    // Touched at, and last seen then.
    for (touched, seen) in [(59_999, 0), (60_000, 60_000), (61_000, 60_000), (30_000, 60_000), (120_000, 120_000)] {
        store.touch_session(&session_id(1), later(touched)).await.unwrap();
        let (session, _) = store.session(&session_id(1), later(touched)).await.unwrap();
        assert_eq!(session.last_seen, later(seen), "touched at {touched}");
    }
    store.touch_session(&session_id(9), NOW).await.unwrap();
}

pub(crate) async fn labels_are_cut_and_cleaned(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut new = session(1);
    new.device.user_agent = format!("a\r\nb{}", "é".repeat(1_000));
    let (begun, _) = store.begin_session(&owner(&*store).await, new, at(NOW)).await.unwrap();
    assert!(begun.device.user_agent.starts_with("abé"));
    assert_eq!(begun.device.user_agent.chars().count(), USER_AGENT_MAX_CHARS);
    assert_eq!(store.session(&session_id(1), NOW).await.unwrap().0, begun);
}

pub(crate) async fn a_role_changed_during_a_session_counts_at_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    store.begin_session(&ana.id, session(1), at(NOW)).await.unwrap();
    store.set_role(&ana.id, Role::Viewer, at(NOW)).await.unwrap();
    assert_eq!(store.session(&session_id(1), NOW).await.unwrap().1.role, Role::Viewer);
}
