//! PostgreSQL whose standby takes its place: the store finds it, and says if it lacks what was read before.

use std::time::{Duration, Instant};

use tideboard_access::Role;
use tideboard_services::Postgres;
use tideboard_store::{Changed, PostgresStore, StoreError};

use crate::sample::{NOW, dashboard, dashboard_id, first_open, new_user};
use tideboard_store::Store;

/// Longer than any limit, with room for a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);

async fn open(primary: &Postgres, standby: &Postgres, database: &str) -> PostgresStore {
    let address = primary.url_with(standby, database).parse().unwrap();
    PostgresStore::open(&address, &first_open(1)).await.unwrap()
}

/// Reads until it works; anything but the database being away is a failure.
async fn found_again(store: &dyn Store) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = store.dashboards().await {
        assert!(matches!(error, StoreError::Unreachable { .. }), "{error}");
        assert!(Instant::now() < deadline, "{error}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_postgres_that_fails_over_is_found_by_its_address() {
    let primary = Postgres::builder().fsync().start().unwrap();
    let database = primary.database().unwrap();
    let standby = primary.standby().unwrap();
    primary.wait_for_standby().unwrap();
    let store = open(&primary, &standby, &database).await;
    let added = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    let read = store.changes(None).await.unwrap().upto;
    let saved = store.save_dashboard(added, NOW).await.unwrap();
    primary.kill().unwrap();
    let away = store.save_dashboard(saved.clone(), NOW).await;
    assert!(matches!(away, Err(StoreError::Unreachable { .. })), "nobody may be written to yet: {away:?}");
    standby.promote().unwrap();
    found_again(&store).await;
    assert_eq!(store.dashboard(&dashboard_id("d")).await.unwrap(), saved, "what was answered is there");
    assert_eq!(store.save_dashboard(saved, NOW).await.unwrap().revision, 3, "and it goes on from there");
    let changes = store.changes(Some(read)).await.unwrap();
    assert!(matches!(&changes.changed, Changed::These(these) if these.len() == 2), "no other history: {changes:?}");
}

#[tokio::test]
async fn changes_that_a_standby_did_not_have_are_taken_back_and_whoever_read_them_hears_of_it() {
    let primary = Postgres::builder().fsync().start().unwrap();
    let database = primary.database().unwrap();
    let standby = primary.standby().unwrap();
    let store = open(&primary, &standby, &database).await;
    let added = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    primary.await_standby().unwrap();
    standby.fall_behind().unwrap();
    store.save_dashboard(added, NOW).await.unwrap();
    let read = store.changes(None).await.unwrap().upto;
    primary.kill().unwrap();
    standby.promote().unwrap();
    found_again(&store).await;
    let now = store.dashboard(&dashboard_id("d")).await.unwrap();
    assert_eq!(now.revision, 1);
    // As many changes as before, but others.
    store.add_user(new_user("ana", Role::Editor), NOW).await.unwrap();
    let changes = store.changes(Some(read)).await.unwrap();
    assert_eq!(changes.upto.number(), read.number());
    assert_eq!(changes.changed, Changed::Everything);
}
