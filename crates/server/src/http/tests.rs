//! What happens when storage does not play along: answers that producers can act on.

use std::path::PathBuf;
use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tideboard_access::{KeyPurpose, Reach};
use tideboard_log::{Fault, Log, MemoryLog, Options};
use tower::ServiceExt;

use super::router;
use crate::app::{App, AppState, Parts};
use crate::builtin::Demo;
use crate::config::{Config, Raw};
use crate::new_key::{NewKey, Wanted};
use crate::open;

struct Stage {
    app: AppState,
    log: Arc<MemoryLog>,
    key: String,
    folder: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Stage {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tideboard-http-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let clock = open::system_clock();
        let log = Arc::new(MemoryLog::new(Options::new(clock.clone())));
        let config = Config { data: folder.clone(), ..Config::resolve(&Raw::default()).unwrap() };
        let store = open::store(&config, &clock).await.unwrap();
        let installation = store.installation().await.unwrap();
        let wanted = Wanted { name: "test", purpose: KeyPurpose::Write, reach: Reach::all(), days: None };
        let new = NewKey::draw(wanted, &installation.owner, clock()).unwrap();
        let entry = open::on_console(clock(), "key.create", String::new(), Value::Null);
        store.add_key(new.key, entry).await.unwrap();
        let parts = Parts { config, clock, log: log.clone(), store, installation, demo: Demo::Off };
        Self { app: App::wire(parts), log, key: new.secret.reveal().to_owned(), folder }
    }

    async fn ask(&self, method: &str, path: &str, body: &'static str) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder().method(method).uri(path).header("x-api-key", &self.key);
        let response = router(self.app.clone()).oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn post(&self) -> (StatusCode, HeaderMap, Value) {
        self.ask("POST", "/api/v1/events", r#"{"stream":"s","fields":{}}"#).await
    }
}

#[tokio::test]
async fn a_full_disk_is_never_a_success_and_passes() {
    let stage = Stage::new("full").await;
    stage.log.inject(Some(Fault::Full));
    let (status, headers, body) = stage.post().await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"storage_full".into()));
    assert!(headers.contains_key("retry-after"));
    assert_eq!(stage.ask("GET", "/readyz", "").await.0, StatusCode::SERVICE_UNAVAILABLE);
    let (status, headers, body) = stage.ask("POST", "/api/v2/write", "s f=1").await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"unavailable".into()));
    assert!(headers.contains_key("retry-after"));
    stage.log.inject(None);
    assert_eq!(stage.post().await.0, StatusCode::OK);
    assert_eq!(stage.ask("GET", "/readyz", "").await.0, StatusCode::OK);
}

#[tokio::test]
async fn a_busy_log_asks_to_come_back() {
    let stage = Stage::new("busy").await;
    stage.log.inject(Some(Fault::Busy));
    let (status, headers, body) = stage.post().await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"overloaded".into()));
    assert_eq!(headers["retry-after"], "1");
    assert_eq!(
        stage.ask("GET", "/readyz", "").await.0,
        StatusCode::OK,
        "a queue that is full is no trouble with storage"
    );
}

#[tokio::test]
async fn a_server_that_stops_says_so() {
    let stage = Stage::new("stop").await;
    stage.app.draining.cancel();
    stage.app.stopping.cancel();
    let (status, _, body) = stage.ask("GET", "/readyz", "").await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"shutting_down".into()));
    stage.log.close().await.unwrap();
    let (status, headers, body) = stage.post().await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"shutting_down".into()));
    assert!(headers.contains_key("retry-after"));
}

#[tokio::test]
async fn past_the_queue_ingest_is_refused_before_its_body_is_read() {
    let stage = Stage::new("queue").await;
    let mut passes = Vec::new();
    // Takes every place, running and waiting, without ever working.
    while let Ok(place) = stage.app.gate.reserve() {
        passes.push(place);
    }
    let (status, headers, body) = stage.post().await;
    assert_eq!((status, &body["code"]), (StatusCode::SERVICE_UNAVAILABLE, &"overloaded".into()));
    assert_eq!(headers["retry-after"], "1");
    drop(passes);
    assert_eq!(stage.post().await.0, StatusCode::OK);
}
