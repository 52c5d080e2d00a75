use tideboard_boards::Dashboard;
use tideboard_store::{Store, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, dashboard, dashboard_id, later};

const GONE: StoreError = StoreError::NotFound { what: "dashboard" };

async fn listed(store: &dyn Store) -> Vec<String> {
    store.dashboards().await.unwrap().into_iter().map(|summary| summary.id.to_string()).collect()
}

pub(crate) async fn a_dashboard_is_added_saved_and_read_alike(backend: &dyn Backend) {
    let store = backend.open().await;
    let (id, new) = (dashboard_id("d"), Dashboard { revision: 40, ..dashboard("d", "First") });
    assert_eq!(store.dashboard(&id).await, Err(GONE));
    assert_eq!(store.save_dashboard(new.clone(), NOW).await, Err(GONE));
    let added = store.add_dashboard(new.clone(), NOW).await.unwrap();
    assert_eq!(added, Dashboard { revision: 1, ..new.clone() });
    assert_eq!(store.add_dashboard(new, NOW).await, Err(StoreError::Exists { what: "dashboard" }));

    let edited = Dashboard { title: "Second".to_owned(), ..added };
    let saved = store.save_dashboard(edited.clone(), later(5)).await.unwrap();
    assert_eq!(saved, Dashboard { revision: 2, ..edited });
    assert_eq!(backend.open().await.dashboard(&id).await, Ok(saved));
    let summary = &store.dashboards().await.unwrap()[0];
    assert_eq!((summary.title.as_str(), summary.revision, summary.updated), ("Second", 2, later(5)));
}

pub(crate) async fn saving_over_a_newer_revision_is_a_conflict(backend: &dyn Backend) {
    let store = backend.open().await;
    let read = store.add_dashboard(dashboard("d", "First"), NOW).await.unwrap();
    let saved = store.save_dashboard(read.clone(), NOW).await.unwrap();
    let late = Dashboard { title: "Late".to_owned(), ..read.clone() };
    assert_eq!(store.save_dashboard(late, NOW).await, Err(StoreError::Conflict { current: 2 }));
    let ahead = Dashboard { revision: 3, ..read };
    assert_eq!(store.save_dashboard(ahead, NOW).await, Err(StoreError::Conflict { current: 2 }));
    assert_eq!(store.delete_dashboard(&saved.id, 1, NOW).await, Err(StoreError::Conflict { current: 2 }));
    assert_eq!(store.dashboard(&saved.id).await, Ok(saved));
}

pub(crate) async fn of_many_saves_over_one_revision_one_succeeds(backend: &dyn Backend) {
    let (one, other) = (backend.open().await, backend.open().await);
    let mut current = one.add_dashboard(dashboard("d", "Start"), NOW).await.unwrap();
    for round in 0..10 {
        let edit = |title: &str| Dashboard { title: format!("{title} {round}"), ..current.clone() };
        let (a, b) = tokio::join!(one.save_dashboard(edit("a"), NOW), other.save_dashboard(edit("b"), NOW));
        let conflict = StoreError::Conflict { current: current.revision + 1 };
        current = match (a, b) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) if lost == conflict => won,
            both => panic!("round {round}: {both:?}"),
        };
        assert_eq!(one.dashboard(&current.id).await, Ok(current.clone()));
    }
}

pub(crate) async fn an_invalid_dashboard_is_never_stored(backend: &dyn Backend) {
    let store = backend.open().await;
    let bad = |dashboard: Dashboard| Dashboard { title: String::new(), ..dashboard };
    assert!(matches!(store.add_dashboard(bad(dashboard("d", "D")), NOW).await, Err(StoreError::Invalid(_))));
    let added = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    assert!(matches!(store.save_dashboard(bad(added.clone()), NOW).await, Err(StoreError::Invalid(_))));
    assert_eq!(store.dashboard(&added.id).await, Ok(added));
}

