//! Events that keep coming: a producer beside the measurement, and how far each stream has got.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::dashboard::{STREAMS, event};
use crate::error::{BenchError, unexpected};
use crate::http::Http;
use crate::server::Server;

const PERIOD: Duration = Duration::from_millis(100);

/// How many events of each stream have been acknowledged, in the order of [`STREAMS`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Acknowledged(Arc<[AtomicU64; STREAMS.len()]>);

impl Acknowledged {
    /// The offset of the last event of each stream.
    pub(crate) fn now(&self) -> [u64; STREAMS.len()] {
        std::array::from_fn(|stream| self.0.get(stream).map_or(0, |count| count.load(Ordering::Relaxed)))
    }

    /// Notes that the events up to `number` were acknowledged.
    fn upto(&self, number: u64) {
        let streams = STREAMS.len() as u64;
        for (stream, count) in (0..).zip(self.0.iter()) {
            count.store((number + streams - 1 - stream) / streams, Ordering::Relaxed);
        }
    }
}

/// A producer under way.
pub(crate) struct Flow {
    /// What was acknowledged.
    pub(crate) acknowledged: Acknowledged,
    stop: watch::Sender<bool>,
    task: JoinHandle<Result<(), BenchError>>,
}

impl Flow {
    /// Sends so many events a second, in a batch every [`PERIOD`], until it is stopped. The streams must be new.
    pub(crate) async fn start(server: &Server, per_second: u64) -> Result<Self, BenchError> {
        let (http, header) = server.producer().await?;
        let (acknowledged, (stop, stopped)) = (Acknowledged::default(), watch::channel(false));
        let batch = per_second * PERIOD.as_millis() as u64 / 1_000;
        let task = tokio::spawn(produce(http, header, batch, acknowledged.clone(), stopped));
        Ok(Self { acknowledged, stop, task })
    }

    /// Lets the batch under way finish, and stops.
    pub(crate) async fn stop(self) -> Result<Acknowledged, BenchError> {
        self.stop.send_replace(true);
        match self.task.await {
            Ok(ended) => ended.map(|()| self.acknowledged),
            Err(error) => unexpected(error.to_string()),
        }
    }
}

async fn produce(
    mut http: Http,
    header: String,
    batch: u64,
    acknowledged: Acknowledged,
    stopped: watch::Receiver<bool>,
) -> Result<(), BenchError> {
    let mut ticks = tokio::time::interval(PERIOD);
    let mut next = 0;
    while !*stopped.borrow() {
        ticks.tick().await;
        let body: Value = (next..next + batch).map(event).collect();
        http.post("/api/v1/events", &header, body.to_string().as_bytes()).await?.success()?;
        next += batch;
        acknowledged.upto(next);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_by_their_streams() {
        let acknowledged = Acknowledged::default();
        for (number, counts) in [(0, [0, 0, 0, 0]), (1, [1, 0, 0, 0]), (6, [2, 2, 1, 1]), (8, [2, 2, 2, 2])] {
            acknowledged.upto(number);
            assert_eq!(acknowledged.now(), counts, "after {number}");
        }
    }
}
