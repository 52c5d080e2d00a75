//! The contest of coming back: viewers are cut off while updates go on, and return at one moment. Beside Socket.IO's connection
//! state recovery, which keeps what was sent and sends it again; Tideboard sends the newest cells.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;
use tokio::time::{Instant, sleep};

use super::back::{Back, Door, Regular, enter};
use super::load::{Load, Phase, Producers};
use super::measures;
use super::rival::{Contestant, Rival};
use super::sample::{Sample, Samples};
use super::watch::queries;
use crate::crowd::{compare, each};
use crate::error::BenchError;
use crate::measure::{Effort, Subject, histogram};

const LOAD: Load = Load { widgets: 12, hertz: 10, viewers: 100, phase: Phase::Together };
/// So many of Tideboard's keep cells, which are compared with those of a new viewer at the end.
const WITH_CELLS: usize = 10;
/// Live before the cut.
const BEFORE: Duration = Duration::from_secs(2);
/// Live afterwards, in which what comes late or twice would come.
const AFTER: Duration = Duration::from_secs(1);

/// What came of it.
struct Outcome {
    backs: Vec<Back>,
    cpu: Duration,
    lost: u64,
    doubled: u64,
}

/// Each outage, each contestant in turn, so often.
pub(crate) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
    let (outages, rounds) = match effort {
        Effort::Short => (&[2, 10][..], 1),
        Effort::Long => (&[2, 10, 30, 60][..], 3),
    };
    let mut samples = Samples::default();
    for away in outages {
        let table = table(*away);
        eprintln!("bench: {table}");
        for _ in 0..rounds {
            for who in [Contestant::Tideboard, Contestant::SocketIoRecovery] {
                let rival = Rival::start(who, &subject.binary, None).await?;
                note(&mut samples, &table, who, &one(&rival, Duration::from_secs(*away)).await?)?;
            }
        }
    }
    Ok(samples.into_all())
}

/// As tables call it.
fn table(away: u64) -> String {
    let Load { widgets, hertz, viewers, .. } = LOAD;
    format!("{widgets} widgets × {hertz} Hz, {viewers} viewers back after {away} s")
}

async fn one(rival: &Rival, away: Duration) -> Result<Outcome, BenchError> {
    let producers = Producers::start(rival, LOAD).await?;
    let viewers = watch_for(enter(rival, LOAD.widgets, (LOAD.viewers, WITH_CELLS)).await?, BEFORE).await?;
    let before = faults(&viewers);
    let absent = viewers.into_iter().map(Regular::leave).collect();
    sleep(away).await;
    let (door, acknowledged) = (Door::of(rival, LOAD.widgets).await?, producers.acknowledged());
    let barrier = Arc::new(Barrier::new(LOAD.viewers));
    let cpu = rival.cpu()?;
    let back = each(absent, |absent: super::back::Absent| {
        let (door, acknowledged, barrier) = (door.clone(), Arc::clone(&acknowledged), Arc::clone(&barrier));
        async move {
            barrier.wait().await;
            absent.come_back(&door, &acknowledged).await
        }
    });
    let (viewers, backs) = back.await?.into_iter().unzip();
    let cpu = rival.cpu()?.saturating_sub(cpu);
    let viewers = watch_for(viewers, AFTER).await?;
    let after = faults(&viewers);
    producers.stop().await?;
    same_as_fresh(rival, viewers).await?;
    Ok(Outcome { backs, cpu, lost: after.0 - before.0, doubled: after.1 - before.1 })
}

/// Of Tideboard's, those that keep cells must hold what a new viewer is told.
async fn same_as_fresh(rival: &Rival, viewers: Vec<Regular>) -> Result<(), BenchError> {
    let Rival::Tideboard(_, session) = rival else { return Ok(()) };
    let members = viewers.into_iter().take(WITH_CELLS).filter_map(|viewer| match viewer {
        Regular::Tideboard(member) => Some(*member),
        Regular::Recovering(_) => None,
    });
    let queries = queries(LOAD.widgets);
    compare(&session.renewed().await?, members.collect(), (&queries, LOAD.widgets), AFTER).await
}

async fn watch_for(viewers: Vec<Regular>, time: Duration) -> Result<Vec<Regular>, BenchError> {
    let end = Instant::now() + time;
    each(viewers, |mut viewer: Regular| async move {
        viewer.watch_until(end).await?;
        Ok(viewer)
    })
    .await
}

fn faults(viewers: &[Regular]) -> (u64, u64) {
    viewers.iter().map(Regular::faults).fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
}

fn note(samples: &mut Samples, table: &str, who: Contestant, outcome: &Outcome) -> Result<(), BenchError> {
    let mut times = histogram()?;
    outcome
        .backs
        .iter()
        .for_each(|back| times.saturating_record(u64::try_from(back.took.as_micros()).unwrap_or(u64::MAX)));
    let count = outcome.backs.len() as f64;
    let bytes = outcome.backs.iter().map(|back| back.bytes).sum::<u64>() as f64 / count;
    for (measure, run) in [
        (measures::BACK_BYTES, bytes / 1_024.0),
        (measures::BACK_P50, times.value_at_quantile(0.5) as f64 / 1e3),
        (measures::BACK_LAST, times.max() as f64 / 1e3),
        (measures::BACK_CPU, outcome.cpu.as_secs_f64() * 1e6 / count),
        (measures::LOST, outcome.lost as f64),
        (measures::DOUBLED, outcome.doubled as f64),
    ] {
        samples.add(table, who.name(), measure, run);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contest::summarised;

    #[test]
    fn the_table_that_the_first_page_quotes_is_measured_by_both_forms() {
        assert_eq!(table(10), summarised::RESUME);
    }
}