pub(crate) async fn a_deleted_dashboard_is_gone_until_restored(backend: &dyn Backend) {
    let store = backend.open().await;
    for id in ["a", "b"] {
        store.add_dashboard(dashboard(id, "D"), NOW).await.unwrap();
    }
    let id = dashboard_id("a");
    assert!(matches!(store.restore_dashboard(&id, NOW).await, Err(StoreError::NotFound { .. })));
    store.delete_dashboard(&id, 1, NOW).await.unwrap();
    assert_eq!(listed(&*store).await, ["b"]);
    assert_eq!(store.dashboard(&id).await, Err(GONE));
    assert_eq!(store.save_dashboard(Dashboard { revision: 2, ..dashboard("a", "D") }, NOW).await, Err(GONE));
    assert_eq!(store.delete_dashboard(&id, 2, NOW).await, Err(GONE));
    assert_eq!(store.move_dashboard(&id, 0).await, Err(GONE));

    let restored = store.restore_dashboard(&id, later(1)).await.unwrap();
    assert_eq!(restored, Dashboard { revision: 3, ..dashboard("a", "D") });
    assert_eq!(listed(&*store).await, ["b", "a"]);
}

pub(crate) async fn an_id_used_again_never_repeats_a_revision(backend: &dyn Backend) {
    let store = backend.open().await;
    let stale = store.add_dashboard(dashboard("d", "First"), NOW).await.unwrap();
    store.delete_dashboard(&stale.id, 1, NOW).await.unwrap();
    let again = store.add_dashboard(dashboard("d", "Second"), NOW).await.unwrap();
    assert_eq!(again.revision, 3);
    // A page that still shows the first must not overwrite the second.
    assert_eq!(store.save_dashboard(stale, NOW).await, Err(StoreError::Conflict { current: 3 }));
}

pub(crate) async fn dashboards_are_listed_in_the_order_they_were_moved_to(backend: &dyn Backend) {
    let store = backend.open().await;
    for id in ["c", "a", "b"] {
        store.add_dashboard(dashboard(id, "D"), NOW).await.unwrap();
    }
    assert_eq!(listed(&*store).await, ["c", "a", "b"]);
    for (id, index, expected) in [
        ("c", 2, ["a", "b", "c"]),
        ("c", 0, ["c", "a", "b"]),
        ("b", 1, ["c", "b", "a"]),
        ("c", 99, ["b", "a", "c"]),
        ("a", 1, ["b", "a", "c"]),
    ] {
        store.move_dashboard(&dashboard_id(id), index).await.unwrap();
        assert_eq!(listed(&*store).await, expected, "{id} to {index}");
    }
    assert_eq!(store.move_dashboard(&dashboard_id("x"), 0).await, Err(GONE));
    assert_eq!(store.dashboard(&dashboard_id("a")).await.unwrap().revision, 1);
}

pub(crate) async fn built_in_dashboards_come_once(backend: &dyn Backend) {
    let store = backend.open().await;
    let built_in = || ["a", "b", "c"].map(|id| dashboard(id, "Built in")).to_vec();
    let seeded = store.seed_dashboards(built_in(), NOW).await.unwrap();
    assert_eq!(seeded, ["a", "b", "c"].map(dashboard_id));
    store.delete_dashboard(&dashboard_id("a"), 1, NOW).await.unwrap();
    let edited = Dashboard { revision: 1, ..dashboard("b", "Mine") };
    store.save_dashboard(edited, NOW).await.unwrap();

    let next = [built_in(), vec![dashboard("d", "New in this version")]].concat();
    assert_eq!(backend.open().await.seed_dashboards(next, NOW).await.unwrap(), [dashboard_id("d")]);
    assert_eq!(listed(&*store).await, ["b", "c", "d"]);
    assert_eq!(store.dashboard(&dashboard_id("b")).await.unwrap().title, "Mine");
}

pub(crate) async fn seeding_is_all_or_nothing(backend: &dyn Backend) {
    let store = backend.open().await;
    let bad = Dashboard { title: String::new(), ..dashboard("b", "B") };
    let refused = store.seed_dashboards(vec![dashboard("a", "A"), bad], NOW).await;
    assert!(matches!(refused, Err(StoreError::Invalid(_))));
    assert_eq!(listed(&*store).await, [""; 0]);
}
