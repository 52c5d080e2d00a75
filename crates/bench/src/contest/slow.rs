//! The contest of slow viewers: some stop reading while updates go on, and read on later.

use std::path::Path;
use std::time::Duration;

use super::load::{Load, Phase, Producers};
use super::measures;
use super::queue::waiting;
use super::rival::{Contestant, Rival};
use super::sample::{Sample, Samples};
use super::turn::delays;
use super::watch::{Received, Watcher, seat, total, watch_for};
use crate::error::BenchError;
use crate::measure::{Effort, Subject};

const LOAD: Load = Load { widgets: 12, hertz: 10, viewers: 100, phase: Phase::Together };
/// So many of the viewers stop reading.
const STALLED: usize = 10;
const SETTLE: Duration = Duration::from_millis(1_500);
/// To read what waited.
const AFTER: Duration = Duration::from_secs(2);

/// What came of it.
struct Outcome {
    /// Bytes that all stalled ones cost the server, beside the same time without them.
    server: f64,
    /// Bytes that wait in all connections.
    connections: u64,
    /// Of those who read on, in milliseconds.
    delay_ms: f64,
    /// Of the stalled, in all.
    stalled: Received,
    /// Stalled ones that were let go, and came back.
    back: u64,
    before: Received,
}

/// Each contestant in turn, so often.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let (time, rounds) = match effort {
        Effort::Short => (Duration::from_secs(5), 1),
        Effort::Long => (Duration::from_secs(30), 3),
    };
    let Load { widgets, hertz, viewers, .. } = LOAD;
    let seconds = time.as_secs();
    let table =
        format!("{STALLED} of {viewers} viewers of {widgets} widgets × {hertz} Hz read nothing for {seconds} s");
    eprintln!("bench: {table}");
    let mut samples = Samples::default();
    for _ in 0..rounds {
        for who in [Contestant::Tideboard, Contestant::SocketIo, Contestant::Nchan] {
            note(&mut samples, &table, who, &one(who, &subject.binary, time).await?);
        }
    }
    Ok(samples.into_all())
}

async fn one(who: Contestant, binary: &Path, time: Duration) -> Result<Outcome, BenchError> {
    let rival = Rival::start(who, binary, None).await?;
    let producers = Producers::start(&rival, LOAD).await?;
    let watchers = watch_for(seat(who, &rival, LOAD).await?, SETTLE).await?;
    let start = rival.memory()?;
    let mut attentive = watch_for(watchers, time).await?;
    let begun = rival.memory()?;
    let stalled = attentive.split_off(attentive.len().saturating_sub(STALLED));
    let before = total(&stalled);
    attentive.iter_mut().for_each(|watcher| watcher.begin(false));
    let attentive = watch_for(attentive, time).await?;
    let (ended, connections) = (rival.memory()?, waiting(rival.address())?);
    let delay_ms = delays(&attentive)?.value_at_quantile(0.99) as f64 / 1e3;
    let (stalled, others) = tokio::join!(read_on(stalled, &rival), watch_for(attentive, AFTER));
    let (stalled, back) = stalled?;
    drop(others?);
    producers.stop().await?;
    let stalled = total(&stalled);
    let (without, with) = (begun as f64 - start as f64, ended as f64 - begun as f64);
    Ok(Outcome { server: with - without, connections, delay_ms, stalled, back, before })
}

/// Reads what is left. Whoever finds that it was let go comes back, if its protocol has a way; so many did.
async fn read_on(stalled: Vec<Watcher>, rival: &Rival) -> Result<(Vec<Watcher>, u64), BenchError> {
    let (mut stalled, mut back) = (watch_for(stalled, AFTER / 2).await?, 0);
    for watcher in &mut stalled {
        back += u64::from(watcher.come_back(rival).await?);
    }
    Ok((watch_for(stalled, AFTER / 2).await?, back))
}

fn note(samples: &mut Samples, table: &str, who: Contestant, outcome: &Outcome) {
    let each = |bytes: f64| bytes / STALLED as f64 / 1_024.0;
    let Outcome { stalled, before, .. } = outcome;
    for (measure, run) in [
        (("waits in the connection of each", "KiB"), each(outcome.connections as f64)),
        (("server's memory for each, beside a time without them", "KiB"), each(outcome.server)),
        (("sent to each of them, from then on", "KiB"), each((stalled.bytes - before.bytes) as f64)),
        (("the others: update due → received, p99", "ms"), outcome.delay_ms),
        (measures::LOST, (stalled.lost - before.lost) as f64),
        (measures::DOUBLED, (stalled.doubled - before.doubled) as f64),
        (("viewers let go that came back and missed nothing", measures::COUNT), outcome.back as f64),
        (measures::GONE, stalled.gone as f64),
    ] {
        samples.add(table, who.name(), measure, run);
    }
}
