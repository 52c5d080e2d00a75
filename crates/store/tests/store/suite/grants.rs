use std::collections::BTreeSet;

use tideboard_access::{Grant, Level, Role};
use tideboard_store::{Store, StoreError};

use crate::backend::Backend;
use crate::sample::{NOW, add_user, at, dashboard, dashboard_id, team};

const GONE: StoreError = StoreError::NotFound { what: "dashboard" };

fn grants(all: &[(&str, Level)]) -> Vec<Grant> {
    all.iter().map(|(to, level)| Grant { to: to.parse().unwrap(), level: *level }).collect()
}

/// What is granted, as it is told in two ways.
async fn granted(store: &dyn Store, id: &str) -> BTreeSet<Grant> {
    let grants = store.grants(&dashboard_id(id)).await.unwrap();
    let listed = store.dashboards().await.unwrap();
    let summary = listed.into_iter().find(|summary| summary.id.as_str() == id).unwrap();
    assert_eq!(summary.grants, grants);
    let set: BTreeSet<_> = grants.iter().cloned().collect();
    assert_eq!(set.len(), grants.len());
    set
}

fn set(all: &[(&str, Level)]) -> BTreeSet<Grant> {
    grants(all).into_iter().collect()
}

pub(crate) async fn a_new_dashboard_is_everyones_to_edit(backend: &dyn Backend) {
    let store = backend.open().await;
    store.add_dashboard(dashboard("a", "A"), NOW).await.unwrap();
    store.seed_dashboards(vec![dashboard("b", "B")], NOW).await.unwrap();
    for id in ["a", "b"] {
        assert_eq!(granted(&*store, id).await, set(&[("everyone", Level::Edit)]));
    }
    assert_eq!(store.grants(&dashboard_id("x")).await, Err(GONE));
}

pub(crate) async fn grants_are_replaced_without_those_to_nobody(backend: &dyn Backend) {
    let store = backend.open().await;
    add_user(&*store, "ana", Role::Editor).await;
    store.add_team(team("t", "T", &[]), at(NOW)).await.unwrap();
    for id in ["d", "e"] {
        store.add_dashboard(dashboard(id, "D"), NOW).await.unwrap();
    }
    let (id, real) = (dashboard_id("d"), [("user:ana", Level::Edit), ("team:t", Level::View)]);
    let given = grants(&[("user:nobody", Level::Edit), real[0], ("team:nowhere", Level::View), real[1]]);
    store.set_grants(&id, given, at(NOW)).await.unwrap();
    assert_eq!(granted(&*backend.open().await, "d").await, set(&real));
    assert_eq!(granted(&*store, "e").await, set(&[("everyone", Level::Edit)]));
    // Of several to one the highest counts, as it does when somebody asks.
    let twice = grants(&[("everyone", Level::View), ("everyone", Level::Edit), ("everyone", Level::View)]);
    store.set_grants(&id, twice, at(NOW)).await.unwrap();
    assert_eq!(granted(&*store, "d").await, set(&[("everyone", Level::Edit)]));
    store.set_grants(&id, Vec::new(), at(NOW)).await.unwrap();
    assert_eq!(granted(&*store, "d").await, set(&[]));
    assert_eq!(store.set_grants(&dashboard_id("x"), Vec::new(), at(NOW)).await, Err(GONE));
}

pub(crate) async fn grants_stay_with_their_dashboard_and_end_with_it(backend: &dyn Backend) {
    let store = backend.open().await;
    let (id, mine) = (dashboard_id("d"), [("user:ana", Level::View)]);
    add_user(&*store, "ana", Role::Editor).await;
    let added = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    store.set_grants(&id, grants(&mine), at(NOW)).await.unwrap();
    store.save_dashboard(added, NOW).await.unwrap();
    assert_eq!(granted(&*store, "d").await, set(&mine));

    store.delete_dashboard(&id, 2, NOW).await.unwrap();
    assert_eq!(store.grants(&id).await, Err(GONE));
    assert_eq!(store.set_grants(&id, Vec::new(), at(NOW)).await, Err(GONE));
    store.restore_dashboard(&id, NOW).await.unwrap();
    assert_eq!(granted(&*store, "d").await, set(&mine));
    // Another one that has its id begins anew.
    store.delete_dashboard(&id, 4, NOW).await.unwrap();
    store.add_dashboard(dashboard("d", "Other"), NOW).await.unwrap();
    assert_eq!(granted(&*store, "d").await, set(&[("everyone", Level::Edit)]));
}
