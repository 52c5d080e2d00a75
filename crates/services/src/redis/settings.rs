//! What a Redis is to be like, and the configuration file that says so.

use super::Redis;
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

    /// The configuration file.
    pub(super) fn configuration(&self, port: u16, socket: &Path, folder: &Path) -> String {
        let mut lines = vec![
            ("bind".to_owned(), "127.0.0.1".to_owned()),
            ("port".to_owned(), port.to_string()),
            ("unixsocket".to_owned(), socket.display().to_string()),
            ("dir".to_owned(), folder.display().to_string()),
            ("save".to_owned(), r#""""#.to_owned()),
            // A replica is there at once, and a primary that is gone is noticed soon.
            ("repl-diskless-sync-delay".to_owned(), "0".to_owned()),
            ("repl-ping-replica-period".to_owned(), "1".to_owned()),
            ("enable-debug-command".to_owned(), "yes".to_owned()),
            ("user".to_owned(), format!("{CONTROL} on >{CONTROL} ~* &* +@all")),
            ("masteruser".to_owned(), CONTROL.to_owned()),
            ("masterauth".to_owned(), CONTROL.to_owned()),
        ];
        if !self.users.is_empty() {
            lines.push(("user".to_owned(), "default off".to_owned()));
        }
        for User { name, password, rules } in &self.users {
            lines.push(("user".to_owned(), format!("{name} on >{password} {rules}")));
        }
        if let Some(primary) = self.replica_of {
            lines.push(("replicaof".to_owned(), format!("127.0.0.1 {primary}")));
        }
        lines.extend(self.lines.iter().cloned());
        lines.into_iter().fold(String::new(), |mut text, (key, value)| {
            writeln!(text, "{key} {value}").ok();
            text
        })
    }
}
