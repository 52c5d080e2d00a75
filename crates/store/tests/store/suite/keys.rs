use tideboard_model::Millis;
use tideboard_store::{ApiKey, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, key, later, owner};

const NO_KEY: StoreError = StoreError::NotFound { what: "API key" };

pub(crate) async fn a_key_is_found_by_its_hash_with_all_it_is(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    let (first, second) = (key("k1", 1, &owner), ApiKey { created: later(1), ..key("k2", 2, &owner) });
    assert_eq!(store.key(first.hash).await, Err(NO_KEY));
    store.add_key(first.clone()).await.unwrap();
    store.add_key(second.clone()).await.unwrap();
    assert_eq!(store.key(first.hash).await, Ok(first.clone()));
    assert_eq!(store.keys().await, Ok(vec![second, first]));
    let nobody = key("k3", 3, &"nobody".parse().unwrap());
    assert_eq!(store.add_key(nobody).await, Err(StoreError::NotFound { what: "user" }));
}

pub(crate) async fn a_revoked_key_opens_nothing_and_stays_listed(backend: &dyn Backend) {
    let store = backend.open().await;
    let key = key("k1", 1, &owner(&*store).await);
    store.add_key(key.clone()).await.unwrap();
    store.revoke_key(&key.id, later(5)).await.unwrap();
    assert_eq!(backend.open().await.key(key.hash).await, Err(NO_KEY));
    assert_eq!(store.revoke_key(&key.id, later(6)).await, Err(NO_KEY));
    assert_eq!(store.keys().await.unwrap()[0].revoked, Some(later(5)));
}

pub(crate) async fn ids_and_hashes_of_keys_are_unique(backend: &dyn Backend) {
    let store = backend.open().await;
    let owner = owner(&*store).await;
    store.add_key(key("k1", 1, &owner)).await.unwrap();
    for taken in [key("k1", 2, &owner), key("k2", 1, &owner)] {
        assert_eq!(store.add_key(taken).await, Err(StoreError::Exists { what: "API key" }));
    }
    assert_eq!(store.keys().await.unwrap().len(), 1);
}

pub(crate) async fn a_used_key_is_noted_to_the_minute(backend: &dyn Backend) {
    let store = backend.open().await;
    let key = key("k1", 1, &owner(&*store).await);
    store.add_key(key.clone()).await.unwrap();
    let used = async |at: Millis| {
        store.touch_key(&key.id, at).await.unwrap();
        store.key(key.hash).await.unwrap().last_used
    };
    assert_eq!(used(NOW).await, Some(NOW));
    assert_eq!(used(later(59_999)).await, Some(NOW));
    assert_eq!(used(later(60_000)).await, Some(later(60_000)));
    assert_eq!(used(NOW).await, Some(later(60_000)));
}
