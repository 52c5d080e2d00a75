//! What many viewers cost a node: processor time, of it the engine's, and bytes, per viewer and second.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Subject;
use crate::contest::Phase;
use crate::error::{BenchError, unexpected};
use crate::http::Http;
use crate::process;
use crate::server::{HostMetrics, Server};
use crate::viewer::Viewer;

const VIEWERS: u32 = 100;
const WIDGETS: u32 = 12;
const PERIOD: Duration = Duration::from_millis(100);
const SETTLE: Duration = Duration::from_secs(2);

/// What a viewer costs, a second.
#[derive(Debug, Clone, Copy)]
pub(super) struct PerViewer {
    /// Processor time, in microseconds.
    pub(super) cpu_us: f64,
    /// Of it, what the engine's thread spends on flushes.
    pub(super) engine_us: f64,
    /// Bytes of messages.
    pub(super) bytes: f64,
    /// Frames.
    pub(super) frames: f64,
    /// Requests that brought the events.
    pub(super) requests: f64,
}

/// Views that move for each viewer, a second.
pub(super) const PARTS: f64 = WIDGETS as f64 * 10.0;

/// [`VIEWERS`] that each watch [`WIDGETS`] streams, every stream with ten events a second: what each viewer costs.
pub(super) async fn per_viewer(subject: &Subject, time: Duration, phase: Phase) -> Result<PerViewer, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let (http, header) = server.producer().await?;
    let producer = tokio::spawn(produce(http, header, phase));
    let session = server.sign_in().await?;
    let queries: Vec<_> = (0..WIDGETS).map(query).collect();
    let mut viewers = Vec::new();
    for _ in 0..VIEWERS {
        viewers.push(session.watch(&queries).await?);
    }
    let mut viewers = receive(viewers, SETTLE).await?;
    let total = |viewers: &[Viewer]| {
        viewers.iter().fold((0, 0), |(bytes, frames), one| (bytes + one.bytes(), frames + one.frames))
    };
    let (cpu, flushed, before, started) =
        (process::cpu(server.pid())?, flushed(&server).await?, total(&viewers), Instant::now());
    viewers = receive(viewers, time).await?;
    let cpu = process::cpu(server.pid())?.saturating_sub(cpu).as_secs_f64() * 1e6;
    let flushed = (self::flushed(&server).await? - flushed) * 1e6;
    let (after, seconds) = (total(&viewers), started.elapsed().as_secs_f64());
    let viewer_seconds = seconds * f64::from(VIEWERS);
    producer.abort();
    let period = period(phase).as_secs_f64();
    Ok(PerViewer {
        cpu_us: cpu / viewer_seconds,
        engine_us: flushed / viewer_seconds,
        bytes: (after.0 - before.0) as f64 / viewer_seconds,
        frames: (after.1 - before.1) as f64 / viewer_seconds,
        requests: 1.0 / period / f64::from(VIEWERS),
    })
}

/// Seconds that flushes took so far.
async fn flushed(server: &Server) -> Result<f64, BenchError> {
    let (mut http, header) = server.producer().await?;
    let answer = http.get("/metrics", &header).await?.success()?;
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let found = text.lines().find_map(|line| line.strip_prefix("tideboard_flush_duration_seconds_sum ")?.parse().ok());
    found.map_or_else(|| unexpected("the server does not tell how long flushes took"), Ok)
}

fn period(phase: Phase) -> Duration {
    if phase == Phase::Together { PERIOD } else { PERIOD / WIDGETS }
}

async fn receive(viewers: Vec<Viewer>, time: Duration) -> Result<Vec<Viewer>, BenchError> {
    let mut tasks = tokio::task::JoinSet::new();
    for mut viewer in viewers {
        tasks.spawn(async move { viewer.receive_for(time).await.map(|()| viewer) });
    }
    let mut back = Vec::new();
    while let Some(viewer) = tasks.join_next().await {
        match viewer {
            Ok(viewer) => back.push(viewer?),
            Err(error) => return unexpected(error.to_string()),
        }
    }
    Ok(back)
}

fn query(widget: u32) -> Value {
    json!({"stream": format!("widget.{widget}"), "shape": "series", "range": {"last": 60_000}, "bucket": 1_000,
           "measures": [{"fn": "avg", "field": "value"}]})
}

/// Runs until it is aborted; events that the server refuses end it, which the missing frames then show.
async fn produce(mut http: Http, header: String, phase: Phase) -> Result<(), BenchError> {
    let event = |widget: u32, value: u32| json!({"stream": format!("widget.{widget}"), "fields": {"value": value}});
    let mut ticks = tokio::time::interval(period(phase));
    for number in 0_u32.. {
        ticks.tick().await;
        let body: Value = match phase {
            Phase::Together => (0..WIDGETS).map(|widget| event(widget, number % 1_000)).collect(),
            Phase::Staggered => event(number % WIDGETS, number % 1_000),
        };
        http.post("/api/v1/events", &header, body.to_string().as_bytes()).await?.success()?;
    }
    Ok(())
}
