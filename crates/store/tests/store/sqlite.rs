//! SQLite: the suite, and what only a file can do.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Barrier};
use std::task::{Context, Waker};

use rusqlite::Connection;
use tideboard_access::Role;
use tideboard_store::{SqliteStore, Store, StoreError, StoreFuture};

use crate::backend::{Backend, Opening};
use crate::sample::{
    NOW, account, add_user, at, dashboard, dashboard_id, first_open, invite, invite_hash, later, owner, refresh_hash,
    session, session_id,
};
use crate::suite::run_suite;

/// A folder of its own, removed at the end.
pub(crate) struct Folder {
    path: PathBuf,
    opened: AtomicU8,
}

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self { path, opened: AtomicU8::new(0) }
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path.join("meta.db")
    }

    pub(crate) fn try_open(&self) -> Result<SqliteStore, StoreError> {
        SqliteStore::open(&self.file(), &first_open(self.opened.fetch_add(1, Ordering::Relaxed)))
    }
}

impl Folder {
    pub(crate) fn open_without_installation(&self) -> SqliteStore {
        SqliteStore::open_without_installation(&self.file()).unwrap()
    }
}

impl Backend for Folder {
    fn open(&self) -> Opening<'_> {
        Box::pin(async { Box::new(self.try_open().unwrap()) as Box<dyn Store> })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.path));
    }
}

/// Polls once, so that what was asked is on its way.
fn begin<T>(change: &mut StoreFuture<'_, T>) {
    let mut context = Context::from_waker(Waker::noop());
    assert!(change.as_mut().poll(&mut context).is_pending());
}

run_suite!(Folder::new());

#[tokio::test]
async fn everything_is_there_after_closing_and_opening_again() {
    let folder = Folder::new();
    let store = folder.open().await;
    let owner = owner(&*store).await;
    let ana = add_user(&*store, "ana", Role::Editor).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.begin_session(&owner, session(2), at(NOW)).await.unwrap();
    store.revoke_session(&owner, &session_id(2), at(NOW)).await.unwrap();
    let saved = store.add_dashboard(dashboard("d", "D"), NOW).await.unwrap();
    drop(store);
    assert!(!folder.path.join("meta.db-wal").exists(), "closing leaves one whole file");

    let store = folder.open().await;
    assert_eq!(store.user(&ana.id).await, Ok(ana));
    assert!(store.session(&session_id(1), NOW).await.is_ok());
    assert!(store.session(&session_id(2), NOW).await.is_err());
    assert_eq!(store.dashboard(&saved.id).await, Ok(saved));
}

#[tokio::test]
async fn a_change_that_nobody_waits_for_happens_all_the_same() {
    let folder = Folder::new();
    let store = folder.open().await;
    let mut change = store.add_dashboard(dashboard("d", "D"), NOW);
    begin(&mut change);
    drop(change);
    drop(store);
    assert!(folder.open().await.dashboard(&dashboard_id("d")).await.is_ok());
}

#[test]
fn processes_that_open_a_new_file_at_once_agree_on_one_installation() {
    for _ in 0..5 {
        let folder = Arc::new(Folder::new());
        let barrier = Arc::new(Barrier::new(4));
        let open = || {
            let (folder, barrier) = (folder.clone(), barrier.clone());
            std::thread::spawn(move || {
                barrier.wait();
                let store = folder.try_open().unwrap();
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                runtime.block_on(store.installation()).unwrap().id
            })
        };
        let ids: Vec<_> = [(); 4].map(|()| open()).into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    }
}

