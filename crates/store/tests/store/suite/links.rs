use tideboard_access::Role;
use tideboard_store::{LINK_MAX_MS, LinkPurpose, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, later, link, link_hash, owner, password, session, session_id};

const NO_LINK: StoreError = StoreError::NotFound { what: "link" };

pub(crate) async fn a_link_to_nobody_is_refused(backend: &dyn Backend) {
    let store = backend.open().await;
    let nobody = link(&"nobody".parse().unwrap(), 1, LinkPurpose::SignIn);
    assert_eq!(store.offer_link(nobody, at(NOW)).await, Err(StoreError::NotFound { what: "user" }));
    let owner = owner(&*store).await;
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    let again = store.offer_link(link(&owner, 1, LinkPurpose::Reset), at(NOW)).await;
    assert!(matches!(again, Err(StoreError::Exists { .. })), "{again:?}");
}

pub(crate) async fn a_link_for_signing_in_is_good_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    let (begun, user) = store.sign_in(link_hash(1), session(1), at(later(5))).await.unwrap();
    assert_eq!((&begun.user, &user.id, begun.created), (&owner, &owner, later(5)));
    assert_eq!(store.session(&session_id(1), later(6)).await.unwrap().0, begun);
    for (link, fresh) in [(1, 2), (7, 2)] {
        assert_eq!(store.sign_in(link_hash(link), session(fresh), at(later(6))).await, Err(NO_LINK));
    }
    assert!(store.session(&session_id(2), later(6)).await.is_err());
}

pub(crate) async fn a_link_expires(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    store.offer_link(link(&owner, 2, LinkPurpose::Reset), at(NOW)).await.unwrap();
    assert_eq!(store.sign_in(link_hash(1), session(1), at(later(600_000))).await, Err(NO_LINK));
    assert_eq!(store.reset_link(link_hash(2), later(600_000)).await, Err(NO_LINK));
    assert_eq!(store.reset_password(link_hash(2), password("a"), at(later(600_000))).await, Err(NO_LINK));
    assert!(store.sign_in(link_hash(1), session(1), at(later(599_999))).await.is_ok());
    assert!(store.reset_link(link_hash(2), later(599_999)).await.is_ok());

    let mut long = link(&owner, 3, LinkPurpose::SignIn);
    long.expires = later(LINK_MAX_MS * 100);
    store.offer_link(long, at(NOW)).await.unwrap();
    assert_eq!(store.sign_in(link_hash(3), session(3), at(later(LINK_MAX_MS))).await, Err(NO_LINK));
}

pub(crate) async fn of_many_attempts_with_one_link_one_succeeds(backend: &dyn Backend) {
    let (one, other) = (backend.open().await, backend.open().await);
    let owner = owner(&*one).await;
    for round in 0..10 {
        one.offer_link(link(&owner, round, LinkPurpose::SignIn), at(NOW)).await.unwrap();
        let (first, second) = tokio::join!(
            one.sign_in(link_hash(round), session(100 + round), at(NOW)),
            other.sign_in(link_hash(round), session(200 + round), at(NOW)),
        );
        let (first, second) = (first.is_ok(), second.is_ok());
        assert!(first ^ second, "round {round}: {first} {second}");
    }
    assert_eq!(one.sessions(&owner, NOW).await.unwrap().len(), 10);
}

pub(crate) async fn a_failed_sign_in_does_not_use_up_the_link(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    let taken = store.sign_in(link_hash(1), session(1), at(NOW)).await;
    assert_eq!(taken, Err(StoreError::Exists { what: "session" }));
    assert!(store.sign_in(link_hash(1), session(2), at(NOW)).await.is_ok());
}

pub(crate) async fn a_link_for_one_thing_is_none_for_another(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.offer_link(link(&owner, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    store.offer_link(link(&owner, 2, LinkPurpose::Reset), at(NOW)).await.unwrap();
    assert_eq!(store.reset_link(link_hash(1), NOW).await, Err(NO_LINK));
    assert_eq!(store.reset_password(link_hash(1), password("a"), at(NOW)).await, Err(NO_LINK));
    assert_eq!(store.sign_in(link_hash(2), session(1), at(NOW)).await, Err(NO_LINK));
    assert!(store.sign_in(link_hash(1), session(1), at(NOW)).await.is_ok());
    assert!(store.reset_password(link_hash(2), password("a"), at(NOW)).await.is_ok());
}

pub(crate) async fn a_password_is_reset_once_and_ends_all_sessions(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    store.begin_session(&ana.id, session(1), at(NOW)).await.unwrap();
    store.begin_session(&owner(&*store).await, session(2), at(NOW)).await.unwrap();
    store.offer_link(link(&ana.id, 1, LinkPurpose::Reset), at(NOW)).await.unwrap();
    // Looking uses nothing.
    for _ in 0..2 {
        assert_eq!(store.reset_link(link_hash(1), NOW).await, Ok(ana.clone()));
    }
    let (user, ended) = store.reset_password(link_hash(1), password("new"), at(later(1))).await.unwrap();
    assert_eq!((&user.id, user.has_password, ended), (&ana.id, true, vec![session_id(1)]));
    assert!(store.session(&session_id(1), later(1)).await.is_err());
    assert!(store.session(&session_id(2), later(1)).await.is_ok());
    assert_eq!(store.credentials_of(&ana.id).await.unwrap().password, Some(password("new")));

    assert_eq!(store.reset_link(link_hash(1), later(2)).await, Err(NO_LINK));
    assert_eq!(store.reset_password(link_hash(1), password("other"), at(later(2))).await, Err(NO_LINK));
    assert_eq!(store.credentials_of(&ana.id).await.unwrap().password, Some(password("new")));
}

pub(crate) async fn another_password_ends_the_links_for_choosing_one_and_no_others(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    let bo = add_user(&*store, "bo", Role::Editor).await.id;
    for (user, seed, purpose) in
        [(&ana, 1, LinkPurpose::Reset), (&ana, 2, LinkPurpose::SignIn), (&bo, 3, LinkPurpose::Reset)]
    {
        store.offer_link(link(user, seed, purpose), at(NOW)).await.unwrap();
    }
    store.set_password(&ana, password("new"), None, at(later(1))).await.unwrap();
    assert_eq!(store.reset_link(link_hash(1), later(2)).await, Err(NO_LINK));
    assert!(store.reset_link(link_hash(3), later(2)).await.is_ok());
    assert!(store.sign_in(link_hash(2), session(1), at(later(2))).await.is_ok());
}

pub(crate) async fn links_to_who_is_shut_out_are_of_no_use(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await.id;
    store.offer_link(link(&ana, 1, LinkPurpose::SignIn), at(NOW)).await.unwrap();
    store.offer_link(link(&ana, 2, LinkPurpose::Reset), at(NOW)).await.unwrap();
    store.set_disabled(&ana, true, at(NOW)).await.unwrap();
    let refused = |answer| matches!(answer, Err(StoreError::NotFound { .. }));
    assert!(refused(store.sign_in(link_hash(1), session(1), at(NOW)).await.map(drop)));
    assert!(refused(store.reset_link(link_hash(2), NOW).await.map(drop)));
    assert!(refused(store.reset_password(link_hash(2), password("a"), at(NOW)).await.map(drop)));
    assert!(!store.user(&ana).await.unwrap().has_password);
}
