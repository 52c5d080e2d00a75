//! What a viewer costs that is connected and to whom nothing happens: memory, and the processor time of its pings.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::{Effort, Subject};
use crate::crowd::{self, each};
use crate::dashboard;
use crate::error::BenchError;
use crate::process;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server, Session};
use crate::viewer::Viewer;

/// What the dashboard finds: two minutes of twenty events a second.
const PAST_EVENTS: u64 = 2_400;
const PAST_MS: u64 = 120_000;
/// Messages to each viewer, so that every buffer that is made as they pass is there.
const MESSAGES: usize = 80;
/// Viewers before those that are measured: whatever is made once is made for them, and they fill what the start of a server
/// has left of its memory, which would make the next ones look cheap.
const FIRST: usize = 500;
/// Until memory that is given back has been given back.
const SETTLE: Duration = Duration::from_secs(5);
/// Longer than all of it takes.
const LONG: Duration = Duration::from_secs(600);

/// How much a viewer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    /// It is connected, and asks for nothing.
    Nothing,
    /// It has the dashboard.
    Dashboard,
}

/// Viewers that are only connected, and viewers of the dashboard.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    match effort {
        Effort::Short => of(subject, 500, Seen::Dashboard).await,
        Effort::Long => {
            let mut figures = of(subject, 2_000, Seen::Nothing).await?;
            figures.extend(of(subject, 2_000, Seen::Dashboard).await?);
            Ok(figures)
        }
    }
}

/// Of viewers of the dashboard: memory of each, in KiB, and processor time of each a second, in microseconds.
pub(super) async fn of_a_dashboard(subject: &Subject, count: usize) -> Result<(f64, f64), BenchError> {
    let figures = of(subject, count, Seen::Dashboard).await?;
    let value = |place: usize| figures.get(place).map_or(0.0, |figure| figure.value);
    Ok((value(0), value(2)))
}

async fn of(subject: &Subject, count: usize, seen: Seen) -> Result<Vec<Figure>, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let (mut http, header) = server.producer().await?;
    http.post("/api/v1/events", &header, dashboard::past(PAST_EVENTS, PAST_MS).as_bytes()).await?.success()?;
    let session = server.sign_in().await?;
    // The views, and whatever is made once.
    let first = settled(enter(&session, FIRST, seen).await?).await?;
    let before = (process::resident(server.pid())?, process::proportional(server.pid())?);
    let first = tokio::spawn(receive(first, LONG));
    let viewers = settled(enter(&session, count, seen).await?).await?;
    let after = (process::resident(server.pid())?, process::proportional(server.pid())?);
    let (cpu, started) = (process::cpu(server.pid())?, Instant::now());
    let viewers = receive(viewers, SETTLE).await?;
    let cpu = process::cpu(server.pid())?.saturating_sub(cpu).as_secs_f64() * 1e6;
    let viewer_seconds = started.elapsed().as_secs_f64() * (viewers.len() + FIRST) as f64;
    first.abort();
    let each = |before: u64, after: u64| after.saturating_sub(before) as f64 / count as f64 / 1024.0;
    let who = match seen {
        Seen::Nothing => "only connected",
        Seen::Dashboard => "12 widgets at rest",
    };
    let name = |what: &str| format!("{count} viewers, {who}: {what}");
    let bytes = viewers.iter().map(|viewer| viewer.bytes()).sum::<u64>() as f64 / viewers.len() as f64 / 1024.0;
    let resident = Figure::new(name("memory"), each(before.0, after.0), "KiB/v");
    Ok(vec![
        if seen == Seen::Dashboard { resident.target(Target::AtMost(25.0)) } else { resident },
        Figure::new(name("memory, proportional"), each(before.1, after.1), "KiB/v"),
        Figure::new(name("processor"), cpu / viewer_seconds, "µs/v·s"),
        Figure::new(name("received so far"), bytes, "KiB/v"),
    ])
}

async fn enter(session: &Session, count: usize, seen: Seen) -> Result<Vec<Viewer>, BenchError> {
    match seen {
        Seen::Nothing => crowd::connect(session, count).await,
        Seen::Dashboard => {
            let members = crowd::gather(session, (count, 0), &dashboard::queries(), dashboard::STREAMS.len()).await?;
            Ok(members.into_iter().map(|member| member.viewer).collect())
        }
    }
}

/// Lets enough messages pass, then rests.
async fn settled(viewers: Vec<Viewer>) -> Result<Vec<Viewer>, BenchError> {
    let barrier = Arc::new(Barrier::new(viewers.len()));
    let viewers = each(viewers, |mut viewer| {
        let barrier = Arc::clone(&barrier);
        async move {
            for _ in 0..MESSAGES {
                viewer.ask_clock().await?;
            }
            crowd::wait_at(&mut viewer, &barrier).await?;
            Ok(viewer)
        }
    })
    .await?;
    receive(viewers, SETTLE).await
}

async fn receive(viewers: Vec<Viewer>, time: Duration) -> Result<Vec<Viewer>, BenchError> {
    each(viewers, |mut viewer: Viewer| async move { viewer.receive_for(time).await.map(|()| viewer) }).await
}
