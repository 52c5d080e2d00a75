use tideboard_access::{Bearer, Claims, Reach, Role, SigningKey, TokenKind, VerifyingKeys, issue, verify};
use tideboard_store::{NewUser, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, later, login, new_user, owner, reach, session, session_id};

const NOBODY: StoreError = StoreError::NotFound { what: "user" };

pub(crate) async fn a_new_store_has_an_installation_and_an_owner(backend: &dyn Backend) {
    let store = backend.open().await;
    let installation = store.installation().await.unwrap();
    assert!(installation.previous_key.is_none());
    let users = store.users().await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!((&users[0].id, users[0].role, users[0].created), (&installation.owner, Role::Owner, NOW));
    assert_eq!((&users[0].login, &users[0].reach, users[0].disabled), (&None, &Reach::all(), None));
    assert_eq!(store.user(&installation.owner).await.unwrap(), users[0]);
}

pub(crate) async fn the_first_installation_stays_whoever_opens_next(backend: &dyn Backend) {
    let first = backend.open().await.installation().await.unwrap();
    let second = backend.open().await.installation().await.unwrap();
    assert_eq!((&first.id, &first.owner, first.created), (&second.id, &second.owner, second.created));
    // A token signed before is good after.
    let bearer = Bearer::Session { user: first.owner.clone(), session: session_id(1) };
    let claims = Claims::new(TokenKind::Access, &first.id, &bearer, NOW);
    let token = issue(TokenKind::Access, &claims, &first.signing_key).unwrap();
    let keys = VerifyingKeys::of([&second.signing_key]);
    assert_eq!(verify(TokenKind::Access, token.as_bytes(), &keys, &second.id, NOW), Ok(claims));
}

pub(crate) async fn the_signing_key_before_is_kept_and_no_older_one(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut before = store.installation().await.unwrap().signing_key;
    for seed in [100, 101] {
        let key = SigningKey::from_seed(&[seed; 32]).unwrap();
        store.rotate_signing_key(key.clone(), at(NOW)).await.unwrap();
        let rotated = backend.open().await.installation().await.unwrap();
        assert_eq!(rotated.signing_key.id(), key.id());
        assert_eq!(rotated.previous_key.unwrap().id(), before.id());
        before = key;
    }
}

pub(crate) async fn users_are_added_once_and_found(backend: &dyn Backend) {
    let store = backend.open().await;
    let new = new_user("ana", Role::Editor);
    assert_eq!(store.user(&new.id).await, Err(NOBODY));
    let ana = add_user(&*store, "ana", Role::Editor).await;
    assert_eq!(store.user(&ana.id).await, Ok(ana.clone()));
    assert_eq!(store.add_user(new.clone(), NOW).await, Err(StoreError::Exists { what: "user" }));
    let other = NewUser { id: "bo".parse().unwrap(), ..new };
    assert_eq!(store.add_user(other.clone(), NOW).await, Err(StoreError::Exists { what: "login" }));
    // Logins are unique; users without one are not in each other's way.
    store.add_user(NewUser { login: None, ..other }, later(1)).await.unwrap();
    store.add_user(NewUser { login: None, ..new_user("cy", Role::Viewer) }, later(2)).await.unwrap();
    let users = store.users().await.unwrap();
    let ids: Vec<_> = users.iter().map(|user| user.id.as_str()).collect();
    assert_eq!((ids.len(), &ids[2..]), (4, &["bo", "cy"][..]), "the oldest first");
}

