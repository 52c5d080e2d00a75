//! All servers of a stage.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::{Mutex, MutexGuard};
use tokio::task::JoinSet;

use crate::backing::Gate;
use crate::chronicle::Chronicle;
use crate::error::{TortureError, unexpected};
use crate::plan::Level;
use crate::server::{Server, Settings};
use crate::targets::Targets;

const ACKNOWLEDGE: &str = "TIDEBOARD_REDIS_ACKNOWLEDGE";

/// All servers of a stage.
#[derive(Clone)]
pub(crate) struct Nodes {
    servers: Vec<Arc<Mutex<Server>>>,
    targets: Targets,
    starts: Arc<AtomicU32>,
}

impl Nodes {
    /// Starts one server that needs no other.
    pub(crate) async fn alone(binary: &Path, folder: &Path, chronicle: Chronicle) -> Result<Self, TortureError> {
        let settings = Settings {
            name: "server".to_owned(),
            command: vec![binary.into()],
            folder: folder.to_owned(),
            listen: IpAddr::V4(Ipv4Addr::LOCALHOST),
            environment: Vec::new(),
            leans: false,
        };
        Self::start([settings], &chronicle).await
    }

    /// Starts a server for each of these ways to what they share.
    pub(crate) async fn together(
        binary: &Path,
        folder: &Path,
        (gates, level): (&[Gate], Level),
        chronicle: Chronicle,
    ) -> Result<Self, TortureError> {
        let settings = gates.iter().enumerate().map(|(node, gate)| {
            let name = format!("node{node}");
            let environment = [
                ("TIDEBOARD_NODE", name.clone()),
                ("TIDEBOARD_REDIS", gate.redis.clone()),
                ("TIDEBOARD_POSTGRES", gate.postgres.clone()),
                ("TIDEBOARD_DRAIN_SECONDS", "1".to_owned()),
                // Connections that are left open on one side are waited for so long.
                ("TIDEBOARD_SHUTDOWN_GRACE_SECONDS", "3".to_owned()),
                (ACKNOWLEDGE, level.configured().to_owned()),
            ];
            // So that nodes go with this process however that ends.
            let tied = ["setpriv", "--pdeathsig", "KILL", "--"].map(OsString::from);
            let by = gate.land.by.iter().cloned();
            let command: Vec<OsString> = tied.into_iter().chain(by).chain([binary.into()]).collect();
            let folder = folder.join(&name);
            let listen = gate.land.inside;
            Settings { name, command, folder, listen, environment: environment.into(), leans: true }
        });
        Self::start(settings, &chronicle).await
    }

    async fn start(settings: impl IntoIterator<Item = Settings>, chronicle: &Chronicle) -> Result<Self, TortureError> {
        let (starts, mut servers, mut known) = (Arc::default(), Vec::new(), None);
        let mut targets = Vec::new();
        for settings in settings {
            // The first tells a key that is good on all.
            let server = Server::start(settings, &starts, known.clone(), chronicle.clone()).await?;
            let target = server.target();
            known = Some((Arc::clone(&target.borrow().key), Arc::clone(&target.borrow().reader)));
            targets.push(target);
            servers.push(Arc::new(Mutex::new(server)));
        }
        Ok(Self { servers, targets: Targets::new(targets), starts })
    }

    /// Where they are.
    pub(crate) fn targets(&self) -> &Targets {
        &self.targets
    }

    /// How often any was started.
    pub(crate) fn starts(&self) -> u32 {
        self.starts.load(Ordering::SeqCst)
    }

    /// One of them, once nobody else does anything to it.
    pub(crate) async fn take(&self, node: usize) -> Result<MutexGuard<'_, Server>, TortureError> {
        match self.servers.get(node) {
            Some(server) => Ok(server.lock().await),
            None => unexpected(format!("there is no server {node}")),
        }
    }

    /// All of them, each once nobody else does anything to it.
    pub(crate) async fn each(&self) -> Vec<MutexGuard<'_, Server>> {
        let mut all = Vec::new();
        for server in &self.servers {
            all.push(server.lock().await);
        }
        all
    }

    /// Asks all to stop, and waits until they have.
    pub(crate) async fn stop(&self) -> Result<(), TortureError> {
        let mut stopping = JoinSet::new();
        for server in &self.servers {
            let server = Arc::clone(server);
            stopping.spawn(async move { server.lock().await.stop().await });
        }
        let stopped = stopping.join_all().await;
        stopped.into_iter().collect()
    }

    /// Notes those that have ended by themselves. One to which something is being done is left alone.
    pub(crate) fn check(&self) {
        for server in &self.servers {
            if let Ok(mut server) = server.try_lock() {
                server.check();
            }
        }
    }

    /// Restarts one after the other at another level.
    pub(crate) async fn turn_to(&self, level: Level) -> Result<(), TortureError> {
        for server in &self.servers {
            let mut server = server.lock().await;
            server.configure(ACKNOWLEDGE, level.configured());
            server.restart().await?;
        }
        Ok(())
    }
}
