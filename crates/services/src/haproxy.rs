//! HAProxy with a configuration of the test's.

use crate::certificates::text;
use crate::error::ServiceError;
use crate::folder::Folder;
use crate::program::{find, run};
use crate::proxy::{Proxy, ReloadSignal, proxy_methods};
use crate::server::line;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const CHECK_LIMIT: Duration = Duration::from_secs(30);
const CONFIGURATION: &str = "haproxy.cfg";

/// An HAProxy; it ends when dropped.
#[derive(Debug)]
pub struct HaProxy {
    proxy: Proxy,
    program: PathBuf,
}

impl HaProxy {
    /// Starts it with a whole configuration that listens on `port` of 127.0.0.1, and waits until it accepts. It runs in the
    /// foreground whatever the configuration says; [`replaced`](crate::replaced) helps to fill in ports.
    ///
    /// # Errors
    /// When HAProxy is not installed, does not accept the configuration, or does not listen on that port.
    pub fn start(configuration: &str, port: u16) -> Result<Self, ServiceError> {
        let program = find("haproxy", "haproxy")?;
        let folder = Folder::create("haproxy")?;
        let file = folder.write(CONFIGURATION, configuration)?;
        check(&program, &folder, &file)?;
        let line = line(&program, &["-W", "-db", "-f", &text(&file)]);
        Ok(Self { proxy: Proxy::start("HAProxy", folder, line, port, ReloadSignal::USR2)?, program })
    }

    /// Gives it another configuration without closing connections: those that are open stay with the old one.
    ///
    /// # Errors
    /// When HAProxy does not accept the configuration; the old one then stays.
    pub fn reload(&self, configuration: &str) -> Result<(), ServiceError> {
        let folder = self.proxy.folder();
        let candidate = folder.write("candidate.cfg", configuration)?;
        check(&self.program, folder, &candidate)?;
        folder.write(CONFIGURATION, configuration)?;
        self.proxy.reload()
    }

    proxy_methods!();
}

/// Says what is wrong with a configuration before a server depends on it.
fn check(program: &Path, folder: &Folder, file: &Path) -> Result<(), ServiceError> {
    let mut command = Command::new(program);
    command.args(["-c", "-f"]).arg(file);
    run("the check of HAProxy's configuration", CHECK_LIMIT, &mut command, &folder.join("output"))?;
    Ok(())
}
