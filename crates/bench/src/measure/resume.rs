//! Many viewers of the same dashboard, cut off at once, that all ask to resume at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Barrier;

use super::ingest::{histogram, micros, millis};
use super::{Effort, Subject};
use crate::crowd::{self, Member, each};
use crate::dashboard::{self, STREAMS};
use crate::error::BenchError;
use crate::flow::{Acknowledged, Flow};
use crate::held::Held;
use crate::process;
use crate::report::{Figure, Target};
use crate::returning::{Return, resume};
use crate::server::{HostMetrics, Server, Session};
use crate::viewer::Viewer;

pub(super) const VIEWERS: usize = 1_000;
/// So many of them keep cells, which are compared at the end.
pub(super) const WITH_CELLS: usize = 10;
pub(super) const EVENTS_PER_SECOND: u64 = 200;
/// Live before the cut.
const BEFORE: Duration = Duration::from_secs(5);
pub(super) const SETTLE: Duration = Duration::from_secs(2);

/// [`VIEWERS`] that are away for a while in which events flow.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let away = match effort {
        Effort::Short => Duration::from_secs(8),
        Effort::Long => Duration::from_secs(30),
    };
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let flow = Flow::start(&server, EVENTS_PER_SECOND).await?;
    let session = server.sign_in().await?;
    let queries = dashboard::queries();
    let members = crowd::gather(&session, (VIEWERS, WITH_CELLS), &queries, STREAMS.len()).await?;
    let members = crowd::watch_for(members, BEFORE).await?;
    // All are cut off; one stays, and shows what the others miss.
    let held: Vec<Held> = members.into_iter().map(|member| member.held).collect();
    let mut stayed = session.watch(&queries).await?;
    stayed.receive_for(SETTLE).await?;
    let before = stayed.bytes();
    stayed.receive_for(away - SETTLE).await?;
    let missed = (stayed.bytes() - before) as f64 * away.as_secs_f64() / (away - SETTLE).as_secs_f64();
    drop(stayed);
    let viewers = crowd::connect(&session, VIEWERS).await?;
    let answer_pings = |mut viewer: Viewer| async move { viewer.receive_for(SETTLE).await.map(|()| viewer) };
    let viewers = each(viewers, answer_pings).await?;
    let (cpu, started) = (process::cpu(server.pid())?, Instant::now());
    let (members, returns) = come_back(viewers, held, &flow.acknowledged).await?;
    let (cpu, took) = (process::cpu(server.pid())?.saturating_sub(cpu), started.elapsed());
    let mut figures = times("resume", &returns)?;
    figures.extend([
        Figure::new("resume, until all are consistent", took.as_secs_f64() * 1e3, "ms"),
        Figure::new("resume, server's processor time", cpu.as_secs_f64() * 1e3 / VIEWERS as f64, "ms/v"),
        Figure::new("resume, frames that were missed instead", missed / 1024.0, "KiB/v"),
    ]);
    let mut members = applied(members, returns, &mut figures)?;
    members.truncate(WITH_CELLS);
    compare(&session, members, flow).await?;
    Ok(figures)
}

/// All ask at once, and wait until they are consistent.
pub(super) async fn come_back(
    viewers: Vec<Viewer>,
    held: Vec<Held>,
    acknowledged: &Acknowledged,
) -> Result<(Vec<Member>, Vec<Return>), BenchError> {
    let barrier = Arc::new(Barrier::new(viewers.len()));
    let members: Vec<_> = viewers.into_iter().zip(held).map(|(viewer, held)| Member { viewer, held }).collect();
    let back = each(members, |mut member| {
        let (barrier, acknowledged) = (Arc::clone(&barrier), acknowledged.clone());
        async move {
            barrier.wait().await;
            let wanted = STREAMS.into_iter().map(str::to_owned).zip(acknowledged.now()).collect();
            let back = resume(&mut member, wanted).await?;
            Ok((member, back))
        }
    })
    .await?;
    Ok(back.into_iter().unzip())
}

/// The figures of many returns.
pub(super) fn times(what: &str, returns: &[Return]) -> Result<Vec<Figure>, BenchError> {
    let mut times = histogram()?;
    returns.iter().for_each(|one| times.saturating_record(micros(one.took)));
    let bytes = returns.iter().map(|one| one.bytes).sum::<u64>() as f64 / returns.len() as f64;
    let name = |figure: &str| format!("{what}, {} viewers × 12 widgets: {figure}", returns.len());
    Ok(vec![
        Figure::new(name("consistent, p50"), millis(&times, 0.5), "ms"),
        Figure::new(name("consistent, p99"), millis(&times, 0.99), "ms"),
        Figure::new(name("consistent, last"), millis(&times, 1.0), "ms").target(Target::AtMost(1_000.0)),
        Figure::new(name("bytes"), bytes / 1024.0, "KiB/v"),
    ])
}

/// Lets the viewers take in what came, and counts how their views were told.
pub(super) fn applied(
    mut members: Vec<Member>,
    returns: Vec<Return>,
    figures: &mut Vec<Figure>,
) -> Result<Vec<Member>, BenchError> {
    let mut told: BTreeMap<String, u64> = BTreeMap::new();
    for (member, back) in members.iter_mut().zip(returns) {
        for frame in back.frames {
            let Some((_, parts)) = member.held.frame(&frame)? else { continue };
            for part in parts {
                let how = part.reason.map_or_else(|| "diff".to_owned(), |reason| format!("replace, {reason}"));
                *told.entry(format!("  {} told by {how}", member.held.shape(&part.view))).or_default() += 1;
            }
        }
    }
    figures.extend(told.into_iter().map(|(how, count)| Figure::new(how, count as f64, "parts")));
    Ok(members)
}

/// Once nothing flows any more, whoever came back must hold what a new viewer is told.
pub(super) async fn compare(session: &Session, mut members: Vec<Member>, flow: Flow) -> Result<(), BenchError> {
    for member in &mut members {
        member.viewer.grant_again().await?;
    }
    flow.stop().await?;
    crowd::compare(session, members, (&dashboard::queries(), STREAMS.len()), SETTLE).await
}
