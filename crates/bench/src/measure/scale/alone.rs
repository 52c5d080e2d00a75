//! What viewers and views cost a node: it does not matter what it shares.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Effort, Subject, idle};
use super::viewers::{PARTS, PerViewer, per_viewer};
use crate::contest::Phase;
use crate::error::BenchError;
use crate::process;
use crate::server::{HostMetrics, Server};

const TIME: Duration = Duration::from_secs(15);
const VIEWERS: usize = 1_000;
const GROUPS: u64 = 100;
const BUCKETS: u64 = 60;
const BUCKET_MS: u64 = 10_000;
const VIEWS: u64 = 40;

/// What was found.
pub(super) struct Alone {
    pub(super) frame_us: f64,
    pub(super) part_us: f64,
    pub(super) engine_frame_us: f64,
    pub(super) engine_part_us: f64,
    pub(super) frame_bytes: f64,
    pub(super) part_bytes: f64,
    pub(super) idle_viewer_us: f64,
    pub(super) viewer_kib: f64,
    pub(super) cell_bytes: f64,
}

pub(super) async fn measure(subject: &Subject, effort: Effort, request_us: f64) -> Result<Alone, BenchError> {
    let (viewer_kib, idle_viewer_us) = idle::of_a_dashboard(subject, VIEWERS).await?;
    let together = per_viewer(subject, effort.time(TIME), Phase::Together).await?;
    let staggered = per_viewer(subject, effort.time(TIME), Phase::Staggered).await?;
    // The same views move equally often in both, in few frames or in many: so a difference is that of the frames.
    let line = |together_cost: f64, staggered_cost: f64| {
        let frame = (staggered_cost - together_cost) / (staggered.frames - together.frames);
        (frame, (together_cost - together.frames * frame) / PARTS)
    };
    // Without what the requests cost, of which there are more in one than in the other.
    let cpu = |one: &PerViewer| one.cpu_us - one.requests * request_us - idle_viewer_us;
    let (frame_us, part_us) = line(cpu(&together), cpu(&staggered));
    let (engine_frame_us, engine_part_us) = line(together.engine_us, staggered.engine_us);
    let (frame_bytes, part_bytes) = line(together.bytes, staggered.bytes);
    Ok(Alone {
        frame_us,
        part_us,
        engine_frame_us,
        engine_part_us,
        frame_bytes,
        part_bytes,
        idle_viewer_us,
        viewer_kib,
        cell_bytes: cell_bytes(subject).await?,
    })
}

/// By how much a node grows for each cell of views that somebody opens.
async fn cell_bytes(subject: &Subject) -> Result<f64, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let (mut http, header) = server.producer().await?;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = u64::try_from(now).unwrap_or_default();
    for bucket in 0..BUCKETS {
        let event = |group: u64| {
            json!({"stream": "cells", "time": now - bucket * BUCKET_MS, "tags": {"group": format!("group-{group}")},
                   "fields": {"value": group}})
        };
        let events: Vec<Value> = (0..GROUPS).map(event).collect();
        http.post("/api/v1/events", &header, Value::from(events).to_string().as_bytes()).await?.success()?;
    }
    let query = |number: u64| {
        json!({"stream": "cells", "shape": "series", "range": {"last": (BUCKETS + number) * BUCKET_MS},
               "bucket": BUCKET_MS, "groupBy": ["group"], "measures": [{"fn": "avg", "field": "value"}]})
    };
    let session = server.sign_in().await?;
    let mut first = session.watch(&[query(0)]).await?;
    first.receive_for(Duration::from_secs(3)).await?;
    let before = process::resident(server.pid())?;
    let mut viewer = session.watch(&(1..=VIEWS).map(query).collect::<Vec<_>>()).await?;
    viewer.receive_for(Duration::from_secs(8)).await?;
    let grown = process::resident(server.pid())?.saturating_sub(before);
    Ok(grown as f64 / (VIEWS * GROUPS * BUCKETS) as f64)
}
