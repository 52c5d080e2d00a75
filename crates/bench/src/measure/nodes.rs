//! What nodes that share Redis add, beside one that is alone: to the age of what is seen, to what can be taken in, and to
//! a resume on another node.

use std::time::{Duration, Instant};

use tideboard_services::{Postgres, Redis, ServiceError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::ingest::{self, LINES, histogram, micros, millis};
use super::latency::{self, send_and_see};
use super::resume::{SETTLE, applied, come_back, compare, times};
use super::{Effort, Subject};
use crate::crowd::{self, Member, each};
use crate::dashboard::{self, STREAMS};
use crate::error::{BenchError, unexpected};
use crate::flow::Flow;
use crate::held::Held;
use crate::process;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server, Setting};
use crate::viewer::Viewer;

const VIEWERS: usize = 200;
const WITH_CELLS: usize = 5;
const EVENTS_PER_SECOND: u64 = 200;
const BEFORE: Duration = Duration::from_secs(4);
const AWAY: Duration = Duration::from_secs(10);

/// Nodes, and what they share.
struct Site {
    // First, so that they end before what they use.
    one: Server,
    two: Server,
    three: Server,
    _redis: Redis,
    _postgres: Postgres,
}

impl Site {
    async fn start(subject: &Subject) -> Result<Self, BenchError> {
        let started = |error: ServiceError| unexpected(error.to_string());
        let redis = Redis::start().or_else(started)?;
        let postgres = Postgres::start().or_else(|error| unexpected(error.to_string()))?;
        let database = postgres.database().or_else(|error| unexpected(error.to_string()))?;
        let settings: [Setting; 2] = [("TIDEBOARD_REDIS", redis.url().to_owned()), ("TIDEBOARD_POSTGRES", database)];
        let node = || Server::start_with(&subject.binary, HostMetrics::Off, &settings);
        // In turn: the first makes the installation, and has its key.
        let (one, two, three) = (node().await?, node().await?, node().await?);
        Ok(Self { one, two, three, _redis: redis, _postgres: postgres })
    }
}

/// All three, each beside what it is compared with.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    eprintln!("bench: Nodes: age");
    let mut figures = age(subject, effort).await?;
    eprintln!("bench: Nodes: what is taken in");
    figures.extend(taken_in(subject, effort).await?);
    eprintln!("bench: Nodes: resume");
    figures.extend(resumed(subject).await?);
    Ok(figures)
}

/// Single events in turn to a node that is alone and to one of several, seen there or on another.
async fn age(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let alone = Server::start(&subject.binary, HostMetrics::Off).await?;
    let site = Site::start(subject).await?;
    let (mut http, header) = alone.producer().await?;
    http.post("/api/v1/events", &header, latency::EVENT).await?.success()?;
    let (mut shared_http, shared_header) = site.one.producer().await?;
    shared_http.post("/api/v1/events", &shared_header, latency::EVENT).await?.success()?;
    let mut viewer = alone.sign_in().await?.watch(&[latency::query()]).await?;
    let mut on_other = site.one.sign_in().await?.on(&site.two).watch(&[latency::query()]).await?;
    viewer.frame().await?;
    on_other.frame().await?;
    let (mut one, mut shared) = (histogram()?, histogram()?);
    let (mut one_answers, mut shared_answers) = (histogram()?, histogram()?);
    let mut ticks = tokio::time::interval(latency::APART);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    for _ in 0..effort.time(Duration::from_secs(1)).as_secs() as u32 * latency::EVENTS {
        ticks.tick().await;
        let seen = send_and_see(&mut http, &header, &mut viewer).await?;
        one.saturating_record(micros(seen.seen));
        one_answers.saturating_record(micros(seen.answered));
        ticks.tick().await;
        let seen = send_and_see(&mut shared_http, &shared_header, &mut on_other).await?;
        shared.saturating_record(micros(seen.seen));
        shared_answers.saturating_record(micros(seen.answered));
    }
    let added = |quantile| millis(&shared, quantile) - millis(&one, quantile);
    Ok(vec![
        Figure::new("request sent → viewer has it, one node, p50", millis(&one, 0.5), "ms"),
        Figure::new("request sent → viewer of another node has it, through Redis, p50", millis(&shared, 0.5), "ms"),
        Figure::new("added by Redis and the other node, p50", added(0.5), "ms").target(Target::AtMost(2.0)),
        Figure::new("request sent → viewer has it, one node, p99", millis(&one, 0.99), "ms"),
        Figure::new("request sent → viewer of another node has it, through Redis, p99", millis(&shared, 0.99), "ms"),
        Figure::new("added by Redis and the other node, p99", added(0.99), "ms"),
        Figure::new("request sent → acknowledged, one node, on disk, p50", millis(&one_answers, 0.5), "ms"),
        Figure::new("request sent → acknowledged, Redis, in memory, p50", millis(&shared_answers, 0.5), "ms"),
    ])
}

