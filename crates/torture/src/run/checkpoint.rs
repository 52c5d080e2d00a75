//! A checkpoint: all is quiet, and everything is compared.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::{Proxy, Weather};
use tokio::time::{Instant, sleep};

use super::{GROWTH, POLL, Run};
use crate::error::{TortureError, Trying};
use crate::held::Held;
use crate::judge::Judge;
use crate::link::Transport;
use crate::page::Page;
use crate::viewer::{self, Handle, Order};

/// What takes a second on a quiet machine may take so long on a busy one.
const PATIENCE: Duration = Duration::from_secs(90);

impl Run {
    /// Lets everything calm down, and compares.
    pub(super) async fn checkpoint(&mut self, number: usize) -> Result<(), TortureError> {
        self.server.check();
        self.calm().await;
        if !self.producers_rest().await || self.chronicle.found() {
            return Ok(());
        }
        let fresh = self.fresh(number).await?;
        let Some(held) = self.agrees(&fresh, None).await else { return Ok(()) };
        for viewer in &self.viewers {
            if self.agrees(viewer, Some(&held)).await.is_none() {
                return Ok(());
            }
            viewer.order(Order::Keep).await;
        }
        if !self.page_agrees(&held).await? {
            return Ok(());
        }
        self.memory()?;
        self.chronicle.note("run", format!("checkpoint {number}: all agree on {} events", self.ledger.len()));
        Ok(())
    }

    async fn calm(&self) {
        for way in self.ways(None).into_iter().chain([Arc::clone(&self.producers_way)]) {
            way.weather(Weather::Calm);
            way.stall(false);
            way.refuse(false);
        }
        for viewer in &self.viewers {
            viewer.order(Order::Settle).await;
        }
        if let Some(page) = &self.page {
            page.hide(false).await;
        }
    }

    /// Waits until every producer has read the acknowledgement of its last batch.
    async fn producers_rest(&self) -> bool {
        self.flowing.send_replace(false);
        let deadline = Instant::now() + PATIENCE;
        while self.tally.idle.load(Ordering::SeqCst) < self.producers as u64 {
            if Instant::now() > deadline {
                self.chronicle.find("run", "producers on a calm connection get no acknowledgement");
                return false;
            }
            sleep(POLL).await;
        }
        true
    }

    /// A viewer that has only just come, and watches all that anybody watches.
    async fn fresh(&self, number: usize) -> Result<Handle, TortureError> {
        let mut queries: Vec<QuerySpec> = Vec::new();
        let watched = self.viewers.iter().flat_map(|viewer| viewer.state().mirror.views.into_values());
        let watched = watched.map(|held| held.query);
        for query in watched.chain(self.page.iter().flat_map(Page::queries).cloned()) {
            if !queries.contains(&query) {
                queries.push(query);
            }
        }
        let queries: Vec<_> =
            queries.into_iter().enumerate().map(|(view, query)| (format!("f{view}"), query)).collect();
        let target = self.server.target();
        let address = target.borrow().address;
        let dice = Dice::new(self.root, "fresh");
        let proxy = Proxy::start(address, dice.clone()).await.trying("starting a proxy")?;
        let way = (Arc::new(proxy), dice);
        let told = (self.returns.clone(), self.chronicle.clone());
        Ok(viewer::start(&format!("fresh{number}"), Transport::WebSocket, way, target, told, &queries))
    }

    /// Waits until a viewer holds what it must, and returns that.
    async fn agrees(&self, viewer: &Handle, fresh: Option<&Held>) -> Option<Held> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let held = Held::from(&viewer.state());
            let wrong = self.ledger.read(|events| Judge { events, fresh }.differences(&held));
            if wrong.is_empty() {
                return Some(held);
            }
            if Instant::now() > deadline || self.chronicle.found() {
                self.chronicle.find(&viewer.name, format!("does not hold what it must:\n{}", wrong.join("\n")));
                return None;
            }
            sleep(POLL).await;
        }
    }

    /// Waits until the page shows what it must; whether it does.
    async fn page_agrees(&mut self, fresh: &Held) -> Result<bool, TortureError> {
        let deadline = Instant::now() + PATIENCE;
        let Some(page) = &mut self.page else { return Ok(true) };
        loop {
            let held = page.held().await?;
            let wrong = self.ledger.read(|events| Judge { events, fresh: Some(fresh) }.differences(&held));
            if wrong.is_empty() {
                return Ok(true);
            }
            if Instant::now() > deadline || self.chronicle.found() {
                self.chronicle.find("page", format!("does not show what it must:\n{}", wrong.join("\n")));
                return Ok(false);
            }
            sleep(POLL).await;
        }
    }

    fn memory(&mut self) -> Result<(), TortureError> {
        let resident = self.server.resident()?;
        let warm = *self.warm.get_or_insert(resident);
        self.most = self.most.max(resident);
        if resident > 2 * warm + GROWTH {
            let mib = |bytes| bytes >> 20;
            self.chronicle.find("server", format!("grew from {} to {} MiB", mib(warm), mib(resident)));
        }
        Ok(())
    }
}
