//! Others in the same database: nodes that open it at once, transactions in the way, callers that go away.

use std::collections::BTreeMap;
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};
use std::time::Duration;

use tideboard_access::Role;
use tideboard_services::Postgres;
use tideboard_store::{Change, Changed, PostgresStore, Store, StoreError, StoreFuture};
use tokio_postgres::{Client, NoTls};

use crate::backend::Backend;
use crate::postgres::Database;
use crate::sample::{NOW, add_user, at, dashboard, dashboard_id, first_open, new_user, owner, session, session_id};

/// What whoever changes something holds.
const WRITERS_LOCK: &str = "SELECT pg_advisory_xact_lock(7737233015432176740)";

/// A connection that is not ours.
async fn stranger(database: &Database) -> Client {
    let (client, connection) = tokio_postgres::connect(&database.url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Polls once, so that what was asked is on its way.
fn begin<T>(change: &mut StoreFuture<'_, T>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(change.as_mut().poll(&mut context).is_pending());
}

/// How many sessions of ours wait for a lock.
async fn waiting(client: &Client) -> i64 {
    let sql = "SELECT count(*) FROM pg_stat_activity
               WHERE datname = current_database() AND application_name = 'tideboard' AND wait_event_type = 'Lock'";
    client.query_one(sql, &[]).await.unwrap().get(0)
}

#[test]
fn nodes_that_open_a_new_database_at_once_agree_on_one_installation() {
    for _ in 0..3 {
        let database = Arc::new(Database::new());
        let barrier = Arc::new(Barrier::new(4));
        let open = |seed: u8| {
            let (database, barrier) = (database.clone(), barrier.clone());
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                barrier.wait();
                runtime.block_on(async {
                    let store = PostgresStore::open(&database.address(), &first_open(seed)).await.unwrap();
                    let installation = store.installation().await.unwrap();
                    assert_eq!(store.users().await.unwrap().len(), 1);
                    (installation.id, installation.owner, installation.signing_key.id().to_owned())
                })
            })
        };
        let opened: Vec<_> = [0, 1, 2, 3].map(open).into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(opened.iter().all(|one| *one == opened[0]), "{opened:?}");
    }
}

#[tokio::test]
async fn a_change_that_another_transaction_makes_impossible_is_begun_anew() {
    let database = Database::new();
    // Whoever waits longer than that looks for a deadlock, and gives up if it finds one: so it is us.
    let name = database.url.rsplit('/').next().unwrap();
    let mut other = stranger(&database).await;
    other.batch_execute(&format!("ALTER DATABASE {name} SET deadlock_timeout = '3s'")).await.unwrap();
    other.batch_execute("SET deadlock_timeout = '600s'").await.unwrap();
    let store = database.open().await;
    let ana = add_user(&*store, "ana", Role::Editor).await;

    let transaction = other.transaction().await.unwrap();
    transaction.execute("UPDATE users SET name = 'Anastasia' WHERE id = 'ana'", &[]).await.unwrap();
    let mut change = store.set_role(&ana.id, Role::Viewer, at(NOW));
    begin(&mut change);
    let watcher = stranger(&database).await;
    while waiting(&watcher).await == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    transaction.execute(WRITERS_LOCK, &[]).await.unwrap();
    transaction.commit().await.unwrap();
    change.await.unwrap();
    let now = store.user(&ana.id).await.unwrap();
    assert_eq!((now.name.as_str(), now.role), ("Anastasia", Role::Viewer));
}

#[tokio::test]
async fn whoever_is_held_up_for_too_long_is_told_that_it_is_busy() {
    let database = Database::new();
    let store = database.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    let mut other = stranger(&database).await;
    let transaction = other.transaction().await.unwrap();
    transaction.execute(WRITERS_LOCK, &[]).await.unwrap();
    assert_eq!(store.add_user(new_user("ana", Role::Editor), NOW).await, Err(StoreError::Busy));
    // Look-ups go on meanwhile.
    assert!(store.session(&session_id(1), NOW).await.is_ok());
    transaction.rollback().await.unwrap();
    store.add_user(new_user("ana", Role::Editor), NOW).await.unwrap();
}

