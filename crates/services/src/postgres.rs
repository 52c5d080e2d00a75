//! One PostgreSQL server.

mod standby;
mod template;

use crate::certificates::{Certificates, TlsFiles, text};
use crate::error::{ServiceError, Trying};
use crate::folder::Folder;
use crate::port::Port;
use crate::program::{find_postgres, run};
use crate::server::{Server, Signals};
use std::ffi::OsString;
use std::fmt::Write;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use template::{PASSWORD, SUPERUSER, as_accepted_user, hand_over};

const SQL_LIMIT: Duration = Duration::from_secs(30);
// SIGINT ends it cleanly whoever is connected; SIGQUIT at once, but its shared memory goes back to the system.
const SIGNALS: Signals = Signals { stop: "INT", discard: "QUIT" };
static SHARED: Mutex<Option<&'static Postgres>> = Mutex::new(None);

/// What a PostgreSQL server is to be like; by default it does not wait for the disk.
#[derive(Debug, Clone, Default)]
pub struct PostgresBuilder {
    tls: Option<TlsFiles>,
    settings: Vec<(String, String)>,
}

impl PostgresBuilder {
    /// Waits for the disk, as in production.
    #[must_use]
    pub fn fsync(self) -> Self {
        self.setting("fsync", "on").setting("synchronous_commit", "on").setting("full_page_writes", "on")
    }

    /// Speaks TLS to who asks for it; `url` asks for it (`sslmode=require`).
    #[must_use]
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(certificates.into());
        self
    }

    /// Any setting of `postgresql.conf`; quotes are added.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub fn start(self) -> Result<Postgres, ServiceError> {
        Postgres::start_with(&self, template::fill)
    }

    /// Copies of certificate and key: PostgreSQL wants to own them.
    fn tls_settings(&self, folder: &Folder) -> Result<Vec<(String, String)>, ServiceError> {
        let Some(TlsFiles { certificate, key, .. }) = &self.tls else { return Ok(Vec::new()) };
        let copy = |setting: &str, from: &Path, to: &str| {
            let to = folder.join(to);
            std::fs::copy(from, &to).trying(format!("copying {}", from.display()))?;
            Ok((setting.to_owned(), text(&to)))
        };
        let certificate = copy("ssl_cert_file", certificate, "server.pem")?;
        Ok(vec![("ssl".to_owned(), "on".to_owned()), certificate, copy("ssl_key_file", key, "server.key")?])
    }

    fn configuration(&self, port: u16, folder: &Folder) -> Result<String, ServiceError> {
        let own = [
            ("listen_addresses", "127.0.0.1".to_owned()),
            ("port", port.to_string()),
            ("unix_socket_directories", text(folder.path())),
            ("shared_buffers", "16MB".to_owned()),
            ("dynamic_shared_memory_type", "mmap".to_owned()),
            ("fsync", "off".to_owned()),
            ("synchronous_commit", "off".to_owned()),
            ("full_page_writes", "off".to_owned()),
        ];
        let own = own.map(|(key, value)| (key.to_owned(), value));
        let tls = self.tls_settings(folder)?;
        Ok(own.iter().chain(&tls).chain(&self.settings).fold(String::new(), |mut text, (key, value)| {
            writeln!(text, "{key} = '{}'", value.replace('\'', "''")).ok();
            text
        }))
    }
}

/// A PostgreSQL server on a free port; it ends when dropped.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    port: Port,
    builder: PostgresBuilder,
    // What follows the name of the database in a URL.
    parameters: &'static str,
    databases: AtomicU32,
}

