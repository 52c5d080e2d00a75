//! The server: HTTP, Socket.IO, configuration, telemetry and wiring around the rooms that do the work.
//!
//! It moves bytes and decides nothing: folding, sessions, policy, documents and storage are other rooms'. Start
//! reading at [`Server`], then `app` for the wiring and `http` for the addresses.

mod app;
mod auth;
mod cli;
mod command;
pub mod config;
mod demo;
mod gate;
mod health;
mod host;
mod http;
mod ingest;
mod intake;
mod metrics;
mod new_key;
mod open;
mod random;
mod server;
mod source;
mod telemetry;

// PLUG-IN POINT: `mod builtin;` once src/builtin.rs is there.
#[allow(missing_docs, reason = "a placeholder")]
mod builtin {
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub enum Demo {
        On,
        Off,
    }

    pub(crate) fn dashboards(_: Demo) -> Vec<tideboard_boards::Dashboard> {
        Vec::new()
    }
}
// PLUG-IN POINT: `mod engine;` once src/engine.rs is there.
#[allow(clippy::unused_async, reason = "a placeholder")]
mod engine {
    use std::sync::Arc;
    use std::time::Duration;

    use tideboard_log::{Clock, Log};
    use tokio::sync::watch;

    use crate::metrics::Metrics;

    pub(crate) struct Settings {
        pub(crate) flush_spacing: Duration,
    }

    #[derive(Clone)]
    pub(crate) struct EngineHandle(Arc<watch::Sender<bool>>);

    pub(crate) fn spawn(_: Arc<dyn Log>, _: Clock, _: Arc<Metrics>, settings: Settings) -> EngineHandle {
        tracing::trace!(?settings.flush_spacing, "no engine yet");
        EngineHandle(Arc::new(watch::Sender::new(false)))
    }

    impl EngineHandle {
        pub(crate) async fn close(&self) {}

        pub(crate) fn watched(&self) -> watch::Receiver<bool> {
            self.0.subscribe()
        }
    }
}
// PLUG-IN POINT: `mod socket;` once src/socket.rs is there.
mod socket {
    use socketioxide::SocketIo;
    use socketioxide::layer::SocketIoLayer;

    use crate::app::AppState;

    pub(crate) fn layer(_: AppState) -> (SocketIoLayer, SocketIo) {
        SocketIo::new_layer()
    }
}

pub use builtin::Demo;
pub use command::run;
pub use open::OpenError;
pub use server::{Server, Welcome};
