//! The machine that Tideboard runs on, as a source of events: `host.cpu`, `host.memory`, `host.load`, `host.network`,
//! `host.disk`, `host.process`.

mod events;
mod pace;
mod reading;
mod sampler;

use tideboard_log::Clock;
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::host::events::events;
use crate::host::pace::Pace;
use crate::host::sampler::Sampler;
use crate::ingest::Ingest;
use crate::source::Supply;

/// The streams that measuring this machine writes to.
#[cfg(test)]
pub(crate) const STREAMS: [&str; 6] =
    ["host.cpu", "host.disk", "host.load", "host.memory", "host.network", "host.process"];

/// Measures until cancelled: several times a second while `watched`, once a second otherwise.
pub(crate) async fn run(
    host: String,
    ingest: Ingest,
    clock: Clock,
    mut watched: watch::Receiver<bool>,
    cancel: CancellationToken,
) {
    let mut supply = Supply::new(ingest, "host");
    let Some(mut sampler) = start(host).await else { return };
    let mut pace = Pace::new(Instant::now());
    loop {
        let attention = pace::Attention::of(*watched.borrow_and_update());
        tokio::select! {
            () = cancel.cancelled() => return,
            () = tokio::time::sleep_until(pace.next(attention)) => {}
            // Someone looks, or nobody does any more: the next sample is due at another instant.
            Ok(()) = watched.changed() => continue,
        }
        pace.took(Instant::now(), attention);
        // Reading /proc blocks, if only for a moment.
        let sampled = spawn_blocking(move || {
            let reading = sampler.sample(std::time::Instant::now());
            (sampler, reading)
        });
        let Ok((back, reading)) = sampled.await else {
            tracing::error!("measuring this machine broke down: it stops until the next start");
            return;
        };
        sampler = back;
        supply.put(events(&reading, clock().to_nanos())).await;
    }
}

async fn start(host: String) -> Option<Sampler> {
    match spawn_blocking(|| Sampler::new(host)).await {
        Ok(Ok(sampler)) => Some(sampler),
        Ok(Err(error)) => {
            tracing::warn!(%error, "this machine can't be measured here");
            None
        }
        Err(_) => None,
    }
}
