//! Serving until a signal.

use tokio::signal;

use super::{CommandError, print};
use crate::builtin::Demo;
use crate::config::Config;
use crate::server::Server;

/// The exit code of a stop that was forced.
const FORCED: i32 = 130;

pub(super) async fn serve(config: Config, demo: Demo) -> Result<(), CommandError> {
    let mut signals = Signals::listen().map_err(CommandError::Runtime)?;
    let server = Server::open(config, demo).await?;
    print(server.welcome())?;
    server
        .run(async move {
            signals.next().await;
            tokio::spawn(async move {
                signals.next().await;
                tracing::warn!("a second signal: stopping at once");
                std::process::exit(FORCED);
            });
        })
        .await;
    Ok(())
}

/// What asks the process to end.
struct Signals {
    #[cfg(unix)]
    terminate: signal::unix::Signal,
    #[cfg(unix)]
    interrupt: signal::unix::Signal,
}

impl Signals {
    /// Takes the signals from now on, so that one that comes early is not lost.
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: signal::unix::signal(signal::unix::SignalKind::terminate())?,
            #[cfg(unix)]
            interrupt: signal::unix::signal(signal::unix::SignalKind::interrupt())?,
        })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "signals can't be received");
        }
    }
}
