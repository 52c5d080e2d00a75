//! Moving an installation from one store to another, and back.

use proptest::prelude::*;
use serde_json::{Value, json};
use tideboard_access::{Grant, KeyPurpose, Level, Reach, Role, Scope, SigningKey, TagScope, TotpSecret, UserId};
use tideboard_boards::Dashboard;
use tideboard_services::Postgres;
use tideboard_store::{
    ApiKey, Contents, Invite, LinkPurpose, NewAudit, NewUser, Refreshed, Store, StoreError, Tally, Totp, copy,
};

use crate::postgres::Database;
use crate::sample::{
    NOW, account, at, dashboard, dashboard_id, first_open, invite, invite_hash, key, later, link, link_hash, login,
    new_user, owner, password, refresh_hash, session, session_id, team, view,
};
use crate::sqlite::Folder;

/// Something of each kind, in each of its states.
async fn make_rich(store: &dyn Store) {
    let owner = owner(store).await;
    people(store).await;
    sessions(store, &owner).await;
    invites_and_keys(store, &owner).await;
    dashboards(store, &owner).await;
    store.rotate_signing_key(SigningKey::from_seed(&[77; 32]).unwrap(), at(later(20))).await.unwrap();
    let detail = json!({"Grüße": [null, 1.5, "世界"]});
    store.audit(NewAudit { target: "user:ana".to_owned(), detail, ..at(later(21)) }).await.unwrap();
}

fn ana() -> UserId {
    "ana".parse().unwrap()
}

/// Users and teams.
async fn people(store: &dyn Store) {
    let reach = Reach {
        streams: Scope::new(["hall.*"]).unwrap(),
        tags: TagScope::new([("région", ["日本", "eu"])]).unwrap(),
    };
    store.add_user(NewUser { reach, ..new_user("ana", Role::Editor) }, NOW).await.unwrap();
    store.add_user(NewUser { login: None, ..new_user("Bo-2", Role::Viewer) }, later(1)).await.unwrap();
    store.add_user(new_user("cy", Role::Viewer), later(2)).await.unwrap();
    store.set_role(&"Bo-2".parse().unwrap(), Role::Admin, at(NOW)).await.unwrap();
    let cy = "cy".parse().unwrap();
    store.set_disabled(&cy, true, at(later(3))).await.unwrap();
    store.set_password(&ana(), password("ana"), None, at(NOW)).await.unwrap();
    let recovery = vec![link_hash(201), link_hash(202)];
    let totp = Totp { secret: TotpSecret::stored("GEZDGNBV".to_owned()), last_step: 5, recovery };
    store.set_totp(&ana(), Some(totp), at(NOW)).await.unwrap();
    assert!(store.use_totp_step(&ana(), 6).await.unwrap());
    assert!(store.use_recovery_code(&ana(), link_hash(201), at(NOW)).await.unwrap());
    for (id, members) in [("sales", &[&ana(), &cy][..]), ("Empty", &[]), ("short-lived", &[&ana()])] {
        store.add_team(team(id, &format!("Équipe {id}"), members), at(NOW)).await.unwrap();
    }
    store.delete_team(&"short-lived".parse().unwrap(), at(NOW)).await.unwrap();
}

async fn sessions(store: &dyn Store, owner: &UserId) {
    for seed in 1..=3 {
        store.begin_session(&ana(), session(seed), at(later(i64::from(seed)))).await.unwrap();
    }
    store.revoke_session(&ana(), &session_id(2), at(later(9))).await.unwrap();
    store.touch_session(&session_id(3), later(100_000)).await.unwrap();
    let exchanged = store.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 1_000, later(5)).await.unwrap();
    assert!(matches!(exchanged, Refreshed::On(..)));
    for (seed, purpose) in [(1, LinkPurpose::SignIn), (2, LinkPurpose::SignIn), (3, LinkPurpose::Reset)] {
        store.offer_link(link(owner, seed, purpose), at(NOW)).await.unwrap();
    }
    store.sign_in(link_hash(1), session(4), at(NOW)).await.unwrap();
}

async fn invites_and_keys(store: &dyn Store, owner: &UserId) {
    for (id, seed) in [("open", 1), ("accepted", 2), ("revoked", 3)] {
        let teams = ["sales".parse().unwrap(), "gone".parse().unwrap()].into();
        store.add_invite(Invite { teams, ..invite(id, seed, owner) }, at(NOW)).await.unwrap();
    }
    store.accept_invite(invite_hash(2), account("dee"), session(5), at(later(6))).await.unwrap();
    store.revoke_invite(&"revoked".parse().unwrap(), at(later(7))).await.unwrap();
    for (id, seed) in [("used", 1), ("revoked", 2), ("Fresh", 3)] {
        store.add_key(key(id, seed, &ana()), at(NOW)).await.unwrap();
    }
    let writes = ApiKey { purpose: KeyPurpose::Write, expires: Some(later(99)), ..key("writes", 4, owner) };
    store.add_key(writes, at(NOW)).await.unwrap();
    store.touch_key(&"used".parse().unwrap(), later(7)).await.unwrap();
    store.revoke_key(&"revoked".parse().unwrap(), at(later(8))).await.unwrap();
}

