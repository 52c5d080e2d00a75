use tideboard_access::Role;
use tideboard_store::{SESSION_LIFETIME_MS, SIGN_IN_MAX_MS, StoreError, USER_AGENT_MAX_CHARS};

use crate::backend::Backend;
use crate::sample::{NOW, later, owner, session, session_hash, sign_in, sign_in_hash, user};

const NO_SESSION: StoreError = StoreError::NotFound { what: "session" };
const NO_TOKEN: StoreError = StoreError::NotFound { what: "sign-in token" };

pub(crate) async fn a_session_lasts_thirty_days(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let begun = store.begin_session(session(&owner, 1), NOW).await.unwrap();
    assert_eq!(begun.expires, later(30 * 86_400_000));
    let last = later(SESSION_LIFETIME_MS - 1);
    let (found, user) = store.session(session_hash(1), last).await.unwrap();
    assert_eq!((found, user.id), (begun.clone(), owner.clone()));
    // Using it does not make it last longer.
    store.touch_session(session_hash(1), last).await.unwrap();
    assert_eq!(store.session(session_hash(1), begun.expires).await, Err(NO_SESSION));
    assert_eq!(store.sessions(&owner, begun.expires).await, Ok(Vec::new()));
    assert_eq!(store.session(session_hash(2), NOW).await, Err(NO_SESSION));
}

pub(crate) async fn a_session_of_nobody_is_refused(backend: &dyn Backend) {
    let store = backend.open().await;
    let nobody = "nobody".parse().unwrap();
    let refused = Err(StoreError::NotFound { what: "user" });
    assert_eq!(store.begin_session(session(&nobody, 1), NOW).await.map(drop), refused);
    assert_eq!(store.offer_sign_in(sign_in(&nobody, 1), NOW).await, refused);
}

pub(crate) async fn a_revoked_session_counts_no_more(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(session(&owner, 1), NOW).await.unwrap();
    store.revoke_session(&owner, session_hash(1), later(5)).await.unwrap();
    // Another node sees it too.
    assert_eq!(backend.open().await.session(session_hash(1), later(5)).await, Err(NO_SESSION));
    assert_eq!(store.sessions(&owner, later(5)).await, Ok(Vec::new()));
    assert_eq!(store.revoke_session(&owner, session_hash(1), later(6)).await, Err(NO_SESSION));
    let again = store.begin_session(session(&owner, 1), later(7)).await;
    assert_eq!(again, Err(StoreError::Exists { what: "session" }));
}

pub(crate) async fn sessions_are_revoked_by_their_own_user_only(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let ana = user("ana", Role::Editor);
    store.add_user(ana.clone()).await.unwrap();
    store.begin_session(session(&owner, 1), NOW).await.unwrap();
    assert_eq!(store.revoke_session(&ana.id, session_hash(1), NOW).await, Err(NO_SESSION));
    assert!(store.session(session_hash(1), NOW).await.is_ok());
}

pub(crate) async fn all_sessions_but_one_are_revoked_at_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let ana = user("ana", Role::Editor);
    store.add_user(ana.clone()).await.unwrap();
    for seed in 1..=3 {
        store.begin_session(session(&owner, seed), later(i64::from(seed))).await.unwrap();
    }
    store.begin_session(session(&ana.id, 4), NOW).await.unwrap();
    let hashes = |list: Vec<tideboard_store::Session>| list.into_iter().map(|s| s.hash).collect::<Vec<_>>();
    let listed = hashes(store.sessions(&owner, later(9)).await.unwrap());
    assert_eq!(listed, [session_hash(3), session_hash(2), session_hash(1)]);

    let ended = store.revoke_other_sessions(&owner, Some(session_hash(2)), later(9)).await.unwrap();
    assert_eq!(ended, [session_hash(3), session_hash(1)]);
    assert_eq!(hashes(store.sessions(&owner, later(9)).await.unwrap()), [session_hash(2)]);
    assert!(store.session(session_hash(4), later(9)).await.is_ok());
    assert_eq!(store.revoke_other_sessions(&owner, None, later(9)).await.unwrap(), [session_hash(2)]);
}

