//! Many viewers whose server was killed and started again: all connect and resume at once.

use std::time::Duration;

use super::resume::{self, EVENTS_PER_SECOND, VIEWERS, WITH_CELLS};
use super::{Effort, Subject};
use crate::crowd::{self, each};
use crate::dashboard::{self, STREAMS};
use crate::error::BenchError;
use crate::flow::Flow;
use crate::process;
use crate::report::Figure;
use crate::server::{HostMetrics, Server};
use crate::viewer::Viewer;

const BEFORE: Duration = Duration::from_secs(5);

/// The kill comes under load; then everybody is back at the same moment, which clients of ours do not do.
pub(super) async fn measure(subject: &Subject, _effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let mut server = Server::start(&subject.binary, HostMetrics::Off).await?;
    let flow = Flow::start(&server, EVENTS_PER_SECOND).await?;
    let members =
        crowd::gather(&server.sign_in().await?, (VIEWERS, WITH_CELLS), &dashboard::queries(), STREAMS.len()).await?;
    let members = crowd::watch_for(members, BEFORE).await?;
    let acknowledged = flow.stop().await?;
    let held: Vec<_> = members.into_iter().map(|member| member.held).collect();
    server.kill_and_start_again(&subject.binary).await?;
    let session = server.sign_in().await?;
    let started = std::time::Instant::now();
    let viewers: Vec<Viewer> = each(vec![(); VIEWERS], |()| {
        let session = session.clone();
        async move { session.connect().await }
    })
    .await?;
    let connected = started.elapsed();
    let (members, returns) = resume::come_back(viewers, held, &acknowledged).await?;
    let all = started.elapsed();
    let cpu = process::cpu(server.pid())?.as_secs_f64() * 1e3;
    let mut figures = resume::times("restart", &returns)?;
    figures.extend([
        Figure::new("restart, until all are connected", connected.as_secs_f64() * 1e3, "ms"),
        Figure::new("restart, until all are connected and consistent", all.as_secs_f64() * 1e3, "ms"),
        Figure::new("restart, server's processor time since its start", cpu / VIEWERS as f64, "ms/v"),
    ]);
    resume::applied(members, returns, &mut figures)?;
    Ok(figures)
}
