//! What goes on beside requests: retention, the machine's load, the demo.

use std::time::Duration;

use tideboard_log::Log;
use tideboard_model::{Millis, StreamName};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::TaskTracker;

use crate::app::AppState;
use crate::builtin::Demo;
use crate::{changes, demo, host};

const RETENTION_EVERY: Duration = Duration::from_secs(60);

/// Starts what is switched on. All of it ends when the server begins to stop.
pub(super) fn start(app: &AppState, tasks: &TaskTracker) {
    tasks.spawn(keep_retention(app.clone()));
    tasks.spawn(changes::hear(app.clone()));
    if app.config.host_metrics {
        let (ingest, clock) = (app.ingest.clone(), app.clock.clone());
        tasks.spawn(host::run(app.config.node.clone(), ingest, clock, app.engine.watched(), app.stopping.clone()));
    }
    match app.demo {
        Demo::On => {
            tasks.spawn(run_demo(app.clone()));
        }
        Demo::Off => {}
    }
}

async fn keep_retention(app: AppState) {
    let age = i64::try_from(app.config.retention.as_millis()).unwrap_or(i64::MAX);
    let mut ticks = interval(RETENTION_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while app.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        let before = Millis((app.clock)().0.saturating_sub(age)).to_nanos();
        match app.log.trim(before).await {
            Ok(marks) if marks.is_empty() => {}
            Ok(marks) => tracing::debug!(streams = marks.len(), "retention dropped old events"),
            Err(error) => tracing::warn!(%error, "retention failed and is tried again in a minute"),
        }
    }
}

async fn run_demo(app: AppState) {
    let newest = newest(app.log.as_ref()).await;
    demo::run(app.ingest.clone(), app.clock.clone(), newest, app.stopping.clone()).await;
}

/// When the last event happened that an earlier run of the demo wrote.
async fn newest(log: &dyn Log) -> Option<Millis> {
    let mut newest = None;
    for name in demo::STREAMS {
        let Ok(stream) = StreamName::new(name) else { continue };
        let Ok(Some(end)) = log.end(&stream).await else { continue };
        let Ok(appends) = log.read_back(&stream, end.offset, 1).await else { continue };
        let times = appends.iter().flat_map(|append| append.events.iter().map(|event| event.time.to_millis()));
        newest = newest.max(times.max());
    }
    newest
}