pub(crate) async fn a_touched_session_is_seen_to_the_minute(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(session(&owner, 1), NOW).await.unwrap();
    // Touched at, and last seen then.
    for (touched, seen) in [(59_999, 0), (60_000, 60_000), (61_000, 60_000), (30_000, 60_000), (120_000, 120_000)] {
        store.touch_session(session_hash(1), later(touched)).await.unwrap();
        let (session, _) = store.session(session_hash(1), later(touched)).await.unwrap();
        assert_eq!(session.last_seen, later(seen), "touched at {touched}");
    }
    store.touch_session(session_hash(9), NOW).await.unwrap();
}

pub(crate) async fn labels_are_cut_and_cleaned(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut new = session(&owner(&*store).await, 1);
    new.user_agent = format!("a\r\nb{}", "é".repeat(1_000));
    let begun = store.begin_session(new, NOW).await.unwrap();
    assert!(begun.user_agent.starts_with("abé"));
    assert_eq!(begun.user_agent.chars().count(), USER_AGENT_MAX_CHARS);
}

pub(crate) async fn a_role_changed_during_a_session_counts_at_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = user("ana", Role::Editor);
    store.add_user(ana.clone()).await.unwrap();
    store.begin_session(session(&ana.id, 1), NOW).await.unwrap();
    store.set_role(&ana.id, Role::Viewer).await.unwrap();
    assert_eq!(store.session(session_hash(1), NOW).await.unwrap().1.role, Role::Viewer);
}

pub(crate) async fn a_sign_in_token_is_good_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.offer_sign_in(sign_in(&owner, 1), NOW).await.unwrap();
    let signed_in = store.sign_in(sign_in_hash(1), session_hash(1), "Safari".to_owned(), later(5)).await;
    let (session, user) = signed_in.unwrap();
    assert_eq!((&session.user, &user.id, session.created), (&owner, &owner, later(5)));
    assert_eq!(store.session(session_hash(1), later(6)).await.unwrap().0, session);
    for (token, fresh) in [(1, 2), (7, 2)] {
        let refused = store.sign_in(sign_in_hash(token), session_hash(fresh), String::new(), later(6)).await;
        assert_eq!(refused, Err(NO_TOKEN));
    }
    assert_eq!(store.session(session_hash(2), later(6)).await, Err(NO_SESSION));
}

pub(crate) async fn a_sign_in_token_expires(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.offer_sign_in(sign_in(&owner, 1), NOW).await.unwrap();
    let refused = store.sign_in(sign_in_hash(1), session_hash(1), String::new(), later(600_000)).await;
    assert_eq!(refused, Err(NO_TOKEN));
    let in_time = store.sign_in(sign_in_hash(1), session_hash(1), String::new(), later(599_999)).await;
    assert!(in_time.is_ok());

    let mut long = sign_in(&owner, 2);
    long.expires = later(SIGN_IN_MAX_MS * 100);
    store.offer_sign_in(long, NOW).await.unwrap();
    let refused = store.sign_in(sign_in_hash(2), session_hash(2), String::new(), later(SIGN_IN_MAX_MS)).await;
    assert_eq!(refused, Err(NO_TOKEN));
}

pub(crate) async fn of_many_attempts_with_one_token_one_succeeds(backend: &dyn Backend) {
    let (one, other) = (backend.open().await, backend.open().await);
    let owner = owner(&*one).await;
    for round in 0..10 {
        one.offer_sign_in(sign_in(&owner, round), NOW).await.unwrap();
        let (first, second) = tokio::join!(
            one.sign_in(sign_in_hash(round), session_hash(100 + round), String::new(), NOW),
            other.sign_in(sign_in_hash(round), session_hash(200 + round), String::new(), NOW),
        );
        let (first, second) = (first.is_ok(), second.is_ok());
        assert!(first ^ second, "round {round}: {first} {second}");
    }
    assert_eq!(one.sessions(&owner, NOW).await.unwrap().len(), 10);
}

pub(crate) async fn a_failed_sign_in_does_not_use_up_the_token(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(session(&owner, 1), NOW).await.unwrap();
    store.offer_sign_in(sign_in(&owner, 1), NOW).await.unwrap();
    let taken = store.sign_in(sign_in_hash(1), session_hash(1), String::new(), NOW).await;
    assert_eq!(taken, Err(StoreError::Exists { what: "session" }));
    assert!(store.sign_in(sign_in_hash(1), session_hash(2), String::new(), NOW).await.is_ok());
}