#[tokio::test]
async fn look_ups_go_on_while_another_process_writes() {
    let folder = Folder::new();
    let store = folder.open().await;
    let owner = owner(&*store).await;
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();

    let other = Connection::open(folder.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE users SET name = 'Renamed'").unwrap();
    let (found, user) = store.session(&session_id(1), NOW).await.unwrap();
    assert_eq!((found.id, user.name.as_str()), (session_id(1), "Owner"));
    store.touch_session(&session_id(1), NOW).await.unwrap();

    // A change waits its turn, and then happens.
    let mut change = store.set_role(&owner, Role::Owner, at(NOW));
    begin(&mut change);
    other.execute_batch("COMMIT").unwrap();
    change.await.unwrap();
    assert_eq!(store.user(&owner).await.unwrap().name, "Renamed");
}

#[test]
fn a_file_of_a_newer_version_is_refused_and_left_as_it_is() {
    let folder = Folder::new();
    let newer = Connection::open(folder.file()).unwrap();
    newer.execute_batch("CREATE TABLE future (x); PRAGMA user_version = 99").unwrap();
    drop(newer);
    let before = std::fs::read(folder.file()).unwrap();
    let refused = folder.try_open().err();
    assert_eq!(refused, Some(StoreError::NewerVersion { found: 99, known: 3 }));
    assert_eq!(std::fs::read(folder.file()).unwrap(), before);
}

#[test]
fn files_that_are_no_store_are_refused() {
    let folder = Folder::new();
    std::fs::write(folder.file(), "This is no database, but it is long enough to be looked at.".repeat(100)).unwrap();
    assert!(matches!(folder.try_open().err(), Some(StoreError::Damaged { .. })));
    let nowhere = folder.path.join("missing").join("meta.db");
    assert!(matches!(SqliteStore::open(&nowhere, &first_open(1)).err(), Some(StoreError::Unwritable { .. })));
}

#[tokio::test]
async fn a_value_that_makes_no_sense_is_reported_as_damage() {
    let folder = Folder::new();
    let store = folder.open().await;
    let owner = owner(&*store).await;
    let other = Connection::open(folder.file()).unwrap();
    other.execute("UPDATE users SET role = 'emperor'", []).unwrap();
    assert!(matches!(store.user(&owner).await, Err(StoreError::Damaged { .. })));
}

#[cfg(unix)]
#[tokio::test]
async fn others_cannot_read_the_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new();
    let store = folder.open().await;
    for name in ["meta.db", "meta.db-wal", "meta.db-shm"] {
        let mode = std::fs::metadata(folder.path.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    drop(store);
}

#[tokio::test]
async fn nobody_changes_or_shortens_the_record() {
    let folder = Folder::new();
    let store = folder.open().await;
    store.audit(at(NOW)).await.unwrap();
    let before = store.audit_entries(None, 9).await.unwrap();
    let other = Connection::open(folder.file()).unwrap();
    for forbidden in ["UPDATE audit SET who = 'console'", "DELETE FROM audit", "UPDATE audit SET number = 7"] {
        let refused = other.execute_batch(forbidden).unwrap_err().to_string();
        assert!(refused.contains("the record is never"), "{refused}");
    }
    assert_eq!(store.audit_entries(None, 9).await, Ok(before));
}

#[tokio::test]
async fn what_cannot_be_noted_does_not_happen() {
    let folder = Folder::new();
    let store = folder.open().await;
    let (ana, owner) = (add_user(&*store, "ana", Role::Editor).await, owner(&*store).await);
    store.begin_session(&owner, session(1), at(NOW)).await.unwrap();
    store.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 10, NOW).await.unwrap();
    store.add_invite(invite("i", 1, &owner), at(NOW)).await.unwrap();
    let other = Connection::open(folder.file()).unwrap();
    let full = "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no more'); END";
    other.execute_batch(full).unwrap();
    let point = store.changes(None).await.unwrap().upto;
    assert!(store.set_role(&ana.id, Role::Admin, at(NOW)).await.is_err());
    assert!(store.set_disabled(&ana.id, true, at(NOW)).await.is_err());
    assert!(store.accept_invite(invite_hash(1), account("bo"), session(2), at(NOW)).await.is_err());
    // Nor does a session end by a reuse that nobody would hear of.
    assert!(store.refresh(refresh_hash(1, 0), refresh_hash(1, 1), 10, later(10)).await.is_err());
    assert_eq!(store.user(&ana.id).await, Ok(ana));
    assert_eq!(store.users().await.unwrap().len(), 2);
    assert!(store.session(&session_id(1), later(10)).await.is_ok());
    assert_eq!(store.changes(None).await.unwrap().upto, point);
    other.execute_batch("DROP TRIGGER full").unwrap();
    assert!(store.accept_invite(invite_hash(1), account("bo"), session(2), at(NOW)).await.is_ok());
}