#[tokio::test]
async fn a_node_that_starts_waits_while_another_brings_the_database_up_to_date() {
    let database = Database::new();
    let mut other = stranger(&database).await;
    let transaction = other.transaction().await.unwrap();
    transaction.execute(WRITERS_LOCK, &[]).await.unwrap();
    // Longer than one waits for a lock otherwise.
    let holding = async {
        transaction.execute("SELECT pg_sleep(6)", &[]).await.unwrap();
        transaction.commit().await.unwrap();
    };
    let (store, ()) = tokio::join!(database.try_open(), holding);
    assert_eq!(store.unwrap().users().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_happens_whole_or_not_at_all() {
    let database = Database::new();
    let store = database.open().await;
    let point = store.changes(None).await.unwrap().upto;
    for round in 0..50 {
        let many = (0..5).map(|number| dashboard(&format!("r{round}-{number}"), "D")).collect();
        let mut change = store.seed_dashboards(many, NOW);
        // Dropped at another moment each time.
        for _ in 0..=round {
            let mut context = Context::from_waker(Waker::noop());
            if change.as_mut().poll(&mut context).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(change);
    }
    // Some may still be under way: each look sees one moment.
    let mut listed = store.dashboards().await.unwrap();
    while listed.is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
        listed = store.dashboards().await.unwrap();
    }
    assert_whole_rounds(listed.iter().map(|summary| summary.id.as_str()));
    let changes = store.changes(Some(point)).await.unwrap();
    let Changed::These(these) = changes.changed else { panic!("everything") };
    let saved = these.iter().map(|change| {
        let Change::DashboardSaved { id, .. } = change else { panic!("{change:?}") };
        id.as_str()
    });
    assert_whole_rounds(saved);
}

/// What was added together is there together.
fn assert_whole_rounds<'a>(ids: impl Iterator<Item = &'a str>) {
    let mut rounds: BTreeMap<&str, usize> = BTreeMap::new();
    for id in ids {
        *rounds.entry(id.split('-').next().unwrap()).or_default() += 1;
    }
    assert!(rounds.values().all(|count| *count == 5), "{rounds:?}");
}

#[tokio::test]
async fn statements_prepared_before_a_change_of_schema_are_prepared_anew() {
    let database = Database::new();
    let store = database.open().await;
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    let other = stranger(&database).await;
    for change in
        ["ALTER TABLE dashboards ADD COLUMN colour text", "ALTER TABLE dashboards ALTER COLUMN title TYPE varchar"]
    {
        store.dashboards().await.unwrap();
        other.batch_execute(change).await.unwrap();
        assert_eq!(store.dashboards().await.unwrap()[0].title, "D");
    }
    other.batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tideboard' AND datname = current_database()").await.unwrap();
    assert!(store.dashboard(&dashboard_id("d")).await.is_ok());
}

#[tokio::test]
async fn a_reader_is_never_taken_for_one_of_another_database() {
    let (one, other) = (Database::new(), Database::new());
    let (one, other) = (one.open().await, other.open().await);
    for store in [&one, &other] {
        store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    }
    let (here, there) = (one.changes(None).await.unwrap().upto, other.changes(None).await.unwrap().upto);
    assert_eq!(here.number(), there.number());
    assert_eq!(one.changes(Some(there)).await.unwrap().changed, Changed::Everything);
    assert_eq!(one.changes(Some(here)).await.unwrap().changed, Changed::These(Vec::new()));
}

/// A role that may only read and write rows, after the tables were made by another.
#[tokio::test]
async fn rights_to_rows_are_enough_once_the_tables_are_there() {
    let server = Postgres::shared().unwrap();
    let database = Database::new();
    drop(database.open().await);
    let name = database.url.rsplit('/').next().unwrap();
    let (role, only_reads) = (format!("writer_{name}"), format!("reader_{name}"));
    let grants = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'secret'; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
         CREATE ROLE {only_reads} LOGIN PASSWORD 'secret'; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {only_reads}"
    );
    server.sql(&database.url, &grants).unwrap();
    let as_role = |role: &str| format!("postgres://{role}:secret@127.0.0.1:{}/{name}", server.port()).parse().unwrap();
    let store = PostgresStore::open(&as_role(&role), &first_open(9)).await.unwrap();
    store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    store.add_user(new_user("ana", Role::Editor), NOW).await.unwrap();

    let reader = PostgresStore::open(&as_role(&only_reads), &first_open(9)).await.unwrap();
    assert_eq!(reader.dashboards().await.unwrap().len(), 1);
    let refused = reader.add_dashboard(dashboard("e", "E"), NOW).await;
    assert!(matches!(refused, Err(StoreError::Unwritable { .. })), "{refused:?}");
}

#[tokio::test]
async fn databases_that_will_not_do_are_refused_by_name() {
    let server = Postgres::shared().unwrap();
    let newer = Database::new();
    drop(newer.open().await);
    server.sql(&newer.url, "UPDATE schema_version SET version = 99").unwrap();
    let refused = newer.try_open().await.err();
    assert_eq!(refused, Some(StoreError::NewerVersion { found: 99, known: 2 }));

    let damaged = Database::new();
    let store = damaged.open().await;
    server.sql(&damaged.url, "UPDATE users SET role = 'emperor'").unwrap();
    assert!(matches!(store.users().await, Err(StoreError::Damaged { .. })));

    let latin = "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'";
    server.sql(&server.url(), latin).unwrap();
    let at = |who: &str, name: &str| format!("postgres://{who}@127.0.0.1:{}/{name}", server.port());
    let us = newer.url.split('@').next().unwrap().trim_start_matches("postgres://");
    for (url, told) in [
        (at(us, "latin"), "LATIN1"),
        (at(us, "missing"), "does not exist"),
        (at("nobody:wrong", "postgres"), "password authentication failed"),
    ] {
        let refused = PostgresStore::open(&url.parse().unwrap(), &first_open(1)).await.err().unwrap();
        assert!(matches!(&refused, StoreError::Failed { reason } if reason.contains(told)), "{refused}");
    }
}
