//! Line protocol into Tideboard and into InfluxDB 1.6: the same bytes over as many connections, in batches of several sizes.
//!
//! Both answer a batch once it is on disk: with an `fsync` of the write-ahead log between its last write and the answer, as
//! `strace` shows of either (Tideboard's SQLite with `synchronous = FULL`, InfluxDB with `wal-fsync-delay = "0s"`). One sync
//! may do for several batches that wait. Each turn is one contestant alone on an empty folder: what InfluxDB compacts later
//! than a second after the turn is not in its figures.

mod lines;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::task::JoinSet;
use tokio::time::sleep;

use self::lines::{Lines, MEASUREMENT};
use super::influx::Influx;
use super::sample::{Sample, Samples};
use crate::error::{BenchError, unexpected};
use crate::http::Http;
use crate::measure::{Effort, Subject, histogram};
use crate::process;
use crate::server::{HostMetrics, Server};

const CONNECTIONS: usize = 4;
const WARM_UP: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_millis(3_500);
/// What a server still does after its last answer counts, for so long.
const SETTLE: Duration = Duration::from_secs(1);

/// Every batch size, every contestant in turn, several times over.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let (rounds, batches): (_, &[u64]) = match effort {
        Effort::Short => (2, &[1, 1_000, 10_000]),
        Effort::Long => (10, &[1, 100, 1_000, 10_000]),
    };
    let (lines, mut samples) = (Arc::new(Lines::new()), Samples::default());
    for &batch in batches {
        let table = format!("ingest, batches of {batch}");
        for round in 0..rounds {
            // Each goes first in every other round.
            let mut order = Name::ALL;
            order.rotate_left(round % 2);
            for name in order {
                eprintln!("bench: {table}: {}, {} of {rounds}", name.text(), round + 1);
                let contestant = Contestant::start(name, subject).await?;
                for (measure, unit, value) in turn(&contestant, &lines, batch).await? {
                    samples.add(&table, name.text(), (measure, unit), value);
                }
            }
        }
    }
    Ok(samples.into_all())
}

#[derive(Debug, Clone, Copy)]
enum Name {
    Tideboard,
    Influx,
}

impl Name {
    const ALL: [Self; 2] = [Self::Tideboard, Self::Influx];

    fn text(self) -> &'static str {
        match self {
            Self::Tideboard => "Tideboard",
            Self::Influx => "InfluxDB 1.6",
        }
    }
}

/// A running server, on an empty folder.
enum Contestant {
    Tideboard(Server),
    Influx(Influx),
}

impl Contestant {
    async fn start(name: Name, subject: &Subject) -> Result<Self, BenchError> {
        match name {
            Name::Tideboard => Server::start(&subject.binary, HostMetrics::Off).await.map(Self::Tideboard),
            Name::Influx => Influx::start().await.map(Self::Influx),
        }
    }

    fn pid(&self) -> u32 {
        match self {
            Self::Tideboard(server) => server.pid(),
            Self::Influx(influx) => influx.pid(),
        }
    }

    fn way(&self) -> Way {
        match self {
            Self::Tideboard(server) => Way {
                address: server.address,
                path: "/api/v2/write?precision=ms",
                headers: format!("authorization: Token {}\r\n", server.key),
            },
            Self::Influx(influx) => {
                Way { address: influx.address, path: "/write?db=bench&precision=ms", headers: String::new() }
            }
        }
    }

    /// How many events it holds.
    async fn held(&self) -> Result<u64, BenchError> {
        match self {
            Self::Tideboard(server) => server.sign_in().await?.events(MEASUREMENT).await,
            Self::Influx(influx) => influx.points(MEASUREMENT).await,
        }
    }
}

/// Where lines are sent.
#[derive(Debug, Clone)]
struct Way {
    address: SocketAddr,
    path: &'static str,
    headers: String,
}

/// What is measured, in which unit, and the number.
type Figure = (&'static str, &'static str, f64);

/// One contestant's turn, from its first event on.
async fn turn(contestant: &Contestant, lines: &Arc<Lines>, batch: u64) -> Result<Vec<Figure>, BenchError> {
    let (pid, own) = (contestant.pid(), std::process::id());
    let load = Load { lines: Arc::clone(lines), next: Arc::default(), batch, way: contestant.way() };
    let warm_up = load.send_for(WARM_UP).await?;
    let (cpu, own_cpu, started) = (process::cpu(pid)?, process::cpu(own)?, Instant::now());
    let times = load.send_for(TURN).await?;
    let (seconds, own_cpu) = (started.elapsed().as_secs_f64(), process::cpu(own)?.saturating_sub(own_cpu));
    sleep(SETTLE).await;
    let cpu = process::cpu(pid)?.saturating_sub(cpu).as_secs_f64();
    let resident = process::resident(pid)?;
    let (sent, held) = ((warm_up.len() + times.len()) * batch, contestant.held().await?);
    if held != sent {
        return unexpected(format!("{sent} events were acknowledged, but {held} are there"));
    }
    let events = (times.len() * batch) as f64;
    let millis = |quantile| times.value_at_quantile(quantile) as f64 / 1e3;
    Ok(vec![
        ("events/s", "1/s", events / seconds),
        ("server CPU per event", "µs", cpu / events * 1e6),
        ("time to acknowledge, p50", "ms", millis(0.5)),
        ("time to acknowledge, p99", "ms", millis(0.99)),
        ("server CPU, share of one core", "%", cpu / (seconds + SETTLE.as_secs_f64()) * 100.0),
        ("load generator, share of one core", "%", own_cpu.as_secs_f64() / seconds * 100.0),
        ("resident memory", "MiB", resident as f64 / f64::from(1 << 20)),
    ])
}

/// Batches, numbered through.
#[derive(Clone)]
struct Load {
    lines: Arc<Lines>,
    next: Arc<AtomicU64>,
    batch: u64,
    way: Way,
}

impl Load {
    /// One batch after the other on each of [`CONNECTIONS`]; how long each took to be acknowledged, in microseconds.
    async fn send_for(&self, time: Duration) -> Result<Histogram<u64>, BenchError> {
        let mut tasks = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let http = Http::connect(self.way.address).await?;
            tasks.spawn(self.clone().send_over(http, Instant::now() + time));
        }
        let mut all = histogram()?;
        while let Some(times) = tasks.join_next().await {
            all += times.or_else(|error| unexpected(error.to_string()))??;
        }
        Ok(all)
    }

    async fn send_over(self, mut http: Http, end: Instant) -> Result<Histogram<u64>, BenchError> {
        let (mut times, mut text) = (histogram()?, String::new());
        while Instant::now() < end {
            let first = self.next.fetch_add(self.batch, Ordering::Relaxed);
            self.lines.write(first..first + self.batch, &mut text);
            let sent = Instant::now();
            let answer = http.post(self.way.path, &self.way.headers, text.as_bytes()).await?;
            times.saturating_record(u64::try_from(sent.elapsed().as_micros()).unwrap_or(u64::MAX));
            if answer.status != 204 {
                answer.success()?;
                return unexpected("lines were refused");
            }
        }
        Ok(times)
    }
}
