//! Viewers that take nothing while much happens, and then want to know.

use std::time::Duration;

use super::{Effort, Subject};
use crate::crowd::{self, Member};
use crate::dashboard::{self, STREAMS};
use crate::error::{BenchError, unexpected};
use crate::flow::Flow;
use crate::process;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server, Session};

const EVENTS_PER_SECOND: u64 = 1_000;
/// Of each kind, so that growth shows.
const STALLED: usize = 10;
const SHORT: Duration = Duration::from_secs(20);
const LONG: Duration = Duration::from_secs(600);
const SETTLE: Duration = Duration::from_secs(5);
/// More than this in memory of one server than of the other is growth: half of what the events of one stalled minute
/// weigh as text.
const NOISE_MIB: f64 = 8.0;
const MIB: f64 = 1024.0 * 1024.0;

/// Two servers side by side with the same events and one attentive viewer each; one has stalled viewers too.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let usual = match effort {
        Effort::Short => SHORT,
        Effort::Long => LONG,
    };
    let time = subject.stall.unwrap_or(usual);
    let (with, without) = tokio::try_join!(one(subject, time, STALLED), one(subject, time, 0))?;
    let name = |what: &str| {
        format!("{} viewers stalled for {} s at {EVENTS_PER_SECOND} events/s: {what}", 2 * STALLED, time.as_secs())
    };
    let (grown, otherwise) = (with.grown_mib(), without.grown_mib());
    Ok(vec![
        Figure::new(name("memory grew by"), grown, "MiB"),
        Figure::new(name("without them"), otherwise, "MiB"),
        Figure::new(name("they cost"), grown - otherwise, "MiB").target(Target::AtMost(NOISE_MIB)),
        Figure::new(name("sent to one without credit"), with.caught_up.0, "KiB"),
        Figure::new(name("sent to one that read nothing"), with.caught_up.1, "KiB"),
        Figure::new(name("sent to one that kept up"), with.attentive, "KiB"),
    ])
}

struct Outcome {
    before: u64,
    after: u64,
    /// KiB that brought a viewer up to date: without credit, and cut off.
    caught_up: (f64, f64),
    /// KiB that a viewer was sent that kept up.
    attentive: f64,
}

impl Outcome {
    fn grown_mib(&self) -> f64 {
        (self.after as f64 - self.before as f64) / MIB
    }
}

async fn one(subject: &Subject, time: Duration, stalled: usize) -> Result<Outcome, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let flow = Flow::start(&server, EVENTS_PER_SECOND).await?;
    let session = server.sign_in().await?;
    let queries = dashboard::queries();
    let enter = async |count| crowd::gather(&session, (count, count), &queries, STREAMS.len()).await;
    let attentive = crowd::watch_for(enter(1).await?, SETTLE).await?;
    let mut without_credit = enter(stalled).await?;
    without_credit.iter_mut().for_each(|member| member.viewer.withhold_credit());
    let deaf = enter(stalled).await?;
    let sent = attentive.first().map_or(0, |member| member.viewer.bytes());
    let mut before = 0;
    // Nobody reads for the deaf: their connections' buffers fill, and then the server has to wait.
    let watched = async {
        tokio::time::sleep(SETTLE).await;
        before = process::resident(server.pid())?;
        Ok::<_, BenchError>(())
    };
    let (attentive, without_credit, ()) =
        tokio::try_join!(crowd::watch_for(attentive, time), crowd::watch_for(without_credit, time), watched)?;
    let after = process::resident(server.pid())?;
    let attentive_bytes = attentive.first().map_or(0, |member| member.viewer.bytes()) - sent;
    let (mut everybody, session) = (attentive, session.renewed().await?);
    let (without_credit, first) = credit_again(without_credit).await?;
    let (deaf, second) = hear_again(&session, deaf).await?;
    everybody.extend(without_credit.into_iter().chain(deaf));
    flow.stop().await?;
    crowd::compare(&session, everybody, (&queries, STREAMS.len()), SETTLE).await?;
    Ok(Outcome { before, after, caught_up: (first, second), attentive: attentive_bytes as f64 / 1024.0 })
}

/// Grants frames again: the first one covers everything.
async fn credit_again(members: Vec<Member>) -> Result<(Vec<Member>, f64), BenchError> {
    let count = members.len();
    let back = crowd::each(members, |mut member| async move {
        let before = member.viewer.bytes();
        member.viewer.grant_again().await?;
        loop {
            let (_, text) = member.viewer.frame().await?;
            if member.held.frame(&text)?.is_some() {
                let bytes = member.viewer.bytes() - before;
                return Ok((member, bytes));
            }
        }
    })
    .await?;
    let bytes = back.iter().map(|(_, bytes)| bytes).sum::<u64>();
    Ok((back.into_iter().map(|(member, _)| member).collect(), kib_each(bytes, count)))
}

/// Reads what is left in the connection, finds it closed, and resumes.
async fn hear_again(session: &Session, members: Vec<Member>) -> Result<(Vec<Member>, f64), BenchError> {
    let count = members.len();
    let back = crowd::each(members, |mut member| {
        let session = session.clone();
        async move {
            let before = member.viewer.bytes();
            let ended = async {
                while let Ok((_, text)) = member.viewer.frame().await {
                    member.held.frame(&text)?;
                }
                Ok::<_, BenchError>(())
            };
            if tokio::time::timeout(SETTLE * 12, ended).await.is_err() {
                return unexpected("a viewer that read nothing was not let go");
            }
            let left = member.viewer.bytes() - before;
            member.viewer = session.connect().await?;
            member.subscribe().await?;
            loop {
                let (_, text) = member.viewer.frame().await?;
                if member.held.frame(&text)?.is_some() {
                    let bytes = left + member.viewer.bytes();
                    return Ok((member, bytes));
                }
            }
        }
    })
    .await?;
    let bytes = back.iter().map(|(_, bytes)| bytes).sum::<u64>();
    Ok((back.into_iter().map(|(member, _)| member).collect(), kib_each(bytes, count)))
}

fn kib_each(bytes: u64, count: usize) -> f64 {
    bytes as f64 / count.max(1) as f64 / 1024.0
}
