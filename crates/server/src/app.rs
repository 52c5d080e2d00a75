//! The wiring: everything that one server is made of, and who gets what.

use std::sync::Arc;

use tideboard_log::{Clock, Log};
use tideboard_store::{Installation, Store};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::auth::Auth;
use crate::changes::Listeners;
use crate::config::Config;
use crate::engine::EngineHandle;
use crate::gate::Gate;
use crate::health::Health;
use crate::http::Refusals;
use crate::ingest::Ingest;
use crate::metrics::Metrics;
use crate::slots::Slots;
use crate::{builtin, engine};

/// One server. Cheap to share: handlers and background tasks hold an [`AppState`].
pub(crate) struct App {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) auth: Auth,
    pub(crate) ingest: Ingest,
    /// Bounds how many ingest requests are worked on at once.
    pub(crate) gate: Gate,
    /// When those who return at once may connect.
    pub(crate) slots: Slots,
    /// Slows down requests of strangers.
    pub(crate) refusals: Refusals,
    /// Who hears of changed documents.
    pub(crate) listeners: Listeners,
    /// Whether the server can serve.
    pub(crate) health: Arc<Health>,
    pub(crate) engine: EngineHandle,
    /// Cancelled once viewers are to go elsewhere: the server serves on for a while.
    pub(crate) draining: CancellationToken,
    /// Cancelled once the server begins to stop.
    pub(crate) stopping: CancellationToken,
    /// Whether the made-up shop is switched on.
    pub(crate) demo: builtin::Demo,
}

/// A shared [`App`].
pub(crate) type AppState = Arc<App>;

/// What an [`App`] is wired from: opened, but not yet connected to each other.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) log: Arc<dyn Log>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) installation: Installation,
    pub(crate) demo: builtin::Demo,
}

impl App {
    /// Connects the parts, and starts the engine.
    pub(crate) fn wire(parts: Parts) -> AppState {
        let Parts { config, clock, log, store, installation, demo } = parts;
        let metrics = Arc::new(Metrics::new(&config.node));
        let (draining, stopping) = (CancellationToken::new(), CancellationToken::new());
        let health = Arc::new(Health::new(clock.clone(), log.standing(), draining.clone()));
        let auth = Auth::new(store.clone(), clock.clone(), installation, config.session_lifetime, config.access_grace);
        let ingest = Ingest::new(log.clone(), metrics.clone(), health.clone());
        let settings =
            engine::Settings { flush_spacing: config.flush_spacing, connects_per_second: config.connects_per_second };
        let engine = engine::spawn(log.clone(), clock.clone(), metrics.clone(), settings);
        let gate = Gate::new(config.ingest_concurrency);
        let slots = Slots::new(&config, Instant::now());
        let (refusals, listeners) = (Refusals::default(), Listeners::default());
        Arc::new(Self {
            config,
            clock,
            log,
            store,
            metrics,
            auth,
            ingest,
            gate,
            slots,
            refusals,
            listeners,
            health,
            engine,
            draining,
            stopping,
            demo,
        })
    }
}
