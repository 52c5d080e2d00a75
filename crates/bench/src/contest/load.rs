//! Updates of widgets at a steady rate, whatever the server does: what is late is sent late, and counted from when it was due.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};

use super::clock::micros;
use super::rival::{Intake, Rival, Update};
use crate::error::{BenchError, unexpected};
use crate::http::Http;

/// How the updates of the widgets lie in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// All at once, in one request.
    Together,
    /// One after the other, evenly spread.
    Staggered,
}

/// What is asked of a contestant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Load {
    /// Each viewer watches all.
    pub(crate) widgets: usize,
    /// Updates per widget and second.
    pub(crate) hertz: u32,
    pub(crate) viewers: usize,
    pub(crate) phase: Phase,
}

impl Load {
    fn period(self) -> Duration {
        let round = Duration::from_secs(1) / self.hertz;
        if self.phase == Phase::Together { round } else { round / self.widgets as u32 }
    }
}

/// Producers under way.
pub(crate) struct Producers {
    stop: watch::Sender<bool>,
    tasks: JoinSet<Result<u64, BenchError>>,
    acknowledged: Arc<AtomicU64>,
}

/// Connections that staggered updates come over: one that waits for its answer does not hold up the next widget.
const CONNECTIONS: usize = 4;

impl Producers {
    /// Starts sending.
    pub(crate) async fn start(rival: &Rival, load: Load) -> Result<Self, BenchError> {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        let connections = if load.phase == Phase::Together { 1 } else { CONNECTIONS.min(load.widgets) };
        let (start, acknowledged) = (Instant::now(), Arc::<AtomicU64>::default());
        for number in 0..connections {
            let mine: Vec<_> = (number..load.widgets).step_by(connections).collect();
            let sender = Sender {
                http: Http::connect(rival.address()).await?,
                headers: rival.headers(),
                kind: rival.intake(),
                stopped: stopped.clone(),
                acknowledged: Arc::clone(&acknowledged),
            };
            match load.phase {
                Phase::Together => tasks.spawn(sender.together(load, start)),
                Phase::Staggered => tasks.spawn(sender.staggered(load, start, mine)),
            };
        }
        Ok(Self { stop, tasks, acknowledged })
    }

    /// The number of the last update of every widget that was acknowledged; of those in phase only.
    pub(crate) fn acknowledged(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.acknowledged)
    }

    /// Stops, and returns by how much the latest request was late in all, in microseconds.
    pub(crate) async fn stop(mut self) -> Result<u64, BenchError> {
        self.stop.send_replace(true);
        let mut late = 0;
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Ok(most) => late = late.max(most?),
                Err(error) => return unexpected(error.to_string()),
            }
        }
        Ok(late)
    }
}

struct Sender {
    http: Http,
    headers: String,
    kind: Intake,
    stopped: watch::Receiver<bool>,
    acknowledged: Arc<AtomicU64>,
}

impl Sender {
    async fn together(mut self, load: Load, start: Instant) -> Result<u64, BenchError> {
        let (mut ticks, mut late) = (interval_at(start, load.period()), 0);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for seq in 1.. {
            let due = ticks.tick().await;
            if *self.stopped.borrow() {
                break;
            }
            let updates: Vec<_> = (0..load.widgets).map(|widget| update(widget, seq, due)).collect();
            self.send(&updates).await?;
            self.acknowledged.store(seq, Ordering::Relaxed);
            late = late.max(late_by(due));
        }
        Ok(late)
    }

    async fn staggered(mut self, load: Load, start: Instant, mine: Vec<usize>) -> Result<u64, BenchError> {
        let period = load.period();
        let (mut seq, mut late) = (0, 0);
        loop {
            seq += 1;
            for widget in &mine {
                let slot = (seq - 1) * load.widgets as u64 + *widget as u64;
                let due = start + period * u32::try_from(slot).unwrap_or(u32::MAX);
                sleep_until(due).await;
                if *self.stopped.borrow() {
                    return Ok(late);
                }
                self.send(&[update(*widget, seq, due)]).await?;
                late = late.max(late_by(due));
            }
        }
    }

    async fn send(&mut self, updates: &[Update]) -> Result<(), BenchError> {
        for (path, body) in self.kind.requests(updates) {
            self.http.post(&path, &self.headers, body.as_bytes()).await?.success()?;
        }
        Ok(())
    }
}

fn late_by(due: Instant) -> u64 {
    u64::try_from(due.elapsed().as_micros()).unwrap_or(u64::MAX)
}

fn update(widget: usize, seq: u64, due: Instant) -> Update {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    Update { widget, seq, time: u64::try_from(time).unwrap_or(u64::MAX), due: micros(due) }
}
