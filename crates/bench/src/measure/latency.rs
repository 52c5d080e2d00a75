//! How long an event takes from its producer to a viewer, on a quiet stream.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::ingest::{histogram, micros, millis};
use super::{Effort, Subject};
use crate::error::{BenchError, unexpected};
use crate::held::Head;
use crate::http::Http;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server};
use crate::viewer::Viewer;

pub(super) const EVENTS: u32 = 300;
pub(super) const APART: Duration = Duration::from_millis(20);
/// The event that is sent.
pub(super) const EVENT: &[u8] = br#"{"stream":"quiet","fields":{"value":1}}"#;

/// Single events, one at a time, each awaited at the viewer.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let (mut http, header) = server.producer().await?;
    http.post("/api/v1/events", &header, EVENT).await?.success()?;
    let mut viewer = server.sign_in().await?.watch(&[query()]).await?;
    viewer.frame().await?;
    let (mut whole, mut acknowledged) = (histogram()?, histogram()?);
    let (mut inside, mut received) = (histogram()?, histogram()?);
    let events = effort.time(Duration::from_secs(1)).as_secs() as u32 * EVENTS;
    let mut ticks = tokio::time::interval(APART);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for _ in 0..events {
        ticks.tick().await;
        let Seen { answered, seen, frame, clock } = send_and_see(&mut http, &header, &mut viewer).await?;
        let Some(accepted) = frame.accepted else { return unexpected("a frame does not say when it was accepted") };
        whole.saturating_record(micros(seen));
        acknowledged.saturating_record(micros(answered));
        inside.saturating_record((frame.now - accepted).max(0).unsigned_abs() * 1_000);
        received.saturating_record((clock - accepted).max(0).unsigned_abs() * 1_000);
    }
    Ok(vec![
        Figure::new("latency, request sent → viewer has it, p50", millis(&whole, 0.5), "ms")
            .target(Target::AtMost(5.0)),
        Figure::new("latency, request sent → viewer has it, p99", millis(&whole, 0.99), "ms"),
        Figure::new("latency, accepted → viewer has it (whole ms), p50", millis(&received, 0.5), "ms"),
        Figure::new("latency, accepted → viewer has it (whole ms), p99", millis(&received, 0.99), "ms"),
        Figure::new("latency, accepted → frame made (whole ms), p99", millis(&inside, 0.99), "ms"),
        Figure::new("latency, request sent → acknowledged, p50", millis(&acknowledged, 0.5), "ms"),
    ])
}

/// A view of it.
pub(super) fn query() -> Value {
    json!({"stream": "quiet", "shape": "series", "range": {"last": 60_000}, "bucket": 1_000,
           "measures": [{"fn": "count"}]})
}

/// One event's way: from its request to the answer, and to the viewer.
pub(super) struct Seen {
    pub(super) answered: Duration,
    pub(super) seen: Duration,
    frame: Head,
    /// The clock when it was seen.
    clock: i64,
}

/// Sends one event, and waits for it at the viewer.
pub(super) async fn send_and_see(http: &mut Http, header: &str, viewer: &mut Viewer) -> Result<Seen, BenchError> {
    let sent = Instant::now();
    let post = async {
        http.post("/api/v1/events", header, EVENT).await?.success()?;
        Ok::<_, BenchError>(sent.elapsed())
    };
    let see = async {
        let (frame, _) = viewer.frame().await?;
        Ok::<_, BenchError>((frame, sent.elapsed(), now_ms()))
    };
    let (answered, (frame, seen, clock)) = tokio::try_join!(post, see)?;
    Ok(Seen { answered, seen, frame, clock })
}

fn now_ms() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_millis()).unwrap_or(i64::MAX)
}
