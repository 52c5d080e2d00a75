//! PostgreSQL: the suite, and what only a server can do.

use std::sync::atomic::{AtomicU8, Ordering};

use tideboard_access::{Grant, KeyPurpose, Level, Subject};
use tideboard_services::Postgres;
use tideboard_store::{PostgresAddress, PostgresStore, Store, StoreError};

use crate::backend::{Backend, Opening};
use crate::sample::{NOW, at, first_open, key};
use crate::suite::run_suite;

/// A database of its own.
pub(crate) struct Database {
    pub(crate) url: String,
    opened: AtomicU8,
}

impl Database {
    /// On the server that all tests share.
    pub(crate) fn new() -> Self {
        Self::on(Postgres::shared().unwrap())
    }

    pub(crate) fn on(server: &Postgres) -> Self {
        Self { url: server.database().unwrap(), opened: AtomicU8::new(0) }
    }

    pub(crate) fn address(&self) -> PostgresAddress {
        self.url.parse().unwrap()
    }

    pub(crate) async fn open_without_installation(&self) -> PostgresStore {
        PostgresStore::open_without_installation(&self.address()).await.unwrap()
    }

    pub(crate) async fn try_open(&self) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.address(), &first_open(self.opened.fetch_add(1, Ordering::Relaxed))).await
    }
}

impl Backend for Database {
    fn open(&self) -> Opening<'_> {
        Box::pin(async { Box::new(self.try_open().await.unwrap()) as Box<dyn Store> })
    }
}

run_suite!(Database::new());

/// What a node of schema 1 left behind.
const SCHEMA_1: &str = "
    INSERT INTO users VALUES ('owner', 'Owner', 'owner', 1), ('ana', 'Ana', 'editor', 2);
    INSERT INTO installation (id, signing_key, owner, created) VALUES ('here', 'PEM', 'owner', 1);
    INSERT INTO sessions VALUES ('h', 'owner', 1, 1, 9000000000000, '', NULL);
    INSERT INTO sign_ins VALUES ('h', 'owner', 1, 9000000000000, NULL);
    INSERT INTO keys VALUES ('k', 'Key', 'tb_', 'HASH', '[\"hall.*\"]', 1, 'owner', NULL, NULL);
    INSERT INTO dashboards VALUES ('d', 'D', 1, 0, '{}', 1, NULL), ('gone', 'G', 2, 1, '{}', 1, 5);
    UPDATE schema_version SET version = 1";

#[tokio::test]
async fn a_database_of_the_version_before_keeps_all_but_its_sessions() {
    let (server, database) = (Postgres::shared().unwrap(), Database::new());
    let pem = first_open(1).signing_key.to_pem();
    let hash = key("k", 1, &"owner".parse().unwrap()).hash.to_string();
    let before = SCHEMA_1.replace("PEM", &pem).replace("HASH", &hash);
    server.sql(&database.url, &format!("{}{before}", include_str!("../../src/postgres/schema.sql"))).unwrap();

    let store = database.try_open().await.unwrap();
    assert_eq!(store.installation().await.unwrap().id.as_str(), "here");
    let users = store.users().await.unwrap();
    assert_eq!(users.iter().map(|user| user.id.as_str()).collect::<Vec<_>>(), ["owner", "ana"]);
    assert!(users.iter().all(|user| user.reach.is_all() && user.login.is_none() && user.disabled.is_none()));
    assert_eq!(store.sessions(&users[0].id, NOW).await, Ok(Vec::new()));
    let kept = store.keys().await.unwrap();
    assert_eq!((kept[0].purpose, kept[0].expires), (KeyPurpose::Write, None));
    assert!(kept[0].reach.tags.is_all() && !kept[0].reach.streams.is_all());
    // What all could edit they still can.
    let everyone = vec![Grant { to: Subject::Everyone, level: Level::Edit }];
    assert_eq!(store.dashboards().await.unwrap()[0].grants, everyone);
    // A node of the version before that is still there adds users and keys.
    let added = "INSERT INTO users (id, name, role, created) VALUES ('bo', 'Bo', 'viewer', 3)";
    server.sql(&database.url, added).unwrap();
    assert_eq!(store.users().await.unwrap().len(), 3);
    assert_eq!(server.sql(&database.url, "SELECT purpose FROM links").unwrap(), "sign_in");
}

#[tokio::test]
async fn the_record_is_never_changed_and_never_shortened() {
    let (server, database) = (Postgres::shared().unwrap(), Database::new());
    let store = database.try_open().await.unwrap();
    store.audit(at(NOW)).await.unwrap();
    for forbidden in ["UPDATE audit SET who = 'nobody'", "DELETE FROM audit", "TRUNCATE audit"] {
        let refused = server.sql(&database.url, forbidden).unwrap_err().to_string();
        assert!(refused.contains("never"), "{forbidden}: {refused}");
    }
    assert_eq!(store.audit_entries(None, 10).await.unwrap().len(), 1);
}
