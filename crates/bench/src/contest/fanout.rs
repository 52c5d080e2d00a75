//! The contest of fan-out: the same updates to the same viewers, by each contestant in turn.

use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::floor::Script;
use super::load::{Load, Phase, Producers};
use super::rival::{Contestant, Rival};
use super::sample::{Sample, Samples};
use super::watch::{Watcher, seat, total, watch_for};
use crate::error::{BenchError, unexpected};
use crate::measure::{Effort, Subject, histogram};
use crate::process;

const SETTLE: Duration = Duration::from_millis(1_500);
const TIME: Duration = Duration::from_secs(4);
const ROUNDS: usize = 3;

/// A contestant's turn.
struct Turn {
    cpu: Duration,
    /// Of this process.
    own: Duration,
    time: Duration,
    bytes: u64,
    messages: u64,
    updates: u64,
    lost: u64,
    doubled: u64,
    gone: u64,
    /// Of the latest request.
    late_us: u64,
    delays: Histogram<u64>,
    script: Option<Script>,
}

/// What is asked, of whom, how often.
struct Event {
    load: Load,
    who: &'static [Contestant],
    rounds: usize,
}

use Contestant::{Floor, Nchan, SocketIo, SocketIoBatched, SocketIoRedis, Tideboard};

const ALL: &[Contestant] = &[Tideboard, SocketIo, SocketIoBatched, SocketIoRedis, Nchan, Floor];
const MAIN: &[Contestant] = &[Tideboard, SocketIo, SocketIoBatched, Floor];

fn events(effort: Effort) -> Vec<Event> {
    let load = |widgets, hertz, viewers, phase| Load { widgets, hertz, viewers, phase };
    let (together, staggered) = (Phase::Together, Phase::Staggered);
    let mut events = vec![
        Event { load: load(12, 10, 100, together), who: ALL, rounds: ROUNDS },
        Event { load: load(12, 10, 100, staggered), who: ALL, rounds: ROUNDS },
    ];
    let rest: &[_] = match effort {
        Effort::Short => &[(1, 10, 100, together), (12, 1, 100, together), (12, 10, 1_000, together)],
        Effort::Long => &[
            (1, 1, 100, together),
            (1, 10, 100, together),
            (1, 60, 100, together),
            (12, 1, 100, together),
            (12, 60, 100, together),
            (12, 1, 100, staggered),
            (12, 60, 100, staggered),
            (1, 1, 1_000, together),
            (1, 10, 1_000, together),
            (1, 60, 1_000, together),
            (12, 1, 1_000, together),
            (12, 10, 1_000, together),
            (12, 1, 1_000, staggered),
            (12, 10, 1_000, staggered),
        ],
    };
    let rounds = if matches!(effort, Effort::Short) { 1 } else { ROUNDS };
    events.extend(rest.iter().map(|&(w, h, v, p)| Event { load: load(w, h, v, p), who: MAIN, rounds }));
    events
}

/// All of them.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let mut samples = Samples::default();
    for Event { load, who, rounds } in events(effort) {
        let table = table(load);
        eprintln!("bench: {table}");
        let mut script = None;
        for _ in 0..rounds {
            for &who in who {
                let mut turn = turn(who, &subject.binary, load, script.as_ref()).await?;
                script = turn.script.take().or(script);
                note(&mut samples, &table, who, load, &turn);
            }
        }
    }
    Ok(samples.into_all())
}

/// As tables call it.
pub(crate) fn table(load: Load) -> String {
    let Load { widgets, hertz, viewers, phase } = load;
    let phase = if phase == Phase::Together { "in phase" } else { "staggered" };
    format!("{widgets} widgets × {hertz} Hz, {viewers} viewers, {phase}")
}

async fn turn(who: Contestant, binary: &Path, load: Load, script: Option<&Script>) -> Result<Turn, BenchError> {
    let rival = Rival::start(who, binary, script).await?;
    let producers = if who == Floor { None } else { Some(Producers::start(&rival, load).await?) };
    let watchers = seat(who, &rival, load).await?;
    let mut watchers = watch_for(watchers, SETTLE).await?;
    for (number, watcher) in watchers.iter_mut().enumerate() {
        watcher.begin(number == 0 && who == Tideboard);
    }
    let own = || process::precise(std::process::id());
    let (cpu, own_cpu, before, start) = (rival.cpu()?, own()?, total(&watchers), Instant::now());
    let mut watchers = watch_for(watchers, TIME).await?;
    let (cpu, own, time) = (rival.cpu()?.saturating_sub(cpu), own()?.saturating_sub(own_cpu), start.elapsed());
    let after = total(&watchers);
    let late_us = match producers {
        None => 0,
        Some(producers) => producers.stop().await?,
    };
    if after.messages == before.messages {
        return unexpected(format!("{} sent nothing", who.name()));
    }
    Ok(Turn {
        cpu,
        own,
        time,
        bytes: after.bytes - before.bytes,
        messages: after.messages - before.messages,
        updates: after.updates - before.updates,
        lost: after.lost - before.lost,
        doubled: after.doubled - before.doubled,
        gone: after.gone,
        late_us,
        delays: delays(&watchers)?,
        script: watchers.first_mut().and_then(|watcher| watcher.script(time)),
    })
}

fn delays(watchers: &[Watcher]) -> Result<Histogram<u64>, BenchError> {
    let mut all = histogram()?;
    for delays in watchers.iter().filter_map(Watcher::delays) {
        // They have the same bounds.
        all.add(delays).or_else(|error| unexpected(error.to_string()))?;
    }
    Ok(all)
}

fn note(samples: &mut Samples, table: &str, who: Contestant, load: Load, turn: &Turn) {
    let seconds = turn.time.as_secs_f64();
    let viewer_seconds = seconds * load.viewers as f64;
    let mut add = |measure, run| samples.add(table, who.name(), measure, run);
    add(("server, processor per viewer and second", "µs"), turn.cpu.as_secs_f64() * 1e6 / viewer_seconds);
    add(("bytes per viewer and second", "B"), turn.bytes as f64 / viewer_seconds);
    add(("messages per viewer and second", "1/s"), turn.messages as f64 / viewer_seconds);
    if who != Floor {
        let millis = |quantile| turn.delays.value_at_quantile(quantile) as f64 / 1e3;
        add(("update due → received, p50", "ms"), millis(0.5));
        add(("update due → received, p99", "ms"), millis(0.99));
        add(("updates shown, of those sent", "%"), shown(load, turn, viewer_seconds));
        add(("updates lost", "1"), turn.lost as f64);
        add(("updates doubled", "1"), turn.doubled as f64);
        add(("viewers given up", "1"), turn.gone as f64);
        add(("latest request", "ms"), turn.late_us as f64 / 1e3);
    }
    add(("server, of one core", "%"), turn.cpu.as_secs_f64() / seconds * 100.0);
    add(("load generator, of one core", "%"), turn.own.as_secs_f64() / seconds * 100.0);
}

/// Who sends only what is newest shows fewer than were sent, and loses none.
fn shown(load: Load, turn: &Turn, viewer_seconds: f64) -> f64 {
    let sent = load.widgets as f64 * f64::from(load.hertz) * viewer_seconds;
    turn.updates as f64 / sent * 100.0
}
