//! Moving an installation from one store to another, and back.

use proptest::prelude::*;
use serde_json::{Value, json};
use tideboard_access::{Role, SocketClaims, VerifyingKeys, issue, verify};
use tideboard_boards::Dashboard;
use tideboard_services::Postgres;
use tideboard_store::{Contents, Store, StoreError, Tally, copy};

use crate::postgres::Database;
use crate::sample::{
    NOW, dashboard, dashboard_id, first_open, key, later, owner, session, session_hash, sign_in, sign_in_hash, user,
    view,
};
use crate::sqlite::Folder;

/// Something of each kind, in each of its states.
async fn make_rich(store: &dyn Store) {
    let owner = owner(store).await;
    let ana = user("ana", Role::Editor);
    store.add_user(ana.clone()).await.unwrap();
    store.add_user(user("Bo-2", Role::Viewer)).await.unwrap();
    store.set_role(&"Bo-2".parse().unwrap(), Role::Editor).await.unwrap();
    for seed in 1..=3 {
        store.begin_session(session(&ana.id, seed), later(i64::from(seed))).await.unwrap();
    }
    store.revoke_session(&ana.id, session_hash(2), later(9)).await.unwrap();
    store.touch_session(session_hash(3), later(100_000)).await.unwrap();
    for seed in 1..=2 {
        store.offer_sign_in(sign_in(&owner, seed), NOW).await.unwrap();
    }
    store.sign_in(sign_in_hash(1), session_hash(4), "Grüße".to_owned(), NOW).await.unwrap();
    for (id, seed) in [("used", 1), ("revoked", 2), ("Fresh", 3)] {
        store.add_key(key(id, seed, &ana.id)).await.unwrap();
    }
    store.touch_key(&"used".parse().unwrap(), later(7)).await.unwrap();
    store.revoke_key(&"revoked".parse().unwrap(), later(8)).await.unwrap();
    for id in ["c", "a", "b", "gone"] {
        store.add_dashboard(dashboard(id, "Grüße, 世界"), NOW).await.unwrap();
    }
    let edited = Dashboard { revision: 1, ..dashboard("b", "Edited") };
    store.save_dashboard(edited, later(1)).await.unwrap();
    store.move_dashboard(&dashboard_id("b"), 0).await.unwrap();
    store.delete_dashboard(&dashboard_id("gone"), 1, later(2)).await.unwrap();
    store.save_personal_view(&ana.id, view("a", 0), NOW).await.unwrap();
    store.save_personal_view(&ana.id, view("b", 0), NOW).await.unwrap();
    store.delete_personal_view(&ana.id, &dashboard_id("b"), later(3)).await.unwrap();
    store.save_personal_view(&owner, view("a", 0), later(4)).await.unwrap();
}

fn counts(tally: &[Tally]) -> Vec<(&str, usize)> {
    tally.iter().map(|tally| (tally.kind, tally.count)).collect()
}

#[tokio::test]
async fn an_installation_moves_to_postgres_and_back_and_is_the_same() {
    let (here, back, database) = (Folder::new(), Folder::new(), Database::new());
    let source = here.try_open().unwrap();
    make_rich(&source).await;
    let there = database.open_without_installation().await;
    let copied = copy(&source, &there).await.unwrap();
    let expected = [
        ("users", 3),
        ("installation", 1),
        ("sessions", 4),
        ("sign_ins", 2),
        ("keys", 3),
        ("dashboards", 4),
        ("personal_views", 3),
    ];
    assert_eq!(counts(&copied), expected);
    assert_eq!(copied, source.contents().await.unwrap().tally().unwrap());

    let again = back.open_without_installation();
    assert_eq!(copy(&there, &again).await.unwrap(), copied);
    assert_eq!(again.contents().await.unwrap(), source.contents().await.unwrap());
    for moved in [&there as &dyn Store, &again] {
        it_goes_on(&source, moved).await;
    }
}

/// Everything works on in the store that it was moved to.
async fn it_goes_on(source: &dyn Store, moved: &dyn Store) {
    let (old, new) = (source.installation().await.unwrap(), moved.installation().await.unwrap());
    let claims = SocketClaims::new(&old.id, &old.owner, &session_hash(1), NOW);
    let token = issue(&claims, &old.signing_key).unwrap();
    let keys = VerifyingKeys::of([&new.signing_key]);
    assert_eq!(verify(token.as_bytes(), &keys, &new.id, NOW), Ok(claims));

    assert_eq!(moved.users().await, source.users().await);
    assert_eq!(moved.keys().await, source.keys().await);
    assert_eq!(moved.dashboards().await, source.dashboards().await);
    assert!(moved.session(session_hash(1), later(10)).await.is_ok());
    assert!(moved.session(session_hash(2), later(10)).await.is_err());
    assert!(moved.sign_in(sign_in_hash(1), session_hash(8), String::new(), NOW).await.is_err());
    assert!(moved.sign_in(sign_in_hash(2), session_hash(9), String::new(), NOW).await.is_ok());
    // Revisions go on rising, of what was deleted too.
    let ana = "ana".parse().unwrap();
    assert_eq!(moved.save_personal_view(&ana, view("b", 0), NOW).await.unwrap().revision, 3);
    assert_eq!(moved.restore_dashboard(&dashboard_id("gone"), NOW).await.unwrap().revision, 3);
    assert_eq!(moved.add_dashboard(dashboard("new", "New"), NOW).await.unwrap().revision, 1);
}

