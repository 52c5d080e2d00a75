use std::path::PathBuf;

use tideboard_access::SigningKey;

use super::*;

const NOW: Millis = Millis(1_700_000_000_000);

fn open_in_own_folder(name: &str) -> (PathBuf, SqliteStore) {
    let folder = std::env::temp_dir().join(format!("tideboard-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let first = FirstOpen {
        installation: "here".parse().unwrap(),
        signing_key: SigningKey::from_seed(&[1; 32]).unwrap(),
        owner: "owner".parse().unwrap(),
        now: NOW,
    };
    let store = SqliteStore::open(&folder.join("meta.db"), &first).unwrap();
    (folder, store)
}

fn big(number: usize) -> Dashboard {
    let text = "x".repeat(60_000);
    let json = format!(
        r#"{{"id": "d{number}", "title": "D", "layouts": {{"wide": {{}}}},
            "widgets": [{{"id": "w", "kind": "text", "options": {{"text": "{text}"}}}}]}}"#
    );
    Dashboard::parse(&json).unwrap()
}

/// SQLite's own limit on the size of a file answers like a full disk.
async fn limit_pages(store: &SqliteStore, pages: i64) {
    let limit = move |connection: &rusqlite::Connection| Ok(connection.pragma_update(None, "max_page_count", pages)?);
    store.writer.read(limit).await.unwrap();
}

#[tokio::test]
async fn a_full_disk_refuses_changes_while_reads_go_on_and_recovers() {
    let (folder, store) = open_in_own_folder("full");
    limit_pages(&store, 40).await;
    let mut stored = 0;
    let refused = loop {
        match store.add_dashboard(big(stored), NOW).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(refused, StoreError::Full);
    assert_eq!(store.dashboards().await.unwrap().len(), stored);
    limit_pages(&store, 1_000_000).await;
    store.add_dashboard(big(stored), NOW).await.unwrap();
    assert_eq!(store.dashboards().await.unwrap().len(), stored + 1);
    drop(store);
    std::fs::remove_dir_all(folder).unwrap();
}
