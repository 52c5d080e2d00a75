use tideboard_access::{Role, UserId};
use tideboard_boards::PersonalView;
use tideboard_store::{Store, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, dashboard, dashboard_id, owner, view};

/// A store with a dashboard `d`, and its owner.
async fn with_dashboard(backend: &dyn Backend) -> (Box<dyn Store>, UserId) {
    let store = backend.open().await;
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    let owner = owner(&*store).await;
    (store, owner)
}

pub(crate) async fn a_view_is_saved_and_read_alike(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let id = dashboard_id("d");
    assert_eq!(store.personal_view(&owner, &id).await, Ok(None));
    let saved = store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap();
    assert_eq!(saved, view("d", 1));
    let again = PersonalView { hidden: [].into(), ..saved };
    let saved = store.save_personal_view(&owner, again.clone(), NOW).await.unwrap();
    assert_eq!(saved, PersonalView { revision: 2, ..again });
    assert_eq!(backend.open().await.personal_view(&owner, &id).await, Ok(Some(saved)));
}

pub(crate) async fn saving_over_a_newer_view_is_a_conflict(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let missing = store.save_personal_view(&owner, view("d", 1), NOW).await;
    assert_eq!(missing, Err(StoreError::Conflict { current: 0 }));
    store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap();
    for late in [0, 2] {
        let refused = store.save_personal_view(&owner, view("d", late), NOW).await;
        assert_eq!(refused, Err(StoreError::Conflict { current: 1 }), "revision {late}");
    }
}

pub(crate) async fn each_user_has_an_own_view(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let ana = add_user(&*store, "ana", Role::Viewer).await;
    store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap();
    let id = dashboard_id("d");
    assert_eq!(store.personal_view(&ana.id, &id).await, Ok(None));
    store.delete_personal_view(&ana.id, &id, NOW).await.unwrap();
    assert_eq!(store.personal_view(&owner, &id).await, Ok(Some(view("d", 1))));
}

pub(crate) async fn a_deleted_view_never_repeats_a_revision(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let id = dashboard_id("d");
    let stale = store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap();
    store.delete_personal_view(&owner, &id, NOW).await.unwrap();
    store.delete_personal_view(&owner, &id, NOW).await.unwrap();
    assert_eq!(store.personal_view(&owner, &id).await, Ok(None));
    assert_eq!(store.save_personal_view(&owner, stale, NOW).await, Err(StoreError::Conflict { current: 0 }));
    assert_eq!(store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap().revision, 3);
}

pub(crate) async fn views_need_a_user_and_a_dashboard(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let nobody = "nobody".parse().unwrap();
    let refused = store.save_personal_view(&nobody, view("d", 0), NOW).await;
    assert_eq!(refused, Err(StoreError::NotFound { what: "user" }));
    let refused = store.save_personal_view(&owner, view("x", 0), NOW).await;
    assert_eq!(refused, Err(StoreError::NotFound { what: "dashboard" }));
    let mut bad = view("d", 0);
    bad.layouts.wide.insert("w".parse().unwrap(), tideboard_boards::Place { x: 0, y: 0, w: 0, h: 1 });
    assert!(matches!(store.save_personal_view(&owner, bad, NOW).await, Err(StoreError::Invalid(_))));
}

pub(crate) async fn a_view_comes_back_with_its_dashboard(backend: &dyn Backend) {
    let (store, owner) = with_dashboard(backend).await;
    let id = dashboard_id("d");
    let saved = store.save_personal_view(&owner, view("d", 0), NOW).await.unwrap();
    store.delete_dashboard(&id, 1, NOW).await.unwrap();
    let refused = store.save_personal_view(&owner, saved.clone(), NOW).await;
    assert_eq!(refused, Err(StoreError::NotFound { what: "dashboard" }));
    store.restore_dashboard(&id, NOW).await.unwrap();
    assert_eq!(store.personal_view(&owner, &id).await, Ok(Some(saved)));
}
