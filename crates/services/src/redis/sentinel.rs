//! Redis Sentinel: a primary, a replica, and three that watch them.

use super::lag::{LostTail, write_unseen};
use super::settings::{CONTROL, RedisBuilder, written};
use super::{PING_LIMIT, Redis, SIGNALS, connection};
use crate::certificates::text;
use crate::error::ServiceError;
use crate::folder::Folder;
use crate::port::Port;
use crate::program::find;
use crate::server::{Server, line};
use crate::wait::wait_until;
use std::time::{Duration, Instant};

const WATCHERS: usize = 3;
const SERVICE: &str = "tideboard";
const SOCKET: &str = "sentinel.sock";
const LIMIT: Duration = Duration::from_secs(60);
const DOWN_AFTER_MS: &str = "1000";
// Sentinels talk to each other every few seconds and, when their clock seems to jump, do nothing for thirty: a test does not
// want to wait for the one, and a busy machine looks like the other.
const PACE: [&str; 10] =
    ["SENTINEL", "DEBUG", "PUBLISH-PERIOD", "200", "INFO-PERIOD", "500", "TILT-PERIOD", "1000", "ASK-PERIOD", "500"];

/// A primary and a replica under three Sentinels; all end when dropped.
#[derive(Debug)]
pub struct Sentinel {
    watchers: Vec<Watcher>,
    nodes: [Redis; 2],
    url: String,
}

#[derive(Debug)]
struct Watcher {
    server: Server,
    port: Port,
}

impl Sentinel {
    /// Starts them; the data is held in memory only.
    ///
    /// # Errors
    /// When Redis is not installed or the Sentinels do not find each other.
    pub fn start() -> Result<Self, ServiceError> {
        Redis::builder().start_sentinel()
    }

    pub(super) fn start_with(like: &RedisBuilder) -> Result<Self, ServiceError> {
        let primary = like.clone().named("primary").start()?;
        let replica = like.clone().named("replica").replica_of(&primary).start()?;
        let watchers = (0..WATCHERS).map(|_| Watcher::start(like, &primary)).collect::<Result<Vec<_>, _>>()?;
        let addresses: Vec<String> =
            watchers.iter().map(|watcher| format!("127.0.0.1:{}", watcher.port.number())).collect();
        let user = like.user_of_url();
        let url = format!("{}://{user}{}/{SERVICE}", like.scheme("+sentinel"), addresses.join(","));
        let sentinel = Self { watchers, nodes: [primary, replica], url };
        sentinel.wait_until_ok()?;
        Ok(sentinel)
    }

    /// Where clients find it: `redis[s]+sentinel://[user:password@]host:port,…/service`. The Sentinels know the user too, and let
    /// in whoever does not sign in.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Both Redis servers, whatever they are at the moment: the first started as the primary.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The server that the Sentinels call primary now.
    ///
    /// # Errors
    /// When they do not agree.
    pub fn primary(&self) -> Result<&Redis, ServiceError> {
        self.nodes.iter().find(|node| self.is_agreed(node)).ok_or_else(no_agreement)
    }

    /// The other one.
    ///
    /// # Errors
    /// When the Sentinels do not agree.
    pub fn replica(&self) -> Result<&Redis, ServiceError> {
        let primary = self.primary()?.port();
        self.nodes.iter().find(|node| node.port() != primary).ok_or_else(no_agreement)
    }

    /// Kills the primary and waits until the replica has taken over and all Sentinels say so; returns how long that took.
    /// `rejoin` brings the dead one back.
    ///
    /// # Errors
    /// When the replica does not take over in time.
    pub fn fail_over(&self) -> Result<Duration, ServiceError> {
        let (primary, replica) = (self.primary()?, self.replica()?);
        primary.kill()?;
        self.await_takeover(replica)
    }

    /// Lets `write` reach the primary but not the replica, kills the primary, and waits until the replica has taken over: what
    /// was written is gone although it was acknowledged. `rejoin` brings the dead one back. The writing may take a few seconds:
    /// Sentinels do not promote a replica that was cut off for ten.
    ///
    /// # Errors
    /// When the replica does not take over in time.
    pub fn lose_the_tail<T>(&self, write: impl FnOnce(&Redis) -> T) -> Result<LostTail<T>, ServiceError> {
        let (primary, replica) = (self.primary()?, self.replica()?);
        let written = write_unseen(primary, replica, write)?;
        let failover = self.await_takeover(replica)?;
        Ok(LostTail { written, failover })
    }

