//! PostgreSQL that dies, hangs, restarts, or is held up: errors within the time limits, and then on as before.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tideboard_access::Role;
use tideboard_services::Postgres;
use tideboard_store::{PostgresStore, Store, StoreError};

use crate::postgres::Database;
use crate::sample::{NOW, at, dashboard, dashboard_id, new_user, owner, session, session_id};

/// Longer than any limit, with room for a slow machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a call may take at most by its own limits, and room for a slow machine.
const LIMIT: Duration = Duration::from_secs(10 + 5);

/// A server of its own, and a store on it that has been used.
async fn used_store() -> (Postgres, Database, PostgresStore) {
    let server = Postgres::start().unwrap();
    let database = Database::on(&server);
    let store = database.try_open().await.unwrap();
    let owner = owner(&store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    (server, database, store)
}

/// Asks until it works; anything but the database being away is a failure.
async fn recovered(store: &dyn Store) -> Duration {
    let start = Instant::now();
    loop {
        match store.session(&session_id(1), NOW).await {
            Ok(_) => return start.elapsed(),
            Err(StoreError::Unreachable { .. }) => assert!(start.elapsed() < PATIENCE, "it never came back"),
            Err(other) => panic!("{other}"),
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[track_caller]
fn assert_unreachable<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unreachable { .. })), "{answer:?}");
}

#[tokio::test]
async fn a_server_that_restarts_between_two_calls_is_not_noticed() {
    let (server, _database, store) = used_store().await;
    for round in 1..=3 {
        server.restart().unwrap();
        let read = store.dashboard(&dashboard_id("d")).await.unwrap();
        server.restart().unwrap();
        assert_eq!(store.save_dashboard(read, NOW).await.unwrap().revision, round + 1);
    }
}

#[tokio::test]
async fn a_server_that_is_gone_is_said_at_once_and_found_again() {
    let (server, _database, store) = used_store().await;
    server.kill().unwrap();
    let start = Instant::now();
    assert_unreachable(store.session(&session_id(1), NOW).await);
    assert_unreachable(store.add_user(new_user("ana", Role::Editor), NOW).await);
    assert_unreachable(store.changes(None).await);
    assert!(start.elapsed() < LIMIT, "{:?}", start.elapsed());
    server.restart().unwrap();
    recovered(&store).await;
    store.add_user(new_user("ana", Role::Editor), NOW).await.unwrap();
}

#[tokio::test]
async fn a_server_that_stands_still_holds_nobody_up_for_long() {
    let (server, _database, store) = used_store().await;
    server.pause().unwrap();
    let start = Instant::now();
    // Far more than there are connections: those who wait for one have a limit too.
    let asking: Vec<_> = (0..40).map(|_| store.session(&session_id(1), NOW)).collect();
    let ana = new_user("ana", Role::Editor);
    let change = store.add_user(ana.clone(), NOW);
    crate::backend::all(asking.into_iter().map(async |asked| assert_unreachable(asked.await))).await;
    assert_unreachable(change.await);
    let (waited, limit) = (start.elapsed(), 2 * LIMIT);
    assert!(waited < limit, "{waited:?}");
    server.resume().unwrap();
    recovered(&store).await;
    // What was answered by an error did not happen by halves.
    if store.user(&ana.id).await.is_err() {
        store.add_user(ana, NOW).await.unwrap();
    }
    assert_eq!(store.users().await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_answered_change_outlives_a_server_that_is_killed_again_and_again() {
    let (server, _database, store) = used_store().await;
    let (store, done) = (Arc::new(store), Arc::new(AtomicBool::new(false)));
    let writing = tokio::spawn({
        let (store, done) = (store.clone(), done.clone());
        async move {
            let (mut answered, mut current) = (0_u32, store.dashboard(&dashboard_id("d")).await.unwrap());
            while !done.load(Ordering::Acquire) {
                match store.save_dashboard(current.clone(), NOW).await {
                    Ok(saved) => {
                        answered += 1;
                        current = saved;
                    }
                    Err(StoreError::Unreachable { .. }) => {
                        recovered(&*store).await;
                        let now = store.dashboard(&dashboard_id("d")).await.unwrap();
                        // The change that failed may have happened, once.
                        let ahead = now.revision.checked_sub(current.revision);
                        assert!(matches!(ahead, Some(0 | 1)), "{} after {}", now.revision, current.revision);
                        current = now;
                    }
                    Err(other) => panic!("{other}"),
                }
            }
            answered
        }
    });
    for _ in 0..4 {
        twenty_more(&*store).await;
        server.kill().unwrap();
        server.restart().unwrap();
    }
    twenty_more(&*store).await;
    done.store(true, Ordering::Release);
    // The last of each round may have been answered by an error.
    assert!(writing.await.unwrap() >= 5 * 19);
}

/// Waits for changes.
async fn twenty_more(store: &dyn Store) {
    let start = Instant::now();
    let mut from = None;
    while start.elapsed() < PATIENCE {
        if let Ok(changes) = store.changes(None).await {
            let number = changes.upto.number();
            if number >= *from.get_or_insert(number) + 20 {
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("nothing is written");
}
