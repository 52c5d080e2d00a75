//! One Redis server.

mod cluster;
mod connection;
mod lag;
mod sentinel;
mod settings;

pub use cluster::RedisCluster;
pub use lag::LostTail;
pub use sentinel::Sentinel;
pub use settings::{AppendFsync, RedisBuilder};

use crate::error::{ServiceError, Trying};
use crate::folder::Folder;
use crate::port::Port;
use crate::program::find;
use crate::server::{Server, Signals, line};
use settings::CONTROL;
use std::path::{Path, PathBuf};
use std::time::Duration;

const CONFIGURATION: &str = "redis.conf";
const SOCKET: &str = "redis.sock";
/// How long a command may take: a paused server never answers.
const COMMAND_LIMIT: Duration = Duration::from_secs(5);
const PING_LIMIT: Duration = Duration::from_secs(1);
const SIGNALS: Signals = Signals { stop: "TERM", discard: "KILL" };

/// A Redis server on a free port; it ends when dropped.
#[derive(Debug)]
pub struct Redis {
    server: Server,
    port: Port,
    url: String,
}

impl Redis {
    /// Starts one that holds its data in memory only.
    ///
    /// # Errors
    /// When Redis is not installed or does not come up.
    pub fn start() -> Result<Self, ServiceError> {
        Self::builder().start()
    }

    /// One that is told what to be like.
    #[must_use]
    pub fn builder() -> RedisBuilder {
        RedisBuilder::default()
    }

    fn start_with(builder: RedisBuilder) -> Result<Self, ServiceError> {
        let program = find("redis-server", "redis-server")?;
        let port = Port::free()?;
        let name = builder.name.as_deref().unwrap_or("redis");
        let folder = Folder::create(name)?;
        let text = builder.configuration(port.number(), &folder.join(SOCKET), folder.path());
        let file = folder.write(CONFIGURATION, &text)?;
        let line = line(&program, &[&file.display().to_string()]);
        let server = Server::new(format!("{name} on port {}", port.number()), folder, line, SIGNALS);
        let url = format!("{}://{}127.0.0.1:{}", builder.scheme(""), builder.user_of_url(), port.number());
        let redis = Self { server, port, url };
        redis.run()?;
        Ok(redis)
    }

    /// Its port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Where clients find it: `redis[s]://[user:password@]127.0.0.1:port`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
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

    /// Sends one command, as a user who may do anything, and returns the answer as text: the elements of a list on lines of
    /// their own, nothing as the empty text. A server that does not answer is given up after five seconds.
    ///
    /// # Errors
    /// When the server refuses it, is down, or does not answer in time.
    pub fn command(&self, words: &[&str]) -> Result<String, ServiceError> {
        self.command_within(COMMAND_LIMIT, words)
    }

    /// The same with another limit.
    ///
    /// # Errors
    /// When the server refuses it, is down, or does not answer in time.
    pub fn command_within(&self, limit: Duration, words: &[&str]) -> Result<String, ServiceError> {
        connection::ask(&self.socket(), limit, &[&["AUTH", CONTROL, CONTROL], words])
    }

    /// One field of what `INFO` says, such as `master_link_status`.
    ///
    /// # Errors
    /// As `command`, and when there is no such field.
    pub fn info(&self, field: &str) -> Result<String, ServiceError> {
        let info = self.command(&["INFO", "everything"])?;
        info.lines()
            .find_map(|line| line.trim_end().strip_prefix(field)?.strip_prefix(':'))
            .map(str::to_owned)
            .ok_or_else(|| ServiceError::Unexpected(format!("INFO of {} has no {field}", self.server.what())))
    }

    /// Whether it runs (it may be paused).
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.pid().is_some()
    }

    /// Whether it says that it is a primary.
    fn is_primary(&self) -> bool {
        self.info("role").is_ok_and(|role| role == "master")
    }

    /// Whether it says that it is a replica and in touch with its primary.
    fn follows(&self) -> bool {
        self.info("role").is_ok_and(|role| role == "slave")
            && self.info("master_link_status").is_ok_and(|link| link == "up")
    }

    /// Ends it cleanly (SIGTERM); its data folder stays.
    ///
    /// # Errors
    /// When it does not end in time.
    pub fn stop(&self) -> Result<(), ServiceError> {
        self.server.stop()
    }

    /// Ends it at once (SIGKILL); its data folder stays.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn kill(&self) -> Result<(), ServiceError> {
        self.server.kill()
    }

    /// Makes it stand still (SIGSTOP): connections stay open and nothing answers.
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

    /// Lets its files grow by so many bytes more, and no further: its disk is full then. `None` gives it room again.
    /// It lasts until the server ends.
    ///
    /// # Errors
    /// When it is not running, or its limits cannot be set.
    pub fn limit_disk(&self, more_bytes: Option<u64>) -> Result<(), ServiceError> {
        let limit = match more_bytes {
            Some(more) => (size_of_largest(self.server.folder().path()) + more).to_string(),
            None => "unlimited".to_owned(),
        };
        self.server.limit_files(&limit)
    }

    /// Ends it cleanly if it runs, and starts it on the same port with what it kept on disk.
    ///
    /// # Errors
    /// When it does not end, or does not come up.
    pub fn restart(&self) -> Result<(), ServiceError> {
        self.stop()?;
        self.run()
    }

    /// Ends it at once, and starts it on the same port with nothing.
    ///
    /// # Errors
    /// When its data cannot be removed, or it does not come up.
    pub fn wipe_and_restart(&self) -> Result<(), ServiceError> {
        self.kill()?;
        let folder = self.server.folder();
        remove(&folder.join("dump.rdb"))?;
        remove(&folder.join("appendonlydir"))?;
        self.run()
    }

    fn run(&self) -> Result<(), ServiceError> {
        self.server.start(|_| self.command_within(PING_LIMIT, &["PING"]).is_ok_and(|answer| answer == "PONG"))
    }

    fn socket(&self) -> PathBuf {
        self.server.folder().join(SOCKET)
    }
}

/// Bytes of the largest file below a folder; those that go meanwhile don't count.
fn size_of_largest(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |path: PathBuf| {
        if path.is_dir() { size_of_largest(&path) } else { path.metadata().map_or(0, |file| file.len()) }
    };
    entries.map(|entry| size(entry.path())).max().unwrap_or(0)
}

fn remove(path: &Path) -> Result<(), ServiceError> {
    let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).trying(format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}