#[tokio::test]
async fn a_store_that_holds_something_is_never_filled() {
    let (folder, database) = (Folder::new(), Database::new());
    let (sqlite, postgres) = (folder.try_open().unwrap(), database.try_open().await.unwrap());
    sqlite.add_dashboard(dashboard("d", "Here"), NOW).await.unwrap();
    let before = (sqlite.contents().await.unwrap(), postgres.contents().await.unwrap());
    let refused = Err(StoreError::NotEmpty { found: "users" });
    assert_eq!(copy(&sqlite, &postgres).await, refused);
    assert_eq!(copy(&postgres, &sqlite).await, refused);
    assert_eq!((sqlite.contents().await.unwrap(), postgres.contents().await.unwrap()), before);
}

#[tokio::test]
async fn a_store_without_an_installation_is_no_source() {
    let (from, to) = (Folder::new(), Folder::new());
    let nothing = copy(&from.open_without_installation(), &to.open_without_installation()).await;
    assert_eq!(nothing, Err(StoreError::NotFound { what: "installation" }));
    // And whoever opens it as usual makes one.
    let first = first_open(7);
    let store = tideboard_store::SqliteStore::open(&from.file(), &first).unwrap();
    assert_eq!(store.installation().await.unwrap().id, first.installation);
}

#[tokio::test]
async fn a_source_that_changes_meanwhile_is_noticed() {
    let (folder, database) = (Folder::new(), Database::new());
    let (source, target) = (database.try_open().await.unwrap(), folder.open_without_installation());
    // Tokens that are others whenever they are read.
    let restless = "ALTER TABLE sign_ins RENAME TO still; CREATE VIEW sign_ins AS
                    SELECT random()::text AS hash, id AS user_id, 1::bigint AS created, 1::bigint AS expires,
                           1::bigint AS used FROM users";
    Postgres::shared().unwrap().sql(&database.url, restless).unwrap();
    let noticed = copy(&source, &target).await;
    assert!(matches!(noticed, Err(StoreError::Refused { .. })), "{noticed:?}");
}

#[tokio::test]
async fn what_cannot_be_kept_whole_is_not_kept_at_all() {
    let (folder, database) = (Folder::new(), Database::new());
    let (sqlite, postgres) = (folder.open_without_installation(), database.open_without_installation().await);
    let orphan = some_contents(|records| {
        records[2]["rows"] = json!([["h", "nobody", 1, 1, 1, "", null]]);
    });
    let nothing = postgres.contents().await.unwrap();
    for store in [&sqlite as &dyn Store, &postgres] {
        assert!(matches!(store.fill(orphan.clone()).await, Err(StoreError::Failed { .. })));
        assert_eq!(store.contents().await.unwrap(), nothing);
    }
    // PostgreSQL has no such character: it is said before anything is kept.
    let unheard_of = some_contents(|records| records[0]["rows"][0][1] = json!("a\0b"));
    assert!(matches!(postgres.fill(unheard_of).await, Err(StoreError::Failed { .. })));
    assert_eq!(postgres.contents().await.unwrap(), nothing);
}

#[tokio::test]
async fn contents_of_another_shape_are_refused() {
    let folder = Folder::new();
    let store = folder.open_without_installation();
    let newer = contents(2, some_records(|_| ()));
    assert_eq!(store.fill(newer).await, Err(StoreError::NewerVersion { found: 2, known: 1 }));
    for change in [
        (|records| drop(records.as_array_mut().unwrap().pop())) as fn(&mut Value),
        |records| records[0]["kind"] = json!("people"),
        |records| records[0]["columns"] = json!(["id"]),
        |records| records[0]["rows"] = json!([["id"]]),
    ] {
        assert!(matches!(store.fill(some_contents(change)).await, Err(StoreError::Damaged { .. })));
    }
}

fn contents(version: i64, records: Value) -> Contents {
    serde_json::from_value(json!({"version": version, "records": records})).unwrap()
}

fn some_contents(change: impl FnOnce(&mut Value)) -> Contents {
    contents(1, some_records(change))
}

/// The records of a small installation, changed.
fn some_records(change: impl FnOnce(&mut Value)) -> Value {
    let kind = |name: &str, columns: &str, rows: Value| json!({"kind": name, "columns": columns.split(' ').collect::<Vec<_>>(), "rows": rows});
    let mut records = json!([
        kind("users", "id name role created", json!([["o", "Owner", "owner", 1]])),
        kind("installation", "id signing_key owner created", json!([["i", "key", "o", 1]])),
        kind("sessions", "hash user created last_seen expires user_agent revoked", json!([])),
        kind("sign_ins", "hash user created expires used", json!([])),
        kind("keys", "id name prefix hash scope created created_by last_used revoked", json!([])),
        kind("dashboards", "id title revision position document updated deleted", json!([])),
        kind("personal_views", "user dashboard revision document updated", json!([])),
    ]);
    change(&mut records);
    records
}

/// Any text that both databases can hold.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,40}"
}

fn dashboards() -> impl Strategy<Value = Vec<Value>> {
    let row = (text(), any::<i64>(), any::<i64>(), text(), any::<i64>(), any::<Option<i64>>());
    let row = row.prop_map(|(title, revision, position, document, updated, deleted)| {
        json!(["", title, revision, position, document, updated, deleted])
    });
    proptest::collection::btree_map(text(), row, 0..150).prop_map(|rows| {
        rows.into_iter()
            .map(|(id, mut row)| {
                row[0] = json!(id);
                row
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_stored_is_the_same_elsewhere_bit_for_bit(rows in dashboards()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (folder, database) = (Folder::new(), Database::new());
            let (sqlite, postgres) = (folder.open_without_installation(), database.open_without_installation().await);
            let given = some_contents(|records| records[5]["rows"] = Value::Array(rows));
            sqlite.fill(given.clone()).await.unwrap();
            let kept = sqlite.contents().await.unwrap();
            assert_eq!(kept, given);
            postgres.fill(kept).await.unwrap();
            assert_eq!(postgres.contents().await.unwrap(), given);
        });
    }
}