/// Line protocol into Redis, as it is sent to a node that is alone.
async fn taken_in(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let site = Site::start(subject).await?;
    let batch = ingest::batch();
    let warm_up = ingest::load(&site.one, &batch, ingest::WARM_UP).await?;
    let (cpu, started) = (process::cpu(site.one.pid())?, Instant::now());
    let times = ingest::load(&site.one, &batch, effort.time(ingest::TIME)).await?;
    let seconds = started.elapsed().as_secs_f64();
    let cpu = process::cpu(site.one.pid())?.saturating_sub(cpu).as_secs_f64();
    let kept = site.one.sign_in().await?.on(&site.two).events(ingest::STREAM).await?;
    let sent = (warm_up.len() + times.len()) * LINES as u64;
    if kept != sent {
        return unexpected(format!("{sent} events were acknowledged, but another node knows of {kept}"));
    }
    let events = times.len() as f64 * LINES as f64;
    let name = format!("ingest into Redis, {} × {LINES} lines, in memory", ingest::CONNECTIONS);
    Ok(vec![
        Figure::new(name, events / seconds, "events/s").target(Target::AtLeast(100_000.0)),
        Figure::new("ingest into Redis, time to acknowledge a batch, p50", millis(&times, 0.5), "ms"),
        Figure::new("ingest into Redis, time to acknowledge a batch, p99", millis(&times, 0.99), "ms"),
        Figure::new("ingest into Redis, node's processor time", cpu / events * 1e6, "µs/event"),
    ])
}

/// Viewers of one node, cut off at once: a third each come back to it, to another that has viewers of the same, and to
/// one that has none.
async fn resumed(subject: &Subject) -> Result<Vec<Figure>, BenchError> {
    let site = Site::start(subject).await?;
    let flow = Flow::start(&site.one, EVENTS_PER_SECOND).await?;
    let session = site.one.sign_in().await?;
    let (queries, here) = (dashboard::queries(), session.on(&site.two));
    // Whoever does not answer pings is sent away: all that are still needed go on taking in what comes.
    let (end, stay) = watch::channel(());
    let warm = crowd::gather(&session.on(&site.three), (1, 0), &queries, STREAMS.len()).await?;
    let warm = spawn_all(warm, &stay);
    let members = crowd::gather(&here, (3 * VIEWERS, 3 * VIEWERS), &queries, STREAMS.len()).await?;
    let members = crowd::watch_for(members, BEFORE).await?;
    let mut held: Vec<Held> = members.into_iter().map(|member| member.held).collect();
    tokio::time::sleep(AWAY).await;
    let (mut figures, mut back) = (Vec::new(), Vec::new());
    for (what, node) in [
        ("resume on the same node", &site.two),
        ("resume on another node", &site.three),
        ("resume on a node where nobody watched", &site.one),
    ] {
        let viewers = crowd::connect(&session.on(node), VIEWERS).await?;
        let answer_pings = |mut viewer: Viewer| async move { viewer.receive_for(SETTLE).await.map(|()| viewer) };
        let viewers = each(viewers, answer_pings).await?;
        let group = held.split_off(held.len().saturating_sub(VIEWERS));
        let cpu = process::cpu(node.pid())?;
        let (members, returns) = come_back(viewers, group, &flow.acknowledged).await?;
        let cpu = process::cpu(node.pid())?.saturating_sub(cpu);
        figures.extend(times(what, &returns)?);
        figures.push(Figure::new(
            format!("{what}, node's processor time"),
            cpu.as_secs_f64() * 1e3 / VIEWERS as f64,
            "ms/v",
        ));
        let members = applied(members, returns, &mut figures)?;
        back.append(&mut spawn_all(members.into_iter().take(WITH_CELLS), &stay));
    }
    drop(end);
    all(warm).await?;
    let back = all(back).await?;
    compare(&session.on(&site.three), back, flow).await?;
    Ok(figures)
}

/// Lets each go on in a task of its own.
fn spawn_all(
    members: impl IntoIterator<Item = Member>,
    end: &watch::Receiver<()>,
) -> Vec<JoinHandle<Result<Member, BenchError>>> {
    members.into_iter().map(|member| tokio::spawn(member.stay(end.clone()))).collect()
}

/// Awaits them.
async fn all(tasks: Vec<JoinHandle<Result<Member, BenchError>>>) -> Result<Vec<Member>, BenchError> {
    let mut members = Vec::new();
    for task in tasks {
        members.push(task.await.or_else(|error| unexpected(error.to_string()))??);
    }
    Ok(members)
}
