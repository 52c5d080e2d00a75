//! Actions of the plan, carried out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tideboard_testkit::proxy::Proxy;
use tokio::time::{Instant, sleep};

use super::{POLL, Run};
use crate::api;
use crate::chronicle::Chronicle;
use crate::error::{TortureError, unexpected, within};
use crate::plan::{Action, Block, Fault};
use crate::targets::Targets;

/// A node that was cut off for so long must have noticed.
const NOTICED: Duration = Duration::from_secs(4);
const ANSWER: Duration = Duration::from_millis(500);

impl Run {
    /// Carries out an action of the plan, or begins to: what befalls servers takes its time.
    pub(super) async fn perform(&mut self, action: &Action) -> Result<(), TortureError> {
        match action {
            Action::Kill(node) => {
                let (nodes, node) = (self.nodes.clone(), *node);
                self.begin(async move { nodes.take(node).await?.kill().await });
            }
            Action::Restart(node) => {
                let (nodes, node) = (self.nodes.clone(), *node);
                self.begin(async move { nodes.take(node).await?.restart().await });
            }
            Action::Freeze(node, time) => {
                let (nodes, node, time) = (self.nodes.clone(), *node, *time);
                self.begin(async move { nodes.take(node).await?.freeze(time).await });
            }
            Action::Wipe => {
                let mut server = self.nodes.take(0).await?;
                let era = server.target().borrow().era + 1;
                self.ledger.turn(era);
                server.wipe().await?;
            }
            Action::Fault(fault) => self.befall(fault)?,
            Action::Block(node, block, time) => self.block(*node, *block, *time)?,
            Action::Viewer(which, order) => {
                if let Some(viewer) = self.viewers.get(*which) {
                    viewer.order(order.clone()).await;
                }
            }
            Action::CutViewer(which) => self.ways(Some(*which)).iter().for_each(|way| way.cut()),
            Action::CutViewers => self.ways(None).iter().for_each(|way| way.cut()),
            Action::StallViewer(which, time) => {
                self.ways(Some(*which)).into_iter().for_each(|way| for_a_while(way, *time, Proxy::stall));
            }
            Action::RefuseViewer(which, time) => {
                self.ways(Some(*which)).into_iter().for_each(|way| for_a_while(way, *time, Proxy::refuse));
            }
            Action::CutProducers => self.producers_ways.iter().for_each(|way| way.cut()),
            Action::StallProducers(time) => {
                self.producers_ways.iter().cloned().for_each(|way| for_a_while(way, *time, Proxy::stall));
            }
            Action::CutPage => self.page.iter().for_each(|page| page.proxy.cut()),
            Action::HidePage(hidden) => {
                if let Some(page) = &self.page {
                    page.hide(*hidden).await;
                }
            }
            Action::WakePage => {
                if let Some(page) = &self.page {
                    page.wake().await;
                }
            }
        }
        Ok(())
    }

    /// Does something to what all nodes share.
    fn befall(&mut self, fault: &Fault) -> Result<(), TortureError> {
        let (fault, level, backing) = (fault.clone(), self.level, self.backing()?);
        let tally = Arc::clone(&self.tally);
        self.begin(async move {
            let before = tally.batches.load(Ordering::SeqCst);
            let done = backing.perform(&fault, level).await;
            if matches!(fault, Fault::PostgresRestart(_) | Fault::PostgresPause(_)) {
                let since = tally.batches.load(Ordering::SeqCst) - before;
                tally.without_metadata.fetch_add(since, Ordering::SeqCst);
            }
            done
        });
        Ok(())
    }

    fn block(&mut self, node: usize, block: Block, time: Duration) -> Result<(), TortureError> {
        let backing = self.backing()?;
        let (targets, chronicle) = (self.company.targets.clone(), self.chronicle.clone());
        self.begin(async move {
            let blocking = backing.block(node, block, time);
            let cut_off = matches!(block, Block::Closed | Block::Silent | Block::Partition);
            if cut_off && time >= NOTICED {
                let (blocked, ()) = tokio::join!(blocking, must_notice(&targets, &chronicle, (node, time)));
                return blocked;
            }
            blocking.await
        });
        Ok(())
    }

    fn backing(&self) -> Result<Arc<crate::backing::Backing>, TortureError> {
        self.backing.clone().map_or_else(|| unexpected("there is nothing beside the server"), Ok)
    }

    /// Begins what ends by itself.
    fn begin(&mut self, work: impl Future<Output = Result<(), TortureError>> + Send + 'static) {
        let chronicle = self.chronicle.clone();
        self.pending.spawn(async move {
            if let Err(error) = work.await {
                chronicle.find("run", error);
            }
        });
    }

    /// The ways of one viewer, or of all, the followers and the page.
    pub(super) fn ways(&self, which: Option<usize>) -> Vec<Arc<Proxy>> {
        let ways = self.viewers.iter().map(|viewer| &viewer.proxy);
        let ways = ways.chain(self.page.iter().map(|page| &page.proxy));
        let ways = ways.chain(self.followers.iter().map(|follower| &follower.proxy));
        let chosen = ways.enumerate().filter(|(number, _)| which.is_none_or(|which| which == *number));
        chosen.map(|(_, way)| Arc::clone(way)).collect()
    }
}

/// A node that is cut off says that it is not ready, or nothing, before it is cut off no longer.
async fn must_notice(targets: &Targets, chronicle: &Chronicle, (node, time): (usize, Duration)) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        let Some(target) = targets.at(node) else { return };
        if !within(ANSWER, "an answer", api::is_ready(&target)).await.unwrap_or(false) {
            return;
        }
        sleep(POLL).await;
    }
    chronicle.find(
        &format!("node{node}"),
        format!("cut off from Redis for {time:?}, it said all the while that it is ready"),
    );
}

/// Does something to a way, and undoes it after a while.
fn for_a_while(way: Arc<Proxy>, time: Duration, does: fn(&Proxy, bool)) {
    does(&way, true);
    tokio::spawn(async move {
        sleep(time).await;
        does(&way, false);
    });
}
