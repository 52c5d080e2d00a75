//! The contest of memory: what a viewer costs a server while nothing happens to it.

use std::time::Duration;

use super::floor::Script;
use super::load::{Load, Phase, Producers};
use super::measures;
use super::rival::{Contestant, Rival};
use super::sample::{Sample, Samples};
use super::watch::{Watcher, seat, watch_for};
use crate::error::BenchError;
use crate::measure::{Effort, Subject};

/// Viewers before those that are measured: whatever is made once is made for them. Not more: what they leave to be collected
/// would hide what the next ones take.
const FIRST: usize = 10;
const WIDGETS: usize = 12;
/// So that every buffer that is made as updates pass is there.
const HERTZ: u32 = 5;
const MOVING: Duration = Duration::from_secs(1);
/// Longer than all of it takes.
const LONG: Duration = Duration::from_secs(600);

/// Each contestant in turn, so often.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let (viewers, settle, rounds) = match effort {
        Effort::Short => (500, Duration::from_secs(3), 1),
        Effort::Long => (2_000, Duration::from_secs(10), 3),
    };
    let table = format!("memory: {viewers} viewers of {WIDGETS} widgets at rest");
    eprintln!("bench: {table}");
    let mut samples = Samples::default();
    for _ in 0..rounds {
        for who in [Contestant::Tideboard, Contestant::SocketIo, Contestant::Nchan, Contestant::Floor] {
            let rival = Rival::start(who, &subject.binary, Some(&ticking())).await?;
            let (before, each) = one(who, &rival, viewers, settle).await?;
            samples.add(&table, who.name(), measures::MEMORY, each / 1_024.0);
            samples.add(&table, who.name(), ("server without them", "MiB"), before / 1_024.0 / 1_024.0);
        }
    }
    Ok(samples.into_all())
}

/// The floor has no updates to hand on: it writes as much once a second.
fn ticking() -> Script {
    Script { length_us: 1_000_000, messages: vec![(0, "x".repeat(1_200))] }
}

/// Bytes of the server, and those that each viewer adds.
async fn one(who: Contestant, rival: &Rival, count: usize, settle: Duration) -> Result<(f64, f64), BenchError> {
    let first = settled(who, rival, FIRST, settle).await?;
    let before = rival.memory()?;
    let first = tokio::spawn(watch_for(first, LONG));
    let more = settled(who, rival, count, settle).await?;
    let after = rival.memory()?;
    first.abort();
    drop(more);
    Ok((before as f64, after.saturating_sub(before) as f64 / count as f64))
}

/// Lets so many in, has all widgets move for a while, and lets everything rest.
async fn settled(who: Contestant, rival: &Rival, viewers: usize, settle: Duration) -> Result<Vec<Watcher>, BenchError> {
    let load = Load { widgets: WIDGETS, hertz: HERTZ, viewers, phase: Phase::Together };
    let watchers = seat(who, rival, load).await?;
    let producers = if who == Contestant::Floor { None } else { Some(Producers::start(rival, load).await?) };
    let watchers = watch_for(watchers, MOVING).await?;
    if let Some(producers) = producers {
        producers.stop().await?;
    }
    watch_for(watchers, settle).await
}