impl Postgres {
    /// Starts one.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub fn start() -> Result<Self, ServiceError> {
        Self::builder().start()
    }

    /// One that all tests of this process share, started when first asked for; it ends with the process. Take a
    /// [`database`](Self::database) of it; a test that stops or kills its server starts one of its own.
    ///
    /// # Errors
    /// When PostgreSQL is not installed or does not come up.
    pub fn shared() -> Result<&'static Self, ServiceError> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        match *shared {
            Some(postgres) => Ok(postgres),
            None => Ok(shared.insert(Box::leak(Box::new(Self::start()?)))),
        }
    }

    /// One that is told what to be like.
    #[must_use]
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder::default()
    }

    /// `fill` makes the data folder, which does not exist yet.
    fn start_with(
        builder: &PostgresBuilder,
        fill: impl FnOnce(&Folder, &Path) -> Result<(), ServiceError>,
    ) -> Result<Self, ServiceError> {
        let program = find_postgres("postgres")?;
        let port = Port::free()?;
        let folder = Folder::create("postgres")?;
        let data = folder.join("data");
        fill(&folder, &data)?;
        let settings = folder.write("postgresql.conf", &builder.configuration(port.number(), &folder)?)?;
        hand_over(&folder, folder.path())?;
        let mut line = as_accepted_user(&folder)?;
        line.push(program.into_os_string());
        line.extend(["-D".into(), data.into_os_string(), "-c".into()]);
        let mut file = OsString::from("config_file=");
        file.push(settings);
        line.push(file);
        let server = Server::new(format!("PostgreSQL on port {}", port.number()), folder, line, SIGNALS);
        let parameters = if builder.tls.is_some() { "?sslmode=require" } else { "" };
        let postgres = Self { server, port, builder: builder.clone(), parameters, databases: AtomicU32::new(0) };
        postgres.run()?;
        Ok(postgres)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Where clients find its first database, as superuser: `postgres://user:password@127.0.0.1:port/postgres`.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of("postgres")
    }

    /// Makes a fresh database, and returns where clients find it.
    ///
    /// # Errors
    /// When the server is down.
    pub fn database(&self) -> Result<String, ServiceError> {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql(&self.url(), &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(&name))
    }

    /// Runs SQL in the database of a URL, and returns the rows as lines with `|` between the columns.
    ///
    /// # Errors
    /// When the server refuses it, is down, or does not answer in time.
    pub fn sql(&self, url: &str, statement: &str) -> Result<String, ServiceError> {
        let folder = Folder::create("psql")?;
        let mut psql = Command::new(find_postgres("psql")?);
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, url]);
        psql.env("PGCONNECT_TIMEOUT", "10").current_dir(folder.path());
        let rows = run(&format!("`{statement}`"), SQL_LIMIT, &mut psql, &folder.join("output"))?;
        Ok(rows.trim_end().to_owned())
    }

    /// Its process id while it runs.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.server.pid()
    }

    /// What it wrote to its log so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.server.log()
    }

    /// Ends it cleanly, closing every connection; its data stays.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&self) -> Result<(), ServiceError> {
        self.server.stop()
    }

    /// Ends it and all its processes at once (SIGKILL); its data stays.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn kill(&self) -> Result<(), ServiceError> {
        self.server.kill()
    }

    /// Makes it and all its processes stand still: connections stay open and nothing answers.
    ///
    /// # Errors
    /// When it is not running.
    pub fn pause(&self) -> Result<(), ServiceError> {
        self.server.signal_all("STOP")
    }

    /// Lets it go on after `pause`.
    ///
    /// # Errors
    /// When it is not running.
    pub fn resume(&self) -> Result<(), ServiceError> {
        self.server.signal_all("CONT")
    }

    /// Ends it cleanly if it runs, and starts it on the same port with its data.
    ///
    /// # Errors
    /// When it does not end, or does not come up.
    pub fn restart(&self) -> Result<(), ServiceError> {
        self.stop()?;
        self.run()
    }

    fn run(&self) -> Result<(), ServiceError> {
        let status = self.server.folder().join("data/postmaster.pid");
        // The first line is the process id, so that what a killed one left is told apart; the eighth is the state.
        self.server.start(|pid| {
            let text = std::fs::read_to_string(&status).unwrap_or_default();
            text.lines().next().is_some_and(|line| line.trim() == pid.to_string())
                && text.lines().nth(7).is_some_and(|line| ["ready", "standby"].contains(&line.trim()))
        })
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{SUPERUSER}:{PASSWORD}@127.0.0.1:{}/{database}{}", self.port(), self.parameters)
    }
}