    /// Starts the server that is down, and waits until it follows the other one.
    ///
    /// # Errors
    /// When it does not in time.
    pub fn rejoin(&self) -> Result<(), ServiceError> {
        for node in self.nodes.iter().filter(|node| !node.is_running()) {
            node.restart()?;
        }
        self.wait_until_ok()
    }

    /// Kills one of the three Sentinels (0, 1, 2); two are still a majority.
    ///
    /// # Errors
    /// When it cannot be signalled.
    pub fn kill_watcher(&self, number: usize) -> Result<(), ServiceError> {
        let watcher = self.watchers.get(number);
        watcher.ok_or_else(|| ServiceError::Unexpected(format!("there is no Sentinel {number}")))?.server.kill()
    }

    /// Waits until the Sentinels that run know each other and agree on a primary that the other server follows.
    ///
    /// # Errors
    /// When that does not come in time.
    pub fn wait_until_ok(&self) -> Result<(), ServiceError> {
        wait_until("the Sentinels to be well", LIMIT, || {
            let acquainted = self.running().all(|watcher| watcher.tells("num-other-sentinels") == Some("2".to_owned()));
            let followed = self.running().all(|watcher| watcher.tells("num-slaves") == Some("1".to_owned()));
            let calm = self.running().all(|watcher| watcher.tells("flags") == Some("master".to_owned()));
            let roles = self.primary().is_ok_and(Redis::is_primary) && self.replica().is_ok_and(Redis::follows);
            Ok(acquainted && followed && calm && roles)
        })?;
        Ok(())
    }

    fn running(&self) -> impl Iterator<Item = &Watcher> {
        self.watchers.iter().filter(|watcher| watcher.server.pid().is_some())
    }

    fn is_agreed(&self, node: &Redis) -> bool {
        let port = Some(node.port().to_string());
        self.running().all(|watcher| watcher.primary_port() == port)
    }

    fn await_takeover(&self, replica: &Redis) -> Result<Duration, ServiceError> {
        let killed = Instant::now();
        wait_until("the replica to take over", LIMIT, || Ok(replica.is_primary() && self.is_agreed(replica)))?;
        Ok(killed.elapsed())
    }
}

impl Watcher {
    fn start(like: &RedisBuilder, primary: &Redis) -> Result<Self, ServiceError> {
        let program = find("redis-server", "redis-server")?;
        let port = Port::free()?;
        let folder = Folder::create("sentinel")?;
        let own = [
            ("bind", "127.0.0.1".to_owned()),
            ("unixsocket", text(&folder.join(SOCKET))),
            ("dir", text(folder.path())),
            ("user", format!("{CONTROL} on >{CONTROL} ~* &* +@all")),
            ("sentinel", format!("monitor {SERVICE} 127.0.0.1 {} 2", primary.port())),
            ("sentinel", format!("auth-user {SERVICE} {CONTROL}")),
            ("sentinel", format!("auth-pass {SERVICE} {CONTROL}")),
            ("sentinel", format!("down-after-milliseconds {SERVICE} {DOWN_AFTER_MS}")),
            ("sentinel", format!("failover-timeout {SERVICE} 5000")),
        ];
        let own = own.map(|(key, value)| (key.to_owned(), value));
        let lines = like.port_lines(port.number()).into_iter().chain(like.user_lines()).chain(own);
        let file = folder.write("sentinel.conf", &written(lines))?;
        let line = line(&program, &[&text(&file), "--sentinel"]);
        let watcher =
            Self { server: Server::new(format!("Sentinel on port {}", port.number()), folder, line, SIGNALS), port };
        watcher.server.start(|_| watcher.ask(&["PING"]).is_ok_and(|answer| answer == "PONG"))?;
        watcher.ask(&PACE)?;
        Ok(watcher)
    }

    fn ask(&self, words: &[&str]) -> Result<String, ServiceError> {
        connection::ask(&self.server.folder().join(SOCKET), PING_LIMIT, &[&["AUTH", CONTROL, CONTROL], words])
    }

    /// A field of what it knows about the primary.
    fn tells(&self, field: &str) -> Option<String> {
        let answer = self.ask(&["SENTINEL", "MASTER", SERVICE]).ok()?;
        answer.lines().skip_while(|line| *line != field).nth(1).map(str::to_owned)
    }

    fn primary_port(&self) -> Option<String> {
        let answer = self.ask(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE]).ok()?;
        answer.lines().nth(1).map(str::to_owned)
    }
}

fn no_agreement() -> ServiceError {
    ServiceError::Unexpected("the Sentinels do not agree on a primary".to_owned())
}
