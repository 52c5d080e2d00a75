//! A checkpoint: all is quiet, and everything is compared.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tideboard_model::QuerySpec;
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Weather;
use tokio::time::{Instant, sleep, timeout};

use super::{GROWTH, POLL, Run};
use crate::api;
use crate::error::{TortureError, within};
use crate::follower::{Copies, Follower, Shown};
use crate::held::Held;
use crate::judge::Judge;
use crate::link::Transport;
use crate::page::Page;
use crate::viewer::{self, Handle, Order, Place};

/// What takes a second on a quiet machine may take so long on a busy one.
const PATIENCE: Duration = Duration::from_secs(90);
const ANSWER: Duration = Duration::from_secs(5);

impl Run {
    /// Lets everything calm down, and compares.
    pub(super) async fn checkpoint(&mut self, number: usize) -> Result<(), TortureError> {
        self.nodes.check();
        if !self.calm().await || !self.producers_rest().await || !self.serve().await || self.chronicle.found() {
            return Ok(());
        }
        let Some(log) = self.log(number).await? else { return Ok(()) };
        let mut fresh = None;
        for node in 0..self.company.targets.count() {
            let viewer = self.fresh(number, node).await?;
            let Some(held) = self.agrees(&viewer, fresh.as_ref()).await else { return Ok(()) };
            fresh.get_or_insert(held);
        }
        let Some(held) = fresh else { return Ok(()) };
        for viewer in &self.viewers {
            if self.agrees(viewer, Some(&held)).await.is_none() {
                return Ok(());
            }
            viewer.order(Order::Keep).await;
        }
        if !self.page_agrees(&held).await? || !self.followers_agree(&log).await {
            return Ok(());
        }
        self.memory().await?;
        self.company.losses.settle();
        self.counts.agreed += 1;
        self.chronicle.note("run", format!("checkpoint {number}: all agree on {} events", self.ledger.len()));
        Ok(())
    }

    /// Waits for the end of what was begun, and lets connections be well; whether all ended.
    async fn calm(&mut self) -> bool {
        for way in self.ways(None).iter().chain(&self.producers_ways) {
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
        let ended = timeout(PATIENCE, async { while self.pending.join_next().await.is_some() {} }).await;
        if ended.is_err() {
            self.chronicle.find("run", "what befell servers does not come to an end");
        }
        ended.is_ok()
    }

    /// Waits until every producer has read the acknowledgement of its last batch.
    async fn producers_rest(&self) -> bool {
        self.flowing.send_replace(false);
        let deadline = Instant::now() + PATIENCE;
        while self.tally.idle.load(Ordering::SeqCst) < self.producers.len() as u64 {
            if Instant::now() > deadline {
                self.chronicle.find("run", "producers on a calm connection get no acknowledgement");
                return false;
            }
            sleep(POLL).await;
        }
        true
    }

    /// Waits until every server says that it is ready, and has as many events of each stream as the others; whether they do.
    async fn serve(&self) -> bool {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let mut told = Vec::new();
            for target in self.company.targets.all() {
                let asking = async {
                    let ready = api::is_ready(&target).await?;
                    Ok((ready, api::counts(&target).await?))
                };
                told.push(within(ANSWER, "an answer", asking).await.map_err(|error| error.to_string()));
            }
            let first = told.first().cloned();
            if told.iter().all(|one| matches!(one, Ok((true, _))) && Some(one) == first.as_ref()) {
                return true;
            }
            if Instant::now() > deadline {
                self.chronicle.find("run", format!("servers are not all ready with the same streams: {told:?}"));
                return false;
            }
            sleep(POLL).await;
        }
    }

    /// Reads every event from one of the servers, and makes sure that what was acknowledged is there, once.
    async fn log(&self, number: usize) -> Result<Option<Copies>, TortureError> {
        let Some(target) = self.company.targets.at(number % self.company.targets.count()) else { return Ok(None) };
        let counts = within(ANSWER, "an answer", api::counts(&target)).await?;
        let place = Place::At(number % self.company.targets.count());
        let way = (self.way("reader").await?, Dice::new(self.root, "reader"), place);
        let reader = Follower::start("reader", Transport::WebSocket, way, &self.company);
        let deadline = Instant::now() + PATIENCE;
        let log = loop {
            let copies = reader.copies();
            let read =
                |(stream, copy): (&String, &crate::follower::Copy)| copy.events.len() as u64 == of(&counts, stream);
            if copies.streams.iter().all(read) {
                break copies;
            }
            if Instant::now() > deadline || self.chronicle.found() {
                let lengths: Vec<_> = copies.streams.iter().map(|(stream, copy)| (stream, copy.events.len())).collect();
                self.chronicle.find("reader", format!("a complete feed shows {lengths:?} events of {counts:?}"));
                return Ok(None);
            }
            sleep(POLL).await;
        };
        let index = log.index();
        let has = |event: &crate::event::Event| {
            index.get(event.stream).is_some_and(|events| events.contains(&Shown::from(event)))
        };
        let missing = self.ledger.reconcile(has, |at| self.company.losses.excuse(at));
        for event in missing.iter().take(8) {
            let (stream, who, which) = (event.stream, event.producer(), event.number);
            self.chronicle.find("log", format!("`{stream}` lacks event {which} of {who}, which was acknowledged"));
        }
        let excess = self.ledger.read(|events| log.excess(events));
        excess.iter().take(8).for_each(|line| self.chronicle.find("log", line));
        if missing.len() + excess.len() > 8 {
            self.chronicle.find("log", format!("{} are missing, {} too many", missing.len(), excess.len()));
        }
        Ok((missing.is_empty() && excess.is_empty()).then_some(log))
    }

    /// A viewer that has only just come to a server, and watches all that anybody watches.
    async fn fresh(&self, number: usize, node: usize) -> Result<Handle, TortureError> {
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
        let way = (self.way("fresh").await?, Dice::new(self.root, "fresh"), Place::At(node));
        Ok(viewer::start(&format!("fresh{number}-{node}"), Transport::WebSocket, way, &self.company, &queries))
    }

    /// Waits until a viewer holds what it must, and returns that.
    async fn agrees(&self, viewer: &Handle, fresh: Option<&Held>) -> Option<Held> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = viewer.state();
            let held = Held::from(&state);
            let mut wrong = self.ledger.read(|events| Judge { events, fresh }.differences(&held));
            if state.stale {
                wrong.push("it was told that its server is cut off, and not that it is back".to_owned());
            }
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

    /// Waits until every follower was shown exactly the log; whether all were.
    async fn followers_agree(&self, log: &Copies) -> bool {
        let deadline = Instant::now() + PATIENCE;
        for follower in &self.followers {
            while let Some(difference) = follower.copies().difference(log) {
                if Instant::now() > deadline || self.chronicle.found() {
                    self.chronicle.find(&follower.name, format!("was not shown the log as it is: {difference}"));
                    return false;
                }
                sleep(POLL).await;
            }
        }
        true
    }

    async fn memory(&mut self) -> Result<(), TortureError> {
        for (node, server) in self.nodes.each().await.into_iter().enumerate() {
            let resident = server.resident()?;
            let warm = *self.counts.warm.entry(node).or_insert(resident);
            self.counts.most = self.counts.most.max(resident);
            if resident > 2 * warm + GROWTH {
                let mib = |bytes| bytes >> 20;
                self.chronicle.find("server", format!("{node} grew from {} to {} MiB", mib(warm), mib(resident)));
            }
        }
        Ok(())
    }
}

fn of(counts: &BTreeMap<String, u64>, stream: &str) -> u64 {
    counts.get(stream).copied().unwrap_or(0)
}
