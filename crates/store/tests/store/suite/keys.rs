use tideboard_access::{KeyPurpose, Reach};
use tideboard_model::Millis;
use tideboard_store::{ApiKey, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, at, key, later, owner};

const NO_KEY: StoreError = StoreError::NotFound { what: "API key" };

pub(crate) async fn a_key_is_found_by_its_hash_with_all_it_is(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let (first, second) = (key("k1", 1, &owner), ApiKey { created: later(1), ..key("k2", 2, &owner) });
    assert_eq!(store.key(first.hash, NOW).await, Err(NO_KEY));
    store.add_key(first.clone(), at(NOW)).await.unwrap();
    store.add_key(second.clone(), at(NOW)).await.unwrap();
    assert_eq!(store.key(first.hash, NOW).await, Ok(first.clone()));
    assert_eq!(store.key_of(&first.id, NOW).await, Ok(first.clone()));
    assert_eq!(store.key_of(&"k9".parse().unwrap(), NOW).await, Err(NO_KEY));
    assert_eq!(store.keys().await, Ok(vec![second, first]));
    let nobody = key("k3", 3, &"nobody".parse().unwrap());
    assert_eq!(store.add_key(nobody, at(NOW)).await, Err(StoreError::NotFound { what: "user" }));
}

pub(crate) async fn a_revoked_key_opens_nothing_and_stays_listed(backend: &dyn Backend) {
    let store = backend.open().await;
    let key = key("k1", 1, &owner(&*store).await);
    store.add_key(key.clone(), at(NOW)).await.unwrap();
    store.revoke_key(&key.id, at(later(5))).await.unwrap();
    assert_eq!(backend.open().await.key(key.hash, NOW).await, Err(NO_KEY));
    assert_eq!(store.key_of(&key.id, NOW).await, Err(NO_KEY));
    assert_eq!(store.revoke_key(&key.id, at(later(6))).await, Err(NO_KEY));
    assert_eq!(store.keys().await.unwrap()[0].revoked, Some(later(5)));
}

pub(crate) async fn a_key_opens_nothing_once_it_expires_and_stays_listed(backend: &dyn Backend) {
    let store = backend.open().await;
    let key = ApiKey {
        purpose: KeyPurpose::Write,
        reach: Reach::all(),
        expires: Some(later(1_000)),
        ..key("k1", 1, &owner(&*store).await)
    };
    store.add_key(key.clone(), at(NOW)).await.unwrap();
    assert_eq!(store.key(key.hash, later(999)).await, Ok(key.clone()));
    assert_eq!(store.key_of(&key.id, later(999)).await, Ok(key.clone()));
    assert_eq!(store.key(key.hash, later(1_000)).await, Err(NO_KEY));
    assert_eq!(store.key_of(&key.id, later(1_000)).await, Err(NO_KEY));
    assert_eq!(store.keys().await, Ok(vec![key.clone()]));
    store.revoke_key(&key.id, at(later(2_000))).await.unwrap();
    assert_eq!(store.keys().await.unwrap()[0].revoked, Some(later(2_000)));
}

pub(crate) async fn ids_and_hashes_of_keys_are_unique(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.add_key(key("k1", 1, &owner), at(NOW)).await.unwrap();
    for taken in [key("k1", 2, &owner), key("k2", 1, &owner)] {
        assert_eq!(store.add_key(taken, at(NOW)).await, Err(StoreError::Exists { what: "API key" }));
    }
    assert_eq!(store.keys().await.unwrap().len(), 1);
}

pub(crate) async fn a_used_key_is_noted_to_the_minute(backend: &dyn Backend) {
    let store = backend.open().await;
    let key = key("k1", 1, &owner(&*store).await);
    store.add_key(key.clone(), at(NOW)).await.unwrap();
    let used = async |at: Millis| {
        store.touch_key(&key.id, at).await.unwrap();
        store.key(key.hash, NOW).await.unwrap().last_used
    };
    assert_eq!(used(NOW).await, Some(NOW));
    assert_eq!(used(later(59_999)).await, Some(NOW));
    assert_eq!(used(later(60_000)).await, Some(later(60_000)));
    assert_eq!(used(NOW).await, Some(later(60_000)));
}
