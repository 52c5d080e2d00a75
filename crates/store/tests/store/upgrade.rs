//! A file of the version before: it opens, and keeps what people made.

use rusqlite::{Connection, params};
use tideboard_access::{KeyPurpose, Reach, Role, Scope, SigningKey, TagScope};
use tideboard_store::{ApiKey, Changed, LinkPurpose, SqliteStore, Store, StoreError};

use crate::sample::{NOW, at, dashboard, dashboard_id, first_open, key, later, link, link_hash, new_user, session};
use crate::sqlite::Folder;

/// What version 2 made of a file, with something of each kind in it.
const SCHEMA_2: [&str; 2] = [include_str!("../../src/sqlite/schema.sql"), include_str!("../../src/sqlite/changes.sql")];

fn made_by_version_2(folder: &Folder) {
    let file = Connection::open(folder.file()).unwrap();
    file.execute_batch(&SCHEMA_2.join(";")).unwrap();
    file.pragma_update(None, "user_version", 2).unwrap();
    file.pragma_update(None, "foreign_keys", true).unwrap();
    let pem = SigningKey::from_seed(&[7; 32]).unwrap().to_pem();
    let hash = key("k", 1, &"olga".parse().unwrap()).hash.to_string();
    let document = serde_json::to_string(&dashboard("d", "Mine")).unwrap();
    let insert = |sql: &str, params: &[&dyn rusqlite::ToSql]| assert_eq!(file.execute(sql, params).unwrap(), 1);
    insert("INSERT INTO users VALUES ('olga', 'Olga', 'owner', ?1)", params![NOW.0]);
    insert("INSERT INTO users VALUES ('ana', 'Ana', 'editor', ?1)", params![NOW.0 + 1]);
    insert("INSERT INTO installation VALUES (1, 'here', ?1, 'olga', ?2)", params![pem, NOW.0]);
    let far = later(1_000_000_000).0;
    insert("INSERT INTO sessions VALUES ('aa', 'ana', ?1, ?1, ?2, 'Safari', NULL)", params![NOW.0, far]);
    insert("INSERT INTO sign_ins VALUES (?1, 'ana', ?2, ?3, NULL)", params![link_hash(1).to_string(), NOW.0, far]);
    let sql = "INSERT INTO keys VALUES ('k', 'Hall', 'tb_x', ?1, '[\"hall.*\"]', ?2, 'ana', ?2, NULL)";
    insert(sql, params![hash, NOW.0]);
    for (id, deleted) in [("d", None), ("gone", Some(NOW.0))] {
        let sql = "INSERT INTO dashboards VALUES (?1, 'Mine', 4, 0, ?2, ?3, ?4)";
        insert(sql, params![id, document, NOW.0, deleted]);
    }
    insert("INSERT INTO personal_views VALUES ('ana', 'd', 2, NULL, ?1)", params![NOW.0]);
    insert(r#"INSERT INTO changes VALUES (1, 5, '{"kind":"session_ended","hash":"aa"}')"#, &[]);
}

async fn upgraded() -> (Folder, SqliteStore) {
    let folder = Folder::new();
    made_by_version_2(&folder);
    let store = folder.try_open().unwrap();
    (folder, store)
}

#[tokio::test]
async fn a_file_of_the_version_before_keeps_its_users_keys_and_dashboards() {
    let (folder, store) = upgraded().await;
    let installation = store.installation().await.unwrap();
    assert_eq!((installation.id.as_str(), installation.owner.as_str()), ("here", "olga"));
    assert_eq!(installation.signing_key.id(), SigningKey::from_seed(&[7; 32]).unwrap().id());
    assert!(installation.previous_key.is_none());

    let users = store.users().await.unwrap();
    let told: Vec<_> = users.iter().map(|user| (user.id.as_str(), user.name.as_str(), user.role)).collect();
    assert_eq!(told, [("olga", "Olga", Role::Owner), ("ana", "Ana", Role::Editor)]);
    for user in &users {
        assert_eq!((&user.login, &user.reach, user.disabled), (&None, &Reach::all(), None));
        assert!(user.teams.is_empty() && !user.has_password && !user.has_totp);
    }
    let reach = Reach { streams: Scope::new(["hall.*"]).unwrap(), tags: TagScope::default() };
    let kept = key("k", 1, &"ana".parse().unwrap());
    let kept = ApiKey { name: "Hall".to_owned(), prefix: "tb_x".to_owned(), purpose: KeyPurpose::Write, reach, ..kept };
    assert_eq!(store.key(kept.hash, NOW).await, Ok(ApiKey { last_used: Some(NOW), ..kept }));

    // All dashboards stay everyone's to edit, those that come back too.
    let grants = store.grants(&dashboard_id("d")).await.unwrap();
    let told: Vec<_> = grants.iter().map(|grant| (grant.to.to_string(), grant.level.as_str())).collect();
    assert_eq!(told, [("everyone".to_owned(), "edit")]);
    let listed = store.dashboards().await.unwrap();
    assert_eq!((listed.len(), listed[0].revision, listed[0].grants.clone()), (1, 4, grants.clone()));
    store.restore_dashboard(&dashboard_id("gone"), NOW).await.unwrap();
    assert_eq!(store.grants(&dashboard_id("gone")).await, Ok(grants));

    // Whoever opens it next finds it as it is now.
    drop(store);
    assert_eq!(folder.try_open().unwrap().users().await, Ok(users));
}

#[tokio::test]
async fn in_a_file_of_the_version_before_everyone_signs_in_once_more() {
    let (_folder, store) = upgraded().await;
    let ana = "ana".parse().unwrap();
    assert_eq!(store.sessions(&ana, NOW).await, Ok(Vec::new()));
    // Whoever was told of the change that the old version noted is told of everything.
    assert_eq!(store.changes(None).await.unwrap().changed, Changed::Everything);
    // Links that were offered before still work.
    let (session, _) = store.sign_in(link_hash(1), session(1), at(NOW)).await.unwrap();
    assert_eq!(store.sessions(&ana, NOW).await, Ok(vec![session]));
    store.offer_link(link(&ana, 2, LinkPurpose::Reset), at(NOW)).await.unwrap();
    assert!(store.reset_link(link_hash(2), NOW).await.is_ok());
}

#[tokio::test]
async fn a_file_of_the_version_before_goes_on_as_any_other() {
    let (_folder, store) = upgraded().await;
    store.add_user(new_user("bo", Role::Viewer), NOW).await.unwrap();
    let again = store.add_user(new_user("bo", Role::Viewer), NOW).await;
    assert_eq!(again, Err(StoreError::Exists { what: "user" }));
    store.audit(at(NOW)).await.unwrap();
    assert_eq!(store.audit_entries(None, 9).await.unwrap()[0].number, 1);
    assert_ne!(store.installation().await.unwrap().id, first_open(0).installation);
}
