//! How a stage starts.

use std::path::Path;
use std::sync::Arc;

use tideboard_testkit::{Dice, proxy::Proxy};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::outcome::Counts;
use super::{Run, Subject};
use crate::backing::Backing;
use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying, unexpected};
use crate::follower::Follower;
use crate::ledger::Ledger;
use crate::link::Transport;
use crate::losses::Losses;
use crate::nodes::Nodes;
use crate::page::Page;
use crate::plan::{Ground, Level, Plan, Stage};
use crate::producer::Producer;
use crate::viewer::{self, Company, Place, Returns};

const FOLLOWERS: [Transport; 2] = [Transport::WebSocket, Transport::Polling];

impl Run {
    /// Starts servers, what they stand on, and all that torment them.
    pub(crate) async fn start(
        plan: &Plan,
        stage: &Stage,
        subject: Subject<'_>,
        folder: &Path,
        chronicle: Chronicle,
    ) -> Result<Self, TortureError> {
        let losses = Losses::default();
        let level = stage.phases.first().map_or(Level::Disk, |phase| phase.level);
        let binary = subject.binary;
        let (nodes, backing) = if stage.ground == Ground::Folder {
            (Nodes::alone(binary, folder, chronicle.clone()).await?, None)
        } else {
            let mut dice = Dice::new(plan.root, "ways of nodes");
            let of = (stage.ground, plan.nodes);
            let backing = Backing::start(of, subject.apart, &mut dice, losses.clone()).await?;
            (
                Nodes::together(binary, folder, (backing.gates(), level), chronicle.clone()).await?,
                Some(Arc::new(backing)),
            )
        };
        let targets = nodes.targets().clone();
        let company = Company { targets, returns: Returns::default(), losses, chronicle: chronicle.clone() };
        let mut run = Self {
            root: plan.root,
            ledger: Ledger::default(),
            tally: Arc::default(),
            flowing: watch::Sender::new(false),
            producers: JoinSet::new(),
            producers_ways: Vec::new(),
            viewers: Vec::new(),
            followers: Vec::new(),
            page: None,
            pending: JoinSet::new(),
            counts: Counts::default(),
            company,
            chronicle,
            nodes,
            backing,
            level,
        };
        run.start_producers(plan).await?;
        run.start_viewers(plan).await?;
        if let Some(script) = subject.page {
            let (way, dice) = (run.way("page").await?, Dice::new(plan.root, "page of nodes"));
            let targets = run.company.targets.clone();
            run.page = Some(Page::start(script, (way, dice), targets, run.chronicle.clone(), &plan.page)?);
        }
        Ok(run)
    }

    async fn start_producers(&mut self, plan: &Plan) -> Result<(), TortureError> {
        for node in 0..self.company.targets.count() {
            let way = if node == 0 { "producers".to_owned() } else { format!("producers {node}") };
            self.producers_ways.push(self.way(&way).await?);
        }
        for (who, habits) in plan.producers.iter().enumerate() {
            let producer = Producer {
                who,
                habits: *habits,
                dice: Dice::new(plan.root, &format!("producer {who}")),
                node: who % self.company.targets.count().max(1),
                ways: self.producers_ways.clone(),
                targets: self.company.targets.clone(),
                flowing: self.flowing.subscribe(),
                ledger: self.ledger.clone(),
                tally: Arc::clone(&self.tally),
                chronicle: self.chronicle.clone(),
            };
            self.producers.spawn(producer.run());
        }
        Ok(())
    }

    async fn start_viewers(&mut self, plan: &Plan) -> Result<(), TortureError> {
        for viewer in &plan.viewers {
            let way = (self.way(&viewer.name).await?, Dice::new(plan.root, &viewer.name), Place::Anywhere);
            self.viewers.push(viewer::start(&viewer.name, viewer.transport, way, &self.company, &viewer.queries));
        }
        for (number, transport) in FOLLOWERS.into_iter().enumerate() {
            let name = format!("follower{number}");
            let way = (self.way(&name).await?, Dice::new(plan.root, &name), Place::Anywhere);
            self.followers.push(Follower::start(&name, transport, way, &self.company));
        }
        Ok(())
    }

    /// A way to the servers that can be blocked.
    pub(super) async fn way(&self, name: &str) -> Result<Arc<Proxy>, TortureError> {
        let Some(target) = self.company.targets.at(0) else { return unexpected("no server") };
        let proxy = Proxy::start(target.address, Dice::new(self.root, name)).await.trying("starting a proxy")?;
        Ok(Arc::new(proxy))
    }
}