pub(crate) async fn a_user_gets_another_role_reach_name_and_login(backend: &dyn Backend) {
    let store = backend.open().await;
    let mut ana = add_user(&*store, "ana", Role::Editor).await;
    add_user(&*store, "bo", Role::Editor).await;
    (ana.role, ana.reach, ana.name, ana.login) =
        (Role::Admin, Reach::all(), "Anastasia".to_owned(), Some(login("anastasia")));
    store.set_role(&ana.id, ana.role, at(NOW)).await.unwrap();
    store.set_reach(&ana.id, Reach::all(), at(NOW)).await.unwrap();
    store.set_profile(&ana.id, ana.name.clone(), ana.login.clone(), at(NOW)).await.unwrap();
    assert_eq!(backend.open().await.user(&ana.id).await, Ok(ana.clone()));

    let taken = store.set_profile(&ana.id, "Ana".to_owned(), Some(login("bo")), at(NOW)).await;
    assert_eq!(taken, Err(StoreError::Exists { what: "login" }));
    assert_eq!(store.user(&ana.id).await, Ok(ana.clone()));
    store.set_profile(&ana.id, "Ana".to_owned(), None, at(NOW)).await.unwrap();
    assert_eq!(store.user(&ana.id).await.unwrap().login, None);

    let nobody = "nobody".parse().unwrap();
    assert_eq!(store.set_role(&nobody, Role::Viewer, at(NOW)).await, Err(NOBODY));
    assert_eq!(store.set_reach(&nobody, reach(), at(NOW)).await, Err(NOBODY));
    assert_eq!(store.set_profile(&nobody, "No".to_owned(), None, at(NOW)).await, Err(NOBODY));
    assert_eq!(store.set_disabled(&nobody, true, at(NOW)).await, Err(NOBODY));
}

pub(crate) async fn someone_stays_owner(backend: &dyn Backend) {
    let store = backend.open().await;
    let first = owner(&*store).await;
    assert!(matches!(store.set_role(&first, Role::Admin, at(NOW)).await, Err(StoreError::Refused { .. })));
    assert!(matches!(store.set_disabled(&first, true, at(NOW)).await, Err(StoreError::Refused { .. })));
    let unchanged = store.user(&first).await.unwrap();
    assert_eq!((unchanged.role, unchanged.disabled), (Role::Owner, None));

    let ana = add_user(&*store, "ana", Role::Owner).await;
    store.set_disabled(&ana.id, true, at(NOW)).await.unwrap();
    // An owner who is shut out looks after nothing.
    assert!(matches!(store.set_role(&first, Role::Viewer, at(NOW)).await, Err(StoreError::Refused { .. })));
    assert!(matches!(store.set_disabled(&first, true, at(NOW)).await, Err(StoreError::Refused { .. })));
    store.set_disabled(&ana.id, false, at(NOW)).await.unwrap();
    store.set_role(&first, Role::Viewer, at(NOW)).await.unwrap();
    assert_eq!(store.user(&first).await.unwrap().role, Role::Viewer);
    assert!(matches!(store.set_disabled(&ana.id, true, at(NOW)).await, Err(StoreError::Refused { .. })));
}

pub(crate) async fn of_two_owners_who_shut_each_other_out_one_stays(backend: &dyn Backend) {
    let (one, other) = (backend.open().await, backend.open().await);
    let first = owner(&*one).await;
    let second = add_user(&*one, "ana", Role::Owner).await.id;
    let (a, b) = tokio::join!(one.set_disabled(&first, true, at(NOW)), other.set_role(&second, Role::Admin, at(NOW)),);
    assert!(a.is_ok() ^ b.is_ok(), "{a:?} {b:?}");
}

pub(crate) async fn who_is_shut_out_has_no_session_until_let_in_again(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    for seed in 1..=2 {
        store.begin_session(&ana.id, session(seed), at(later(i64::from(seed)))).await.unwrap();
    }
    let ended = store.set_disabled(&ana.id, true, at(later(5))).await;
    assert_eq!(ended, Ok(vec![session_id(2), session_id(1)]));
    for seed in 1..=2 {
        assert!(backend.open().await.session(&session_id(seed), later(6)).await.is_err());
    }
    let refused = store.begin_session(&ana.id, session(3), at(later(6))).await;
    assert_eq!(refused.map(drop), Err(NOBODY));
    // Listed all the same, and shut out since the first time.
    assert_eq!(store.set_disabled(&ana.id, true, at(later(7))).await, Ok(Vec::new()));
    assert_eq!(store.user(&ana.id).await.unwrap().disabled, Some(later(5)));
    assert_eq!(store.users().await.unwrap().len(), 2);

    assert_eq!(store.set_disabled(&ana.id, false, at(later(8))).await, Ok(Vec::new()));
    assert_eq!(store.user(&ana.id).await, Ok(ana.clone()));
    assert!(store.session(&session_id(1), later(9)).await.is_err());
    assert!(store.begin_session(&ana.id, session(4), at(later(9))).await.is_ok());
}
