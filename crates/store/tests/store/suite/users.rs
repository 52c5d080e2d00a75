use tideboard_access::{Role, SocketClaims, VerifyingKeys, issue, verify};
use tideboard_store::StoreError;

use crate::backend::Backend;
use crate::sample::{NOW, owner, session_hash, user};

pub(crate) async fn a_new_store_has_an_installation_and_an_owner(backend: &dyn Backend) {
    let store = backend.open().await;
    let installation = store.installation().await.unwrap();
    let users = store.users().await.unwrap();
    assert_eq!(users.len(), 1);
    assert_eq!((&users[0].id, users[0].role, users[0].created), (&installation.owner, Role::Owner, NOW));
    assert_eq!(store.user(&installation.owner).await.unwrap(), users[0]);
}

pub(crate) async fn the_first_installation_stays_whoever_opens_next(backend: &dyn Backend) {
    let first = backend.open().await.installation().await.unwrap();
    let second = backend.open().await.installation().await.unwrap();
    assert_eq!((&first.id, &first.owner, first.created), (&second.id, &second.owner, second.created));
    // A token signed before is good after.
    let claims = SocketClaims::new(&first.id, &first.owner, &session_hash(1), NOW);
    let token = issue(&claims, &first.signing_key).unwrap();
    let keys = VerifyingKeys::of([&second.signing_key]);
    assert_eq!(verify(token.as_bytes(), &keys, &second.id, NOW), Ok(claims));
}

pub(crate) async fn users_are_added_once_and_found(backend: &dyn Backend) {
    let store = backend.open().await;
    let ana = user("ana", Role::Editor);
    assert_eq!(store.user(&ana.id).await, Err(StoreError::NotFound { what: "user" }));
    store.add_user(ana.clone()).await.unwrap();
    assert_eq!(store.user(&ana.id).await, Ok(ana.clone()));
    assert_eq!(store.add_user(ana.clone()).await, Err(StoreError::Exists { what: "user" }));
    assert_eq!(store.users().await.unwrap().len(), 2);
}

pub(crate) async fn someone_stays_owner(backend: &dyn Backend) {
    let store = backend.open().await;
    let first = owner(&*store).await;
    assert!(matches!(store.set_role(&first, Role::Viewer).await, Err(StoreError::Refused { .. })));
    assert_eq!(store.user(&first).await.unwrap().role, Role::Owner);

    let ana = user("ana", Role::Viewer);
    assert_eq!(store.set_role(&ana.id, Role::Owner).await, Err(StoreError::NotFound { what: "user" }));
    store.add_user(ana.clone()).await.unwrap();
    store.set_role(&ana.id, Role::Owner).await.unwrap();
    store.set_role(&first, Role::Viewer).await.unwrap();
    assert_eq!(store.user(&first).await.unwrap().role, Role::Viewer);
}