async fn dashboards(store: &dyn Store, owner: &UserId) {
    for id in ["c", "a", "b", "gone"] {
        store.add_dashboard(dashboard(id, "Grüße, 世界"), NOW).await.unwrap();
    }
    let edited = Dashboard { revision: 1, ..dashboard("b", "Edited") };
    store.save_dashboard(edited, later(1)).await.unwrap();
    store.move_dashboard(&dashboard_id("b"), 0).await.unwrap();
    store.delete_dashboard(&dashboard_id("gone"), 1, later(2)).await.unwrap();
    let grants = [("team:sales", Level::View), ("user:ana", Level::Edit)];
    let grants = grants.map(|(to, level)| Grant { to: to.parse().unwrap(), level }).to_vec();
    store.set_grants(&dashboard_id("a"), grants, at(NOW)).await.unwrap();
    store.save_personal_view(&ana(), view("a", 0), NOW).await.unwrap();
    store.save_personal_view(&ana(), view("b", 0), NOW).await.unwrap();
    store.delete_personal_view(&ana(), &dashboard_id("b"), later(3)).await.unwrap();
    store.save_personal_view(owner, view("a", 0), later(4)).await.unwrap();
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
        ("users", 5),
        ("installation", 1),
        ("teams", 2),
        ("members", 3),
        ("recovery_codes", 2),
        ("sessions", 5),
        ("refreshes", 6),
        ("links", 3),
        ("invites", 3),
        ("keys", 4),
        ("dashboards", 4),
        ("grants", 5),
        ("personal_views", 3),
        ("audit", 30),
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
    assert_eq!((new.id, new.owner, new.created), (old.id, old.owner, old.created));
    // Tokens that were signed before are good after.
    assert_eq!(new.signing_key.to_pem(), old.signing_key.to_pem());
    assert_eq!(new.previous_key.map(|key| key.to_pem()), old.previous_key.map(|key| key.to_pem()));

    assert_eq!(moved.users().await, source.users().await);
    assert_eq!(moved.teams().await, source.teams().await);
    assert_eq!(moved.invites(NOW).await, source.invites(NOW).await);
    assert_eq!(moved.keys().await, source.keys().await);
    assert_eq!(moved.dashboards().await, source.dashboards().await);
    assert_eq!(moved.audit_entries(None, 100).await, source.audit_entries(None, 100).await);
    people_go_on(moved).await;
    // Revisions go on rising, of what was deleted too.
    assert_eq!(moved.save_personal_view(&ana(), view("b", 0), NOW).await.unwrap().revision, 3);
    assert_eq!(moved.restore_dashboard(&dashboard_id("gone"), NOW).await.unwrap().revision, 3);
    assert_eq!(moved.add_dashboard(dashboard("new", "New"), NOW).await.unwrap().revision, 1);
    // So do the numbers of the record.
    let last = moved.audit_entries(None, 1).await.unwrap()[0].number;
    moved.audit(at(NOW)).await.unwrap();
    assert_eq!(moved.audit_entries(None, 1).await.unwrap()[0].number, last + 1);
}

/// Sessions, links, invitations and second factors.
async fn people_go_on(moved: &dyn Store) {
    assert!(moved.session(&session_id(1), later(10)).await.is_ok());
    assert!(moved.session(&session_id(2), later(10)).await.is_err());
    assert!(moved.sign_in(link_hash(1), session(8), at(NOW)).await.is_err());
    assert!(moved.sign_in(link_hash(2), session(9), at(NOW)).await.is_ok());
    assert!(moved.reset_link(link_hash(3), NOW).await.is_ok());
    assert!(moved.invite(invite_hash(1), NOW).await.is_ok());
    assert!(moved.invite(invite_hash(2), NOW).await.is_err());

    let factor = moved.credentials(&login("ana")).await.unwrap().unwrap();
    assert_eq!(factor.password, Some(password("ana")));
    let totp = factor.totp.unwrap();
    assert_eq!((totp.secret.base32(), totp.last_step, totp.recovery), ("GEZDGNBV", 6, vec![link_hash(202)]));
    assert!(!moved.use_recovery_code(&ana(), link_hash(201), at(NOW)).await.unwrap());

    // A secret that was exchanged there is known to have been.
    let again = moved.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 1_000, later(6)).await.unwrap();
    assert!(matches!(again, Refreshed::On(..)), "{again:?}");
    let stolen = moved.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 1_000, later(5_000)).await;
    assert_eq!(stolen, Ok(Refreshed::Reused(session_id(1), ana())));
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
    // Links that are others whenever they are read.
    let restless = "ALTER TABLE links RENAME TO still; CREATE VIEW links AS
                    SELECT random()::text AS hash, id AS user_id, 'reset' AS purpose, 1::bigint AS created,
                           1::bigint AS expires, 1::bigint AS used FROM users";
    Postgres::shared().unwrap().sql(&database.url, restless).unwrap();
    let noticed = copy(&source, &target).await;
    assert!(matches!(noticed, Err(StoreError::Refused { .. })), "{noticed:?}");
}

