//! A contestant's turn: a fresh process, viewers, updates at a steady rate, and what that took.

use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use tokio::time::Instant;

use super::floor::Script;
use super::load::{Load, Producers};
use super::measures;
use super::rival::{Contestant, Rival};
use super::watch::{Watcher, seat, total, watch_for};
use crate::error::{BenchError, unexpected};
use crate::measure::histogram;
use crate::process;

/// How long it takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// Until everything runs evenly.
    pub(crate) settle: Duration,
    /// Measured.
    pub(crate) time: Duration,
}

/// What a turn took.
pub(crate) struct Turn {
    load: Load,
    cpu: Duration,
    /// Of this process.
    own: Duration,
    time: Duration,
    bytes: u64,
    messages: u64,
    updates: u64,
    lost: u64,
    doubled: u64,
    gone: u64,
    /// Of the latest request.
    late_us: u64,
    delays: Histogram<u64>,
    script: Option<Script>,
}

impl Turn {
    /// Has it; the floor writes the script.
    pub(crate) async fn hold(
        who: Contestant,
        binary: &Path,
        load: Load,
        pace: Pace,
        script: Option<&Script>,
    ) -> Result<Self, BenchError> {
        let rival = Rival::start(who, binary, script).await?;
        let is_floor = who == Contestant::Floor;
        let watchers = seat(who, &rival, load).await?;
        // Not before all are seated: whoever waits for the others reads nothing, and a server may let it go for that.
        let producers = if is_floor { None } else { Some(Producers::start(&rival, load).await?) };
        let mut watchers = watch_for(watchers, pace.settle).await?;
        for (number, watcher) in watchers.iter_mut().enumerate() {
            watcher.begin(number == 0 && who == Contestant::Tideboard);
        }
        let own = || process::precise(std::process::id());
        let (cpu, own_cpu, before, start) = (rival.cpu()?, own()?, total(&watchers), Instant::now());
        let mut watchers = watch_for(watchers, pace.time).await?;
        let (cpu, own, time) = (rival.cpu()?.saturating_sub(cpu), own()?.saturating_sub(own_cpu), start.elapsed());
        let after = total(&watchers);
        let late_us = match producers {
            None => 0,
            Some(producers) => producers.stop().await?,
        };
        if after.messages == before.messages {
            return unexpected(format!("{} sent nothing", who.name()));
        }
        Ok(Self {
            load,
            cpu,
            own,
            time,
            bytes: after.bytes - before.bytes,
            messages: after.messages - before.messages,
            updates: after.updates - before.updates,
            lost: after.lost - before.lost,
            doubled: after.doubled - before.doubled,
            gone: after.gone,
            late_us,
            delays: delays(&watchers)?,
            script: watchers.first_mut().and_then(|watcher| watcher.script(time)),
        })
    }

    /// What Tideboard sent, for the floor.
    pub(crate) fn take_script(&mut self) -> Option<Script> {
        self.script.take()
    }

    fn viewer_seconds(&self) -> f64 {
        self.time.as_secs_f64() * self.load.viewers as f64
    }

    /// What it costs, per viewer and second.
    pub(crate) fn costs(&self) -> [(measures::Measure, f64); 3] {
        let seconds = self.viewer_seconds();
        [
            (measures::SERVER_CPU, self.cpu.as_secs_f64() * 1e6 / seconds),
            (measures::BYTES, self.bytes as f64 / seconds),
            (("messages per viewer and second", "1/s"), self.messages as f64 / seconds),
        ]
    }

    /// What viewers have of it.
    pub(crate) fn service(&self) -> [(measures::Measure, f64); 7] {
        [
            (("update due → received, p50", "ms"), self.delay_ms(0.5)),
            (measures::DELAY_P99, self.delay_ms(0.99)),
            (measures::SHOWN, self.shown()),
            (measures::LOST, self.lost as f64),
            (measures::DOUBLED, self.doubled as f64),
            (measures::GONE, self.gone as f64),
            (("latest request", "ms"), self.late_us as f64 / 1e3),
        ]
    }

    /// How much of a core each side needed.
    pub(crate) fn shares(&self) -> [(measures::Measure, f64); 2] {
        let share = |cpu: Duration| cpu.as_secs_f64() / self.time.as_secs_f64() * 100.0;
        [(measures::SERVER_SHARE, share(self.cpu)), (measures::OWN_SHARE, share(self.own))]
    }

    /// The server's share of one core, in percent.
    pub(crate) fn share(&self) -> f64 {
        self.cpu.as_secs_f64() / self.time.as_secs_f64() * 100.0
    }

    /// Milliseconds from when updates were due to when they were seen.
    pub(crate) fn delay_ms(&self, quantile: f64) -> f64 {
        self.delays.value_at_quantile(quantile) as f64 / 1e3
    }

    /// Whether everybody saw everything.
    pub(crate) fn is_whole(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.gone == 0
    }

    /// Who sends only what is newest shows fewer than were sent, and loses none.
    pub(crate) fn shown(&self) -> f64 {
        let sent = self.load.widgets as f64 * f64::from(self.load.hertz) * self.viewer_seconds();
        self.updates as f64 / sent * 100.0
    }
}

/// Those of all who noted them.
pub(crate) fn delays(watchers: &[Watcher]) -> Result<Histogram<u64>, BenchError> {
    let mut all = histogram()?;
    for delays in watchers.iter().filter_map(Watcher::delays) {
        // They have the same bounds.
        all.add(delays).or_else(|error| unexpected(error.to_string()))?;
    }
    Ok(all)
}
