//! Many viewers of one dashboard, each in a task of its own.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::sync::{Barrier, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::error::{BenchError, unexpected};
use crate::held::{Held, Keeps};
use crate::server::Session;
use crate::viewer::Viewer;

/// Connections being set up at once, where that is not what is measured.
const SET_UP_AT_ONCE: usize = 32;
/// Longer than any measurement.
const EVER: Duration = Duration::from_secs(24 * 60 * 60);
/// How often whoever stays asks whether it is over.
const LOOKS_UP: Duration = Duration::from_millis(100);

/// A connected viewer with what it holds.
pub(crate) struct Member {
    /// Its connection.
    pub(crate) viewer: Viewer,
    /// What it holds.
    pub(crate) held: Held,
}

impl Member {
    /// Takes in frames until an instant.
    pub(crate) async fn watch_until(&mut self, end: Instant) -> Result<(), BenchError> {
        while let Some(text) = self.viewer.frame_until(end).await? {
            self.held.frame(&text)?;
        }
        Ok(())
    }

    /// Takes in frames until it holds something of so many streams.
    pub(crate) async fn watch_streams(&mut self, streams: usize) -> Result<(), BenchError> {
        while self.held.position().len() < streams {
            let (_, text) = self.viewer.frame().await?;
            self.held.frame(&text)?;
        }
        Ok(())
    }

    /// Takes in frames for as long as the other end of `end` is held.
    pub(crate) async fn stay(mut self, end: watch::Receiver<()>) -> Result<Self, BenchError> {
        self.viewer.grant_again().await?;
        while end.has_changed().is_ok() {
            self.watch_until(Instant::now() + LOOKS_UP).await?;
        }
        Ok(self)
    }

    /// Takes in frames until all are so far.
    async fn wait_at(&mut self, barrier: &Barrier) -> Result<(), BenchError> {
        tokio::select! {
            _ = barrier.wait() => Ok(()),
            ended = self.watch_until(Instant::now() + EVER) => ended,
        }
    }

    /// Asks for its views, for the first time or again.
    pub(crate) async fn subscribe(&mut self) -> Result<(), BenchError> {
        let answer = self.viewer.subscribe(&self.held.subscribe()).await?;
        self.held.subscribed(&answer)
    }
}

/// Connects viewers that have asked for nothing yet.
pub(crate) async fn connect(session: &Session, count: usize) -> Result<Vec<Viewer>, BenchError> {
    let (places, barrier) = (Arc::new(Semaphore::new(SET_UP_AT_ONCE)), Arc::new(Barrier::new(count)));
    each(vec![(); count], |()| {
        let (session, places, barrier) = (session.clone(), Arc::clone(&places), Arc::clone(&barrier));
        async move {
            let place = places.acquire_owned().await.ok();
            let mut viewer = session.connect().await?;
            drop(place);
            wait_at(&mut viewer, &barrier).await?;
            Ok(viewer)
        }
    })
    .await
}

/// Waits for the others. Whoever waits answers pings.
pub(crate) async fn wait_at(viewer: &mut Viewer, barrier: &Barrier) -> Result<(), BenchError> {
    tokio::select! {
        _ = barrier.wait() => Ok(()),
        ended = viewer.receive_for(EVER) => ended.and_then(|()| unexpected("waited for ever")),
    }
}

/// Connects viewers and lets them see these queries once; so many of them keep cells.
pub(crate) async fn gather(
    session: &Session,
    (count, with_cells): (usize, usize),
    queries: &[Value],
    streams: usize,
) -> Result<Vec<Member>, BenchError> {
    let viewers = connect(session, count).await?.into_iter().enumerate();
    let keeps = |number| if number < with_cells { Keeps::Cells } else { Keeps::Positions };
    let members = viewers.map(|(number, viewer)| Member { viewer, held: Held::new(queries, keeps(number)) }).collect();
    let barrier = Arc::new(Barrier::new(count));
    each(members, |mut member: Member| {
        let barrier = Arc::clone(&barrier);
        async move {
            member.subscribe().await?;
            member.watch_streams(streams).await?;
            member.wait_at(&barrier).await?;
            Ok(member)
        }
    })
    .await
}

/// Lets all take in frames for a time.
pub(crate) async fn watch_for(members: Vec<Member>, time: Duration) -> Result<Vec<Member>, BenchError> {
    let end = Instant::now() + time;
    each(members, |mut member| async move {
        member.watch_until(end).await?;
        Ok(member)
    })
    .await
}

/// Once nothing flows any more and all have had `settle` to take in the rest, they must hold what a new viewer is told.
pub(crate) async fn compare(
    session: &Session,
    members: Vec<Member>,
    (queries, streams): (&[Value], usize),
    settle: Duration,
) -> Result<(), BenchError> {
    let mut members = watch_for(members, settle).await?;
    let mut fresh = Member { viewer: session.connect().await?, held: Held::new(queries, Keeps::Cells) };
    fresh.subscribe().await?;
    fresh.watch_streams(streams).await?;
    members.push(fresh);
    let members = watch_for(members, settle).await?;
    let Some((fresh, members)) = members.split_last() else { return Ok(()) };
    members.iter().try_for_each(|member| member.held.same_as(&fresh.held))
}

/// Runs something for each, all at once, and returns what came out, in order.
pub(crate) async fn each<T, R, F>(all: Vec<T>, run: impl Fn(T) -> F) -> Result<Vec<R>, BenchError>
where
    R: Send + 'static,
    F: Future<Output = Result<R, BenchError>> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for (number, one) in all.into_iter().enumerate() {
        let future = run(one);
        tasks.spawn(async move { future.await.map(|result| (number, result)) });
    }
    let mut results = Vec::new();
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok(result) => results.push(result?),
            Err(error) => return unexpected(error.to_string()),
        }
    }
    results.sort_unstable_by_key(|(number, _)| *number);
    Ok(results.into_iter().map(|(_, result)| result).collect())
}
