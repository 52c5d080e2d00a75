//! What a Redis is to be like, and the configuration file that says so.

use super::{Redis, RedisCluster, Sentinel};
use crate::certificates::{Certificates, TlsFiles, text};
use crate::error::ServiceError;
use std::fmt::Write;
use std::path::Path;

/// The user of this crate itself, and of replicas: it works whatever the test does with the others.
pub(super) const CONTROL: &str = "control";

/// When the append-only file reaches the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AppendFsync {
    /// Before each answer.
    Always,
    /// Once a second.
    EverySecond,
    /// When the system likes.
    No,
}

impl AppendFsync {
    fn word(self) -> &'static str {
        match self {
            Self::Always => "always",
            Self::EverySecond => "everysec",
            Self::No => "no",
        }
    }
}

/// A user of Redis's access control lists.
#[derive(Debug, Clone)]
pub(super) struct User {
    pub(super) name: String,
    pub(super) password: String,
    rules: String,
}

/// What a Redis is to be like; by default it keeps nothing over a restart, as memory is all there is.
#[derive(Debug, Clone, Default)]
pub struct RedisBuilder {
    pub(super) users: Vec<User>,
    pub(super) name: Option<String>,
    pub(super) tls: Option<TlsFiles>,
    replica_of: Option<u16>,
    lines: Vec<(String, String)>,
}

impl RedisBuilder {
    /// Keeps what it is told in an append-only file.
    #[must_use]
    pub fn appendonly(self, fsync: AppendFsync) -> Self {
        self.setting("appendonly", "yes").setting("appendfsync", fsync.word())
    }

    /// Follows another one.
    #[must_use]
    pub fn replica_of(mut self, primary: &Redis) -> Self {
        self.replica_of = Some(primary.port());
        self
    }

    /// Adds a user with rules such as `~tideboard:* &* +@all`; who does not sign in may then do nothing, and `url` is the
    /// first user's.
    #[must_use]
    pub fn user(mut self, name: &str, password: &str, rules: &str) -> Self {
        self.users.push(User { name: name.to_owned(), password: password.to_owned(), rules: rules.to_owned() });
        self
    }

    /// Speaks TLS only, to clients and among servers. The certificates have to outlive it.
    #[must_use]
    pub fn tls(mut self, certificates: &Certificates) -> Self {
        self.tls = Some(certificates.into());
        self
    }

    /// Refuses writes past this size.
    #[must_use]
    pub fn max_memory(self, bytes: u64) -> Self {
        self.setting("maxmemory", &bytes.to_string()).setting("maxmemory-policy", "noeviction")
    }

    /// Any line of `redis.conf`.
    #[must_use]
    pub fn setting(mut self, key: &str, value: &str) -> Self {
        self.lines.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// When Redis is not installed or does not come up.
    pub fn start(self) -> Result<Redis, ServiceError> {
        Redis::start_with(self)
    }

    /// Starts three primaries with a replica each, all of them like this.
    ///
    /// # Errors
    /// When Redis is not installed or the cluster does not come up.
    pub fn start_cluster(self) -> Result<RedisCluster, ServiceError> {
        RedisCluster::start_with(&self)
    }

    /// Starts a primary and a replica like this, and three Sentinels that watch them.
    ///
    /// # Errors
    /// When Redis is not installed or the Sentinels do not find each other.
    pub fn start_sentinel(self) -> Result<Sentinel, ServiceError> {
        Sentinel::start_with(&self)
    }

    /// What people see in logs and folders.
    pub(super) fn named(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The scheme of its URL, with what is between the plus and the colon.
    pub(super) fn scheme(&self, kind: &str) -> String {
        format!("redis{}{kind}", if self.tls.is_some() { "s" } else { "" })
    }

    /// The first user as a URL has it.
    pub(super) fn user_of_url(&self) -> String {
        self.users.first().map(|User { name, password, .. }| format!("{name}:{password}@")).unwrap_or_default()
    }

    /// The lines that give the port, with or without TLS; Sentinels have them too.
    pub(super) fn port_lines(&self, port: u16) -> Vec<(String, String)> {
        let Some(TlsFiles { authority, certificate, key }) = &self.tls else {
            return vec![("port".to_owned(), port.to_string())];
        };
        let lines = [
            ("port", "0".to_owned()),
            ("tls-port", port.to_string()),
            ("tls-ca-cert-file", text(authority)),
            ("tls-cert-file", text(certificate)),
            ("tls-key-file", text(key)),
            ("tls-auth-clients", "no".to_owned()),
            ("tls-replication", "yes".to_owned()),
            ("tls-cluster", "yes".to_owned()),
        ];
        lines.map(|(key, value)| (key.to_owned(), value)).into()
    }

    /// The lines that add the users.
    pub(super) fn user_lines(&self) -> impl Iterator<Item = (String, String)> {
        let line =
            |User { name, password, rules }: &User| ("user".to_owned(), format!("{name} on >{password} {rules}"));
        self.users.iter().map(line)
    }

    /// The configuration file.
    pub(super) fn configuration(&self, port: u16, socket: &Path, folder: &Path) -> String {
        let own = [
            ("bind", "127.0.0.1".to_owned()),
            ("unixsocket", text(socket)),
            ("dir", text(folder)),
            ("save", r#""""#.to_owned()),
            // A replica is there at once, and a primary that is gone is noticed soon.
            ("repl-diskless-sync-delay", "0".to_owned()),
            ("repl-ping-replica-period", "1".to_owned()),
            ("enable-debug-command", "yes".to_owned()),
            ("user", format!("{CONTROL} on >{CONTROL} ~* &* +@all")),
            ("masteruser", CONTROL.to_owned()),
            ("masterauth", CONTROL.to_owned()),
        ];
        let mut lines: Vec<(String, String)> = own.map(|(key, value)| (key.to_owned(), value)).into();
        lines.extend(self.port_lines(port));
        if !self.users.is_empty() {
            lines.push(("user".to_owned(), "default off".to_owned()));
        }
        lines.extend(self.user_lines());
        if let Some(primary) = self.replica_of {
            lines.push(("replicaof".to_owned(), format!("127.0.0.1 {primary}")));
        }
        lines.extend(self.lines.iter().cloned());
        written(lines)
    }
}

/// Lines as a configuration file has them.
pub(super) fn written(lines: impl IntoIterator<Item = (String, String)>) -> String {
    lines.into_iter().fold(String::new(), |mut text, (key, value)| {
        writeln!(text, "{key} {value}").ok();
        text
    })
}
