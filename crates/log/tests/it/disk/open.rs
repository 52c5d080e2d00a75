use tideboard_log::{Log, LogError, SqliteLog};

use super::open;
use crate::fixture::{Folder, ManualClock, batch};

fn refusal(folder: &std::path::Path) -> LogError {
    SqliteLog::open(folder, ManualClock::default().options()).expect_err("must be refused")
}

#[tokio::test]
async fn a_second_process_is_kept_out_until_the_first_is_gone() {
    let folder = Folder::new();
    let log = open(folder.path());
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::InUse { .. }), "{error}");
    log.close().await.unwrap();
    open(folder.path()).append(batch("s", [1])).await.unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new();
    let blocked = folder.path().join("file");
    std::fs::write(&blocked, "").unwrap();
    let error = refusal(&blocked.join("data"));
    assert!(matches!(error, LogError::Unwritable { .. }), "{error}");
    assert!(error.to_string().contains("file/data"), "{error}");
}

#[test]
fn a_file_that_is_no_log_is_left_alone() {
    let folder = Folder::new();
    let file = folder.path().join("log.db");
    std::fs::write(&file, "not a database at all, but long enough to be looked at as one; ".repeat(20)).unwrap();
    assert!(matches!(refusal(folder.path()), LogError::NotALog { .. }));
    std::fs::remove_file(&file).unwrap();
    let other = rusqlite::Connection::open(&file).unwrap();
    other.execute_batch("CREATE TABLE cats (name TEXT)").unwrap();
    assert!(matches!(refusal(folder.path()), LogError::NotALog { .. }));
    assert!(other.execute("INSERT INTO cats VALUES ('Minka')", []).is_ok());
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_by_name() {
    let folder = Folder::new();
    open(folder.path()).close().await.unwrap();
    let file = folder.path().join("log.db");
    rusqlite::Connection::open(&file).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, LogError::NewerVersion { found: 99, supported: 2, .. }), "{error}");
}
