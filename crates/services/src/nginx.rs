//! nginx with a site of the test's.

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
const CONFIGURATION: &str = "nginx.conf";

/// An nginx; it ends when dropped.
#[derive(Debug)]
pub struct Nginx {
    proxy: Proxy,
    program: PathBuf,
    modules: String,
}

impl Nginx {
    /// Starts it with a site, that is what a file in `/etc/nginx/conf.d` holds (`upstream`, `map`, `server`), that listens on
    /// `port` of 127.0.0.1, and waits until it accepts. [`replaced`](crate::replaced) helps to fill in ports.
    ///
    /// # Errors
    /// When nginx is not installed, does not accept the site, or does not listen on that port.
    pub fn start(site: &str, port: u16) -> Result<Self, ServiceError> {
        Self::start_with(site, port, &[])
    }

    /// The same with modules that are loaded from files.
    ///
    /// # Errors
    /// The same, and when there is no such module.
    pub fn start_with(site: &str, port: u16, modules: &[&Path]) -> Result<Self, ServiceError> {
        let program = find("nginx", "nginx")?;
        let folder = Folder::create("nginx")?;
        let modules: String = modules.iter().map(|module| format!("load_module {};\n", module.display())).collect();
        let file = folder.write(CONFIGURATION, &whole(&folder, &modules, site))?;
        check(&program, &folder, &file)?;
        let line = line(&program, &arguments(&folder, &file));
        Ok(Self { proxy: Proxy::start("nginx", folder, line, port, ReloadSignal::HUP)?, program, modules })
    }

    /// Gives it another site without closing connections: those that are open stay with the old one.
    ///
    /// # Errors
    /// When nginx does not accept the site; the old one then stays.
    pub fn reload(&self, site: &str) -> Result<(), ServiceError> {
        let folder = self.proxy.folder();
        let candidate = folder.write("candidate.conf", &whole(folder, &self.modules, site))?;
        check(&self.program, folder, &candidate)?;
        folder.write(CONFIGURATION, &whole(folder, &self.modules, site))?;
        self.proxy.reload()
    }

    proxy_methods!();
}

fn arguments(folder: &Folder, file: &Path) -> [String; 6] {
    ["-e", "stderr", "-p", &text(folder.path()), "-c", &text(file)].map(str::to_owned)
}

fn check(program: &Path, folder: &Folder, file: &Path) -> Result<(), ServiceError> {
    let mut command = Command::new(program);
    command.args(arguments(folder, file)).arg("-t");
    run("the check of nginx's configuration", CHECK_LIMIT, &mut command, &folder.join("output"))?;
    Ok(())
}

/// A site with what it needs around it, all files in the server's own folder.
fn whole(folder: &Folder, modules: &str, site: &str) -> String {
    // Workers of a master that is root would otherwise be another user, who cannot write in the folder.
    let user = if folder.owned_by_root() { "user root;\n" } else { "" };
    let temporary =
        ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("  {kind}_temp_path {kind};\n"));
    format!(
        "{modules}{user}daemon off;\npid nginx.pid;\nerror_log stderr;\nworker_processes 1;\nevents {{ worker_connections 4096; }}\n\
         http {{\n  access_log off;\n{}\n{site}\n}}\n",
        temporary.concat()
    )
}
