//! What load balancers have in common: a master process with workers, and a port that accepts.

use crate::error::ServiceError;
use crate::folder::Folder;
use crate::process::{catches, descendants};
use crate::server::{Server, Signals};
use crate::wait::{START_LIMIT, wait_until};
use std::ffi::OsString;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::time::Duration;

const SIGNALS: Signals = Signals { stop: "TERM", discard: "TERM" };
const CONNECT_LIMIT: Duration = Duration::from_secs(1);

/// The signal that has a master read its configuration anew.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReloadSignal {
    name: &'static str,
    number: u32,
}

impl ReloadSignal {
    /// nginx's.
    pub(crate) const HUP: Self = Self { name: "HUP", number: 1 };
    /// HAProxy's.
    pub(crate) const USR2: Self = Self { name: "USR2", number: 12 };
}

/// A load balancer that listens on one port that the tests know.
#[derive(Debug)]
pub(crate) struct Proxy {
    server: Server,
    port: u16,
    reload: ReloadSignal,
}

impl Proxy {
    /// Starts it and waits until the port accepts.
    pub(crate) fn start(
        name: &str,
        folder: Folder,
        line: Vec<OsString>,
        port: u16,
        reload: ReloadSignal,
    ) -> Result<Self, ServiceError> {
        // Somebody else's port would accept too, and the tests would talk to that.
        if accepts(port) {
            return Err(ServiceError::Unexpected(format!("port {port} is in use: {name} cannot have it")));
        }
        let server = Server::new(format!("{name} on port {port}"), folder, line, SIGNALS);
        let proxy = Self { server, port, reload };
        proxy.run()?;
        Ok(proxy)
    }

    pub(crate) fn run(&self) -> Result<(), ServiceError> {
        self.server.start(|master| self.serves(master, &[]))
    }

    /// Has it read its configuration anew, and waits for the new worker.
    pub(crate) fn reload(&self) -> Result<(), ServiceError> {
        let master = self.server.pid().ok_or_else(|| ServiceError::NotRunning(self.server.what().to_owned()))?;
        let old = descendants(master);
        self.server.signal(self.reload.name)?;
        let what = format!("the reload of {}", self.server.what());
        let waited = wait_until(&what, START_LIMIT, || Ok(self.serves(master, &old)));
        // It says why, but in its log only.
        waited.map(|_| ()).map_err(|_late| ServiceError::Failed { what, output: self.server.end_of_log() })
    }

    /// Whether the port accepts, a worker other than the old ones is there, and the master can be told to reload.
    ///
    /// The port alone says little: a master that cannot have another of its ports holds this one open until it gives up. And
    /// HAProxy's master runs itself anew after each load; until it listens for signals again, one to reload would end it.
    fn serves(&self, master: u32, old_workers: &[u32]) -> bool {
        descendants(master).iter().any(|worker| !old_workers.contains(worker))
            && catches(master, self.reload.number)
            && accepts(self.port)
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    pub(crate) fn folder(&self) -> &Folder {
        self.server.folder()
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }
}

fn accepts(port: u16) -> bool {
    TcpStream::connect_timeout(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)), CONNECT_LIMIT).is_ok()
}

/// What every load balancer can be told.
macro_rules! proxy_methods {
    () => {
        /// The port that it listens on.
        #[must_use]
        pub fn port(&self) -> u16 {
            self.proxy.port()
        }

        /// Where browsers find it, when it speaks HTTP.
        #[must_use]
        pub fn url(&self) -> String {
            format!("http://127.0.0.1:{}", self.port())
        }

        /// Its process id while it runs.
        #[must_use]
        pub fn pid(&self) -> Option<u32> {
            self.proxy.server().pid()
        }

        /// What it wrote to its log so far.
        #[must_use]
        pub fn log(&self) -> String {
            self.proxy.server().log()
        }

        /// Ends it with all its connections (SIGTERM).
        ///
        /// # Errors
        /// When it does not end in time.
        pub fn stop(&self) -> Result<(), ServiceError> {
            self.proxy.server().stop()
        }

        /// Ends it and its workers at once (SIGKILL).
        ///
        /// # Errors
        /// When it cannot be signalled.
        pub fn kill(&self) -> Result<(), ServiceError> {
            self.proxy.server().kill()
        }

        /// Makes it stand still: connections stay open and nothing moves.
        ///
        /// # Errors
        /// When it is not running.
        pub fn pause(&self) -> Result<(), ServiceError> {
            self.proxy.server().signal_all("STOP")
        }

        /// Lets it go on after `pause`.
        ///
        /// # Errors
        /// When it is not running.
        pub fn resume(&self) -> Result<(), ServiceError> {
            self.proxy.server().signal_all("CONT")
        }

        /// Ends it if it runs, and starts it on the same port.
        ///
        /// # Errors
        /// When it does not end, or does not come up.
        pub fn restart(&self) -> Result<(), ServiceError> {
            self.stop()?;
            self.proxy.run()
        }
    };
}
pub(crate) use proxy_methods;
