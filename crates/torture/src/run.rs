//! One stage of a run: phases of trouble, each followed by a checkpoint.

mod checkpoint;
mod outcome;
mod start;
mod trouble;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tideboard_testkit::proxy::Proxy;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use self::outcome::Counts;
use crate::backing::Backing;
use crate::chronicle::Chronicle;
use crate::error::TortureError;
use crate::follower::Follower;
use crate::ledger::Ledger;
use crate::nodes::Nodes;
use crate::page::Page;
use crate::plan::{Level, Phase, Stage};
use crate::producer::Tally;
use crate::viewer::{Company, Handle};

/// Memory that a server may gain over what it had at the first checkpoint, in bytes, besides twice that.
const GROWTH: u64 = 160 << 20;
/// Waits between two looks.
const POLL: Duration = Duration::from_millis(100);

/// What is tormented, and where.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The server's binary.
    pub(crate) binary: &'a Path,
    /// The bundled script of the page that runs the real client.
    pub(crate) page: Option<&'a Path>,
    /// Whether nodes live in networks of their own.
    pub(crate) apart: bool,
}

/// A stage under way.
pub(crate) struct Run {
    root: u64,
    chronicle: Chronicle,
    company: Company,
    nodes: Nodes,
    backing: Option<Arc<Backing>>,
    level: Level,
    ledger: Ledger,
    tally: Arc<Tally>,
    flowing: watch::Sender<bool>,
    producers: JoinSet<()>,
    producers_ways: Vec<Arc<Proxy>>,
    viewers: Vec<Handle>,
    followers: Vec<Follower>,
    page: Option<Page>,
    /// What is being done to servers and what they stand on; each ends by itself.
    pending: JoinSet<()>,
    counts: Counts,
}

impl Run {
    /// Goes through the stage until something is found.
    pub(crate) async fn go(&mut self, stage: &Stage) -> Result<(), TortureError> {
        for (number, phase) in stage.phases.iter().enumerate() {
            self.phase(number, phase).await?;
            self.checkpoint(number).await?;
            if self.chronicle.found() {
                return Ok(());
            }
        }
        self.nodes.stop().await?;
        // What they say of servers that are gone would bury what was found.
        self.producers.abort_all();
        (self.viewers, self.followers, self.page) = (Vec::new(), Vec::new(), None);
        Ok(())
    }

    async fn phase(&mut self, number: usize, phase: &Phase) -> Result<(), TortureError> {
        self.chronicle.note("run", format!("phase {number}"));
        self.ways(None).iter().for_each(|way| way.weather(phase.viewers));
        self.producers_ways.iter().for_each(|way| way.weather(phase.producers));
        self.flowing.send_replace(true);
        if phase.level != self.level && self.backing.is_some() {
            self.level = phase.level;
            self.nodes.turn_to(phase.level).await?;
        }
        let start = Instant::now();
        for (at, action) in &phase.actions {
            sleep_until(start + *at).await;
            self.nodes.check();
            if self.chronicle.found() {
                return Ok(());
            }
            self.chronicle.note("run", action);
            self.counts.act(action);
            self.perform(action).await?;
        }
        sleep_until(start + phase.length).await;
        Ok(())
    }
}
