//! Events taken in per second, each acknowledged once it is on disk.

use std::fmt::Write;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::{Effort, Subject};
use crate::error::{BenchError, unexpected};
use crate::process;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server};

pub(super) const CONNECTIONS: usize = 4;
pub(super) const LINES: usize = 1_000;
pub(super) const STREAM: &str = "cpu";
pub(super) const WARM_UP: Duration = Duration::from_secs(2);
pub(super) const TIME: Duration = Duration::from_secs(8);

/// Line protocol, [`LINES`] lines a batch, one batch after the other on each of [`CONNECTIONS`].
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let batch = batch();
    let warm_up = load(&server, &batch, WARM_UP).await?;
    let (cpu, started) = (process::cpu(server.pid())?, Instant::now());
    let times = load(&server, &batch, effort.time(TIME)).await?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = process::cpu(server.pid())?.saturating_sub(cpu).as_secs_f64();
    let kept = server.sign_in().await?.events(STREAM).await?;
    let sent = (warm_up.len() + times.len()) * LINES as u64;
    if kept != sent {
        return unexpected(format!("{sent} events were acknowledged, but {kept} are there"));
    }
    let events = times.len() as f64 * LINES as f64;
    let name = format!("ingest, line protocol, {CONNECTIONS} × {LINES} lines, on disk");
    Ok(vec![
        Figure::new(name, events / seconds, "events/s").target(Target::AtLeast(50_000.0)),
        Figure::new("ingest, time to acknowledge a batch, p50", millis(&times, 0.5), "ms"),
        Figure::new("ingest, time to acknowledge a batch, p99", millis(&times, 0.99), "ms"),
        Figure::new("ingest, server's processor time", cpu / events * 1e6, "µs/event"),
    ])
}

pub(super) async fn load(server: &Server, batch: &str, time: Duration) -> Result<Histogram<u64>, BenchError> {
    let header = format!("authorization: Token {}\r\n", server.key);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (mut http, _) = server.producer().await?;
        let (batch, header) = (batch.to_owned(), header.clone());
        tasks.spawn(async move {
            let (mut times, end) = (histogram()?, Instant::now() + time);
            while Instant::now() < end {
                let sent = Instant::now();
                let answer = http.post("/api/v2/write?precision=ms", &header, batch.as_bytes()).await?;
                if answer.status != 204 {
                    answer.success()?;
                    return unexpected("lines were refused");
                }
                times.saturating_record(micros(sent.elapsed()));
            }
            Ok::<_, BenchError>(times)
        });
    }
    let mut all = histogram()?;
    while let Some(times) = tasks.join_next().await {
        match times {
            Ok(times) => all += times?,
            Err(error) => return unexpected(error.to_string()),
        }
    }
    Ok(all)
}

/// Lines as a fleet of sensors sends them: a hundred series, two fields. Times are those of arrival.
pub(super) fn batch() -> String {
    let mut text = String::new();
    for line in 0..LINES {
        let (host, core) = (line % 25, line % 4);
        let written = writeln!(
            text,
            "{STREAM},host=host-{host},core={core},region=eu busy={}.{},steps={}i",
            line % 97,
            line % 10,
            line * 7
        );
        if written.is_err() {
            break;
        }
    }
    text
}

/// For times in microseconds, up to a minute.
pub(crate) fn histogram() -> Result<Histogram<u64>, BenchError> {
    Histogram::new_with_max(60_000_000, 3).or_else(|error| unexpected(error.to_string()))
}

pub(super) fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// A quantile of times recorded in microseconds, in milliseconds.
pub(super) fn millis(times: &Histogram<u64>, quantile: f64) -> f64 {
    times.value_at_quantile(quantile) as f64 / 1e3
}
