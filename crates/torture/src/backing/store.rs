//! The Redis that nodes share, whatever its kind, and what can be done to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tideboard_services::{AppendFsync, Redis, RedisCluster, Sentinel, ServiceError};

use crate::event::STREAMS;
use crate::plan::Ground;

/// The Redis that nodes share.
pub(super) enum Shared {
    /// One.
    Single(Redis),
    /// A primary and a replica, watched.
    Sentinel(Box<Sentinel>),
    /// Three primaries with a replica each.
    Cluster(RedisCluster),
}

impl Shared {
    /// Starts it; this takes seconds.
    pub(super) fn start(ground: Ground) -> Result<Self, ServiceError> {
        let on_disk = Redis::builder().appendonly(AppendFsync::Always);
        Ok(match ground {
            Ground::Folder | Ground::Single => Self::Single(on_disk.start()?),
            Ground::Sentinel => Self::Sentinel(Box::new(on_disk.start_sentinel()?)),
            Ground::Cluster => Self::Cluster(on_disk.start_cluster()?),
        })
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        match self {
            Self::Single(redis) => redis.url(),
            Self::Sentinel(sentinel) => sentinel.url(),
            Self::Cluster(cluster) => cluster.url(),
        }
    }

    /// All that clients may talk to.
    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        let named = self.url().split(['/', ',', '@']).filter_map(|part| part.parse().ok());
        let servers = self.servers().iter().map(|redis| SocketAddr::from((Ipv4Addr::LOCALHOST, redis.port())));
        let mut all: Vec<SocketAddr> = named.chain(servers).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The servers that hold data.
    fn servers(&self) -> &[Redis] {
        match self {
            Self::Single(redis) => std::slice::from_ref(redis),
            Self::Sentinel(sentinel) => sentinel.nodes(),
            Self::Cluster(cluster) => cluster.nodes(),
        }
    }

    /// A server that takes writes: the same each time would leave the others of a Cluster untried.
    fn primary(&self, which: usize) -> Result<&Redis, ServiceError> {
        match self {
            Self::Single(redis) => Ok(redis),
            Self::Sentinel(sentinel) => sentinel.primary(),
            Self::Cluster(cluster) => cluster.primary_of(&self.key(which)),
        }
    }

    /// A key that lies where one of the streams does.
    fn key(&self, which: usize) -> String {
        let stream = STREAMS.get(which % STREAMS.len()).copied().unwrap_or("tides");
        let running = self.servers().iter().filter(|server| server.is_running());
        let keys = running.filter_map(|server| server.command(&["KEYS", &format!("*:{stream}")]).ok());
        let found = keys.filter_map(|keys| keys.lines().next().map(str::to_owned)).find(|key| !key.is_empty());
        found.unwrap_or_else(|| stream.to_owned())
    }

    /// Kills one that takes writes, and starts it again after a while with what it kept on disk.
    pub(super) fn restart(&self, which: usize, after: Duration) -> Result<(), ServiceError> {
        let primary = self.primary(which)?;
        primary.kill()?;
        std::thread::sleep(after);
        primary.restart()?;
        self.await_health()
    }

    /// Makes one that takes writes stand still for a while.
    pub(super) fn pause(&self, which: usize, time: Duration) -> Result<(), ServiceError> {
        let primary = self.primary(which)?;
        primary.pause()?;
        std::thread::sleep(time);
        primary.resume()?;
        self.await_health()
    }

    /// Cuts all connections on which nodes are woken.
    pub(super) fn lose_wakes(&self) -> Result<(), ServiceError> {
        // Those that are down wake nobody.
        for server in self.servers().iter().filter(|server| server.is_running()) {
            server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).ok();
        }
        Ok(())
    }

    /// Kills one that takes writes; its replica takes over, and the dead one comes back as a replica.
    pub(super) fn fail_over(&self, which: usize) -> Result<(), ServiceError> {
        match self {
            Self::Single(_) => return Ok(()),
            Self::Sentinel(sentinel) => sentinel.fail_over().map(|_took| ())?,
            Self::Cluster(cluster) => cluster.fail_over(&self.key(which)).map(|_took| ())?,
        }
        self.rejoin()
    }

    /// The same after its replica was cut off for a while.
    pub(super) fn lose_tail(&self, which: usize, time: Duration) -> Result<(), ServiceError> {
        let wait = |_: &Redis| std::thread::sleep(time);
        match self {
            Self::Single(_) => return Ok(()),
            Self::Sentinel(sentinel) => sentinel.lose_the_tail(wait).map(|_lost| ())?,
            Self::Cluster(cluster) => cluster.lose_the_tail(&self.key(which), wait).map(|_lost| ())?,
        }
        self.rejoin()
    }

    fn rejoin(&self) -> Result<(), ServiceError> {
        match self {
            Self::Single(_) => Ok(()),
            Self::Sentinel(sentinel) => sentinel.rejoin(),
            Self::Cluster(cluster) => cluster.rejoin(),
        }
    }

    fn await_health(&self) -> Result<(), ServiceError> {
        match self {
            Self::Single(_) => Ok(()),
            Self::Sentinel(sentinel) => sentinel.wait_until_ok(),
            Self::Cluster(cluster) => cluster.wait_until_ok(),
        }
    }

    /// What all of them wrote to their logs.
    pub(super) fn log(&self) -> String {
        self.servers().iter().map(|redis| format!("== port {}\n{}\n", redis.port(), redis.log())).collect()
    }
}
