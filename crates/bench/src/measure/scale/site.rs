//! Nodes over one Redis and one PostgreSQL, and what they and those have spent.

use std::time::Duration;

use serde_json::Value;
use tideboard_services::{Postgres, Redis};
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::super::Subject;
use crate::error::{BenchError, unexpected};
use crate::http::Http;
use crate::process;
use crate::server::{HostMetrics, Server, Session};

/// So much is done before it counts, credit that was granted is used up, and what is made once is made.
const WARM_UP: Duration = Duration::from_secs(4);
const CONNECTIONS: u32 = 16;

/// Nodes that share everything.
pub(super) struct Site {
    // First, so that they end before what they use.
    nodes: Vec<Server>,
    redis: Redis,
    postgres: Postgres,
    session: Session,
}

/// Requests a second, each with so many events of one stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    pub(super) requests: u32,
    pub(super) events: u32,
}

/// What was spent, in microseconds a second; memory in bytes.
#[derive(Debug, Clone)]
pub(super) struct Spent {
    /// By the node that takes the events in.
    pub(super) first: f64,
    /// By each of the others.
    pub(super) others: f64,
    pub(super) redis: f64,
    pub(super) postgres: f64,
    /// By which Redis grew.
    pub(super) redis_bytes: f64,
    /// Requests a second that were answered.
    pub(super) requests: f64,
    pub(super) seconds: f64,
}

impl Site {
    pub(super) async fn start(subject: &Subject, nodes: usize) -> Result<Self, BenchError> {
        let redis = Redis::start().or_else(|error| unexpected(error.to_string()))?;
        let postgres = Postgres::start().or_else(|error| unexpected(error.to_string()))?;
        let database = postgres.database().or_else(|error| unexpected(error.to_string()))?;
        let mut started = Vec::new();
        for number in 0..nodes {
            let settings = [
                ("TIDEBOARD_REDIS", redis.url().to_owned()),
                ("TIDEBOARD_POSTGRES", database.clone()),
                ("TIDEBOARD_NODE", format!("node{number}")),
            ];
            started.push(Server::start_with(&subject.binary, HostMetrics::Off, &settings).await?);
        }
        let Some(first) = started.first() else { return unexpected("a site without nodes") };
        let session = first.sign_in().await?;
        Ok(Self { redis, postgres, nodes: started, session })
    }

    /// Has a viewer on each node watch these, without granting more than it did at first. They stay until the set is dropped.
    pub(super) async fn watch(&self, queries: &[Value]) -> Result<JoinSet<()>, BenchError> {
        let mut viewers = JoinSet::new();
        for node in &self.nodes {
            let mut viewer = self.session.on(node).watch(queries).await?;
            viewer.withhold_credit();
            viewers.spawn(async move {
                // A viewer that is lost shows in what is measured: nothing is folded for it any more.
                viewer.receive_for(Duration::from_secs(3_600)).await.ok();
            });
        }
        Ok(viewers)
    }

    /// What is spent while nothing comes.
    pub(super) async fn rest(&self, time: Duration) -> Result<Spent, BenchError> {
        tokio::time::sleep(WARM_UP).await;
        let before = self.so_far()?;
        tokio::time::sleep(time).await;
        self.since(before, 0)
    }

    /// What is spent under a load.
    pub(super) async fn under(&self, load: Load, time: Duration) -> Result<Spent, BenchError> {
        self.drive(load, WARM_UP).await?;
        let before = self.so_far()?;
        let requests = self.drive(load, time).await?;
        self.since(before, requests)
    }

    async fn drive(&self, load: Load, time: Duration) -> Result<u32, BenchError> {
        let Some(first) = self.nodes.first() else { return Ok(0) };
        let mut producers = JoinSet::new();
        for _ in 0..CONNECTIONS {
            let (http, header) = first.producer().await?;
            producers.spawn(produce(http, header, load, Instant::now() + time));
        }
        let mut requests = 0;
        while let Some(ended) = producers.join_next().await {
            match ended {
                Ok(count) => requests += count?,
                Err(error) => return unexpected(error.to_string()),
            }
        }
        Ok(requests)
    }

    fn so_far(&self) -> Result<SoFar, BenchError> {
        let pid = |pid: Option<u32>| pid.map_or_else(|| unexpected("a server has ended"), Ok);
        let memory = self.redis.info("used_memory").or_else(|error| unexpected(error.to_string()))?;
        let nodes: Result<Vec<_>, _> = self.nodes.iter().map(|node| process::precise(node.pid())).collect();
        Ok(SoFar {
            at: Instant::now(),
            nodes: nodes?,
            redis: process::precise(pid(self.redis.pid())?)?,
            postgres: process::precise_with_children(pid(self.postgres.pid())?)?,
            redis_bytes: memory.parse().unwrap_or(0.0),
        })
    }

    fn since(&self, before: SoFar, requests: u32) -> Result<Spent, BenchError> {
        let now = self.so_far()?;
        let seconds = now.at.duration_since(before.at).as_secs_f64();
        let rate = |now: &Duration, before: &Duration| now.saturating_sub(*before).as_secs_f64() * 1e6 / seconds;
        let nodes: Vec<f64> = now.nodes.iter().zip(&before.nodes).map(|(now, before)| rate(now, before)).collect();
        let (first, others) = nodes.split_first().map_or((0.0, &[][..]), |(first, others)| (*first, others));
        Ok(Spent {
            first,
            others: others.iter().sum::<f64>() / (others.len().max(1)) as f64,
            redis: rate(&now.redis, &before.redis),
            postgres: rate(&now.postgres, &before.postgres),
            redis_bytes: now.redis_bytes - before.redis_bytes,
            requests: f64::from(requests) / seconds,
            seconds,
        })
    }
}

struct SoFar {
    at: Instant,
    nodes: Vec<Duration>,
    redis: Duration,
    postgres: Duration,
    redis_bytes: f64,
}

/// One connection's part of a load; how many requests were answered.
async fn produce(mut http: Http, header: String, load: Load, end: Instant) -> Result<u32, BenchError> {
    let mut ticks = interval(Duration::from_secs(1) * CONNECTIONS / load.requests);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut requests = 0;
    while Instant::now() < end {
        ticks.tick().await;
        http.post("/api/v2/write?precision=ms", &header, body(load.events, requests).as_bytes()).await?.success()?;
        requests += 1;
    }
    Ok(requests)
}

/// Lines as a fleet of sensors sends them.
fn body(events: u32, turn: u32) -> String {
    (0..events)
        .map(|line| format!("load,host=host-{},core={} busy={}\n", line % 10, line % 4, (line + turn) % 97))
        .collect()
}

/// A view of that stream, each number another one.
pub(super) fn query(number: u64) -> Value {
    of_stream("load", number)
}

/// The same of another stream.
pub(super) fn of_stream(stream: &str, number: u64) -> Value {
    serde_json::json!({"stream": stream, "shape": "series", "range": {"last": 60_000 + number * 1_000}, "bucket": 1_000,
                       "groupBy": ["host"], "measures": [{"fn": "avg", "field": "busy"}]})
}
