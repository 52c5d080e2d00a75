//! The run: phases of trouble, each followed by a checkpoint.

mod checkpoint;
mod trouble;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tideboard_testkit::{Dice, proxy::Proxy};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying};
use crate::ledger::Ledger;
use crate::page::Page;
use crate::plan::{Phase, Plan};
use crate::producer::{Producer, Tally};
use crate::server::Server;
use crate::viewer::{self, Handle, Returns};

/// Memory that a server may gain over what it had at the first checkpoint, in bytes, besides twice that.
const GROWTH: u64 = 160 << 20;

/// What is tormented.
pub(crate) struct Subject<'a> {
    /// The server's binary.
    pub(crate) binary: &'a Path,
    /// The bundled script of the page that runs the real client.
    pub(crate) page: Option<&'a Path>,
}

/// A run under way.
pub(crate) struct Run {
    root: u64,
    chronicle: Chronicle,
    server: Server,
    ledger: Ledger,
    tally: Arc<Tally>,
    returns: Returns,
    flowing: watch::Sender<bool>,
    producers: usize,
    producers_way: Arc<Proxy>,
    viewers: Vec<Handle>,
    page: Option<Page>,
    /// Resident memory at the first checkpoint, in bytes.
    warm: Option<u64>,
    most: u64,
}

impl Run {
    /// Starts the server and all that torment it.
    pub(crate) async fn start(
        plan: &Plan,
        subject: &Subject<'_>,
        folder: &Path,
        chronicle: Chronicle,
    ) -> Result<Self, TortureError> {
        let server = Server::start(subject.binary, folder, chronicle.clone()).await?;
        let address = server.target().borrow().address;
        let way = async |name: &str| {
            let proxy = Proxy::start(address, Dice::new(plan.root, name)).await.trying("starting a proxy")?;
            Ok::<_, TortureError>(Arc::new(proxy))
        };
        let mut run = Self {
            root: plan.root,
            ledger: Ledger::default(),
            tally: Arc::default(),
            returns: Returns::default(),
            flowing: watch::Sender::new(false),
            producers: plan.producers.len(),
            producers_way: way("producers").await?,
            viewers: Vec::new(),
            page: None,
            warm: None,
            most: 0,
            chronicle,
            server,
        };
        for (who, habits) in plan.producers.iter().enumerate() {
            let producer = Producer {
                who,
                habits: *habits,
                dice: Dice::new(plan.root, &format!("producer {who}")),
                proxy: run.producers_way.address(),
                target: run.server.target(),
                flowing: run.flowing.subscribe(),
                ledger: run.ledger.clone(),
                tally: Arc::clone(&run.tally),
                chronicle: run.chronicle.clone(),
            };
            tokio::spawn(producer.run());
        }
        for viewer in &plan.viewers {
            let dice = Dice::new(plan.root, &viewer.name);
            let way = (way(&viewer.name).await?, dice);
            let told = (run.returns.clone(), run.chronicle.clone());
            let target = run.server.target();
            run.viewers.push(viewer::start(&viewer.name, viewer.transport, way, target, told, &viewer.queries));
        }
        if let Some(script) = subject.page {
            let (way, target) = (way("page").await?, run.server.target());
            run.page = Some(Page::start(script, way, target, run.chronicle.clone(), &plan.page)?);
        }
        Ok(run)
    }

    /// Goes through the plan until something is found.
    pub(crate) async fn go(&mut self, plan: &Plan) -> Result<(), TortureError> {
        for (number, phase) in plan.phases.iter().enumerate() {
            self.phase(number, phase).await?;
            self.checkpoint(number).await?;
            if self.chronicle.found() {
                return Ok(());
            }
        }
        self.server.stop().await
    }

    async fn phase(&mut self, number: usize, phase: &Phase) -> Result<(), TortureError> {
        self.chronicle.note("run", format!("phase {number}"));
        let start = Instant::now();
        self.ways(None).iter().for_each(|way| way.weather(phase.viewers));
        self.producers_way.weather(phase.producers);
        self.flowing.send_replace(true);
        for (at, action) in &phase.actions {
            sleep_until(start + *at).await;
            self.server.check();
            if self.chronicle.found() {
                return Ok(());
            }
            self.chronicle.note("run", action);
            self.perform(action).await?;
        }
        sleep_until(start + phase.length).await;
        Ok(())
    }

    /// What the logs of the server tell, and what came of it all.
    pub(crate) fn close(&mut self) -> Result<String, TortureError> {
        for alarm in self.server.alarms()? {
            self.chronicle.find("server", alarm);
        }
        let tally = &self.tally;
        let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::SeqCst);
        Ok(format!(
            "{} starts of the server, {} MiB at most; {} batches acknowledged ({} attempts with an unknown end, {} put off, \
             {} sent again though acknowledged); {} events in the ledger; {}",
            self.server.target().borrow().starts,
            self.most >> 20,
            read(&tally.batches),
            read(&tally.unknown),
            read(&tally.put_off),
            read(&tally.repeated),
            self.ledger.len(),
            self.returns
        ))
    }
}

/// Waits between two looks.
const POLL: Duration = Duration::from_millis(100);
