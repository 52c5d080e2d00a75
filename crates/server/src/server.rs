//! One server from its start to its stop.

mod accept;
mod background;
mod tls;
mod welcome;
mod written;

use std::net::SocketAddr;
use std::sync::Arc;

use tideboard_log::{Clock, Log};
use tideboard_store::Store;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use crate::app::{App, AppState, Parts};
use crate::builtin::{self, Demo};
use crate::config::Config;
use crate::http;
use crate::open::{self, Folder, OpenError};

use tls::{Follower, Tls};
pub use welcome::Welcome;
pub(crate) use written::Written;

/// A server that is open but does not serve yet.
pub struct Server {
    app: AppState,
    listener: TcpListener,
    tls: Option<(Tls, Follower)>,
    welcome: Welcome,
    folder: Option<Folder>,
}

impl Server {
    /// Takes hold of the data folder, listens, and opens storage. Connections wait until [`Server::run`].
    ///
    /// # Errors
    /// [`OpenError`] says how to mend it.
    pub async fn open(config: Config, demo: Demo) -> Result<Self, OpenError> {
        let tls = Tls::open(&config).await?;
        let folder = Folder::needed(&config)?;
        let listener = open::bind(config.listen).await?;
        let clock = open::system_clock();
        let log = open::log(&config, &clock).await?;
        let store = open::store(&config, &clock).await?;
        Self::with(config, demo, Storage { log, store, clock, folder }, Port { listener, tls }).await
    }

    async fn with(config: Config, demo: Demo, storage: Storage, port: Port) -> Result<Self, OpenError> {
        let Port { listener, tls } = port;
        let Storage { log, store, clock, folder } = storage;
        let installation = store.installation().await?;
        store.seed_dashboards(builtin::dashboards(demo), clock()).await?;
        let address = local_address(&listener)?;
        let welcome = Welcome::prepare(&config, address, store.as_ref(), &clock).await?;
        let app = App::wire(Parts { config, clock, log, store, installation, demo });
        Ok(Self { app, listener, tls, welcome, folder })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// [`OpenError::Listen`] if the operating system does not say.
    pub fn address(&self) -> Result<SocketAddr, OpenError> {
        local_address(&self.listener)
    }

    /// What to tell the person who started it.
    #[must_use]
    pub fn welcome(&self) -> &Welcome {
        &self.welcome
    }

    /// Serves until `stop` is done, then stops in good order: no new requests, running ones finished, the log closed.
    /// Takes no longer than the configured grace, apart from closing the log.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        let Self { app, listener, tls, folder, .. } = self;
        let tasks = TaskTracker::new();
        background::start(&app, &tasks);
        let tls = tls.map(|(tls, follower)| {
            tasks.spawn(follower.run(app.stopping.clone()));
            tls
        });
        let router = http::router(app.clone());
        let connections = tokio::spawn(accept::serve(listener, tls, router, app.stopping.clone()));
        tracing::info!(data = %app.config.data.display(), "serving");
        stop.await;
        app.draining.cancel();
        if !app.config.drain.is_zero() {
            tracing::info!(seconds = app.config.drain.as_secs(), "serving on while viewers go elsewhere");
            tokio::time::sleep(app.config.drain).await;
        }
        tracing::info!("stopping");
        app.stopping.cancel();
        tasks.close();
        let orderly = async {
            app.engine.close().await;
            if let Err(error) = connections.await {
                tracing::error!(%error, "the accept loop broke down");
            }
            tasks.wait().await;
        };
        if tokio::time::timeout(app.config.shutdown_grace, orderly).await.is_err() {
            tracing::warn!("the grace is over: what still runs is cut off");
        }
        if let Err(error) = app.log.close().await {
            tracing::error!(%error, "the log did not close cleanly; what was acknowledged is safe");
        }
        drop(folder);
        tracing::info!("stopped");
    }
}

struct Port {
    listener: TcpListener,
    tls: Option<(Tls, Follower)>,
}

struct Storage {
    log: Arc<dyn Log>,
    store: Arc<dyn Store>,
    clock: Clock,
    folder: Option<Folder>,
}

fn local_address(listener: &TcpListener) -> Result<SocketAddr, OpenError> {
    let unknown = |error: std::io::Error| OpenError::Listen { listen: "?".to_owned(), reason: error.to_string() };
    listener.local_addr().map_err(unknown)
}
