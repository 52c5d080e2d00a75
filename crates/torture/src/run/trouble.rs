//! Actions of the plan, carried out.

use std::sync::Arc;
use std::time::Duration;

use tideboard_testkit::proxy::Proxy;
use tokio::time::sleep;

use super::Run;
use crate::error::TortureError;
use crate::plan::Action;

impl Run {
    /// Carries out an action of the plan.
    pub(super) async fn perform(&mut self, action: &Action) -> Result<(), TortureError> {
        match action {
            Action::Kill => {
                self.server.kill().await?;
                self.lead();
            }
            Action::Restart => {
                self.server.restart().await?;
                self.lead();
            }
            Action::Wipe => {
                let era = self.server.target().borrow().era + 1;
                self.ledger.turn(era);
                self.server.wipe().await?;
                self.lead();
            }
            Action::Freeze(time) => {
                self.server.signal("-STOP").await?;
                sleep(*time).await;
                self.server.signal("-CONT").await?;
            }
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
            Action::CutProducers => self.producers_way.cut(),
            Action::StallProducers(time) => for_a_while(Arc::clone(&self.producers_way), *time, Proxy::stall),
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

    /// The ways of one viewer, or of all and the page.
    pub(super) fn ways(&self, which: Option<usize>) -> Vec<Arc<Proxy>> {
        let ways = self.viewers.iter().map(|viewer| &viewer.proxy).chain(self.page.iter().map(|page| &page.proxy));
        let chosen = ways.enumerate().filter(|(number, _)| which.is_none_or(|which| which == *number));
        chosen.map(|(_, way)| Arc::clone(way)).collect()
    }

    /// Leads all ways to where the server is now.
    fn lead(&self) {
        let address = self.server.target().borrow().address;
        self.producers_way.lead_to(address);
        self.ways(None).iter().for_each(|way| way.lead_to(address));
    }
}

/// Does something to a way, and undoes it after a while.
fn for_a_while(way: Arc<Proxy>, time: Duration, does: fn(&Proxy, bool)) {
    does(&way, true);
    tokio::spawn(async move {
        sleep(time).await;
        does(&way, false);
    });
}