#[tokio::test]
async fn what_cannot_be_kept_whole_is_not_kept_at_all() {
    let (folder, database) = (Folder::new(), Database::new());
    let (sqlite, postgres) = (folder.open_without_installation(), database.open_without_installation().await);
    let orphan = some_contents(|records| {
        records[5]["rows"] = json!([["s", "nobody", 1, 1, 1, "", "", null]]);
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
    let newer = contents(3, some_records(|_| ()));
    assert_eq!(store.fill(newer).await, Err(StoreError::NewerVersion { found: 3, known: 2 }));
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
    contents(2, some_records(change))
}

/// The records of a small installation, changed.
fn some_records(change: impl FnOnce(&mut Value)) -> Value {
    let kind = |name: &str, columns: &str, rows: Value| json!({"kind": name, "columns": columns.split(' ').collect::<Vec<_>>(), "rows": rows});
    let owner = json!(["o", "Owner", null, "owner", "{}", 1, null, null, null, null]);
    let mut records = json!([
        kind("users", "id name login role reach created disabled password totp totp_step", json!([owner])),
        kind("installation", "id signing_key previous_key owner created", json!([["i", "key", null, "o", 1]])),
        kind("teams", "id name folded created", json!([])),
        kind("members", "team user", json!([])),
        kind("recovery_codes", "user hash used", json!([])),
        kind("sessions", "id user created last_seen expires user_agent address revoked", json!([])),
        kind("refreshes", "hash session used next", json!([])),
        kind("links", "hash user purpose created expires used", json!([])),
        kind("invites", "id hash note role reach teams created created_by expires ended accepted", json!([])),
        kind("keys", "id name prefix hash purpose scope tags created created_by expires last_used revoked", json!([])),
        kind("dashboards", "id title revision position document updated deleted", json!([])),
        kind("grants", "dashboard subject level", json!([])),
        kind("personal_views", "user dashboard revision document updated", json!([])),
        kind("audit", "number at who address action target detail", json!([])),
    ]);
    change(&mut records);
    records
}

/// Any text that both databases can hold.
fn text() -> impl Strategy<Value = String> {
    "[^\0]{0,40}"
}

/// Rows under any key, in the order of their keys.
fn rows(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Vec<Value>> {
    let rows = proptest::collection::btree_map(text(), values, 0..150);
    let keyed = |(key, mut row): (String, Value)| {
        row[0] = json!(key);
        row
    };
    rows.prop_map(move |rows| rows.into_iter().map(keyed).collect())
}

fn any_dashboards() -> impl Strategy<Value = Vec<Value>> {
    let row = (text(), any::<i64>(), any::<i64>(), text(), any::<i64>(), any::<Option<i64>>());
    rows(row.prop_map(|(title, revision, position, document, updated, deleted)| {
        json!(["", title, revision, position, document, updated, deleted])
    }))
}

/// What a user has is there or is missing, each for itself.
fn any_users() -> impl Strategy<Value = Vec<Value>> {
    let maybe = || proptest::option::of(text());
    let row = (text(), text(), any::<i64>(), any::<Option<i64>>(), maybe(), maybe(), any::<Option<i64>>());
    let row = row.prop_map(|(name, reach, created, disabled, password, totp, totp_step)| {
        json!(["", name, null, "owner", reach, created, disabled, password, totp, totp_step])
    });
    rows(row).prop_map(|mut rows| {
        rows.retain(|row| row[0] != json!("o"));
        let place = rows.partition_point(|row| row[0].as_str() < Some("o"));
        rows.insert(place, json!(["o", "Owner", "login", "owner", "{}", 1, null, null, null, null]));
        rows
    })
}

fn any_audit() -> impl Strategy<Value = Vec<Value>> {
    let row = (any::<i64>(), text(), text(), text());
    let rows = proptest::collection::btree_map(any::<i64>(), row, 0..50);
    let row = |(number, (at, who, target, detail))| json!([number, at, who, "", "action", target, detail]);
    rows.prop_map(move |rows| rows.into_iter().map(row).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_stored_is_the_same_elsewhere_bit_for_bit(
        users in any_users(), dashboards in any_dashboards(), audit in any_audit()
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (folder, database) = (Folder::new(), Database::new());
            let (sqlite, postgres) = (folder.open_without_installation(), database.open_without_installation().await);
            let given = some_contents(|records| {
                records[0]["rows"] = Value::Array(users);
                records[10]["rows"] = Value::Array(dashboards);
                records[13]["rows"] = Value::Array(audit);
            });
            sqlite.fill(given.clone()).await.unwrap();
            let kept = sqlite.contents().await.unwrap();
            assert_eq!(kept, given);
            postgres.fill(kept).await.unwrap();
            assert_eq!(postgres.contents().await.unwrap(), given);
        });
    }
}
