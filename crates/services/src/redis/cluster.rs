//! Redis Cluster: three primaries with a replica each.

use super::Redis;
use super::lag::{LostTail, write_unseen};
use super::settings::RedisBuilder;
use crate::error::ServiceError;
use crate::port::Port;
use crate::wait::wait_until;
use std::time::{Duration, Instant};

const PRIMARIES: usize = 3;
const SLOTS: usize = 16_384;
const LIMIT: Duration = Duration::from_secs(60);
const NODE_TIMEOUT_MS: &str = "1500";

/// A cluster of six; it ends when dropped.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
    url: String,
    bus_ports: Vec<Port>,
}

impl RedisCluster {
    /// Starts one that holds its data in memory only.
    ///
    /// # Errors
    /// When Redis is not installed or the cluster does not come up.
    pub fn start() -> Result<Self, ServiceError> {
        Redis::builder().start_cluster()
    }

    pub(super) fn start_with(like: &RedisBuilder) -> Result<Self, ServiceError> {
        let bus_ports = (0..2 * PRIMARIES).map(|_| Port::free()).collect::<Result<Vec<_>, _>>()?;
        let nodes = bus_ports.iter().map(|bus| start_node(like, bus)).collect::<Result<Vec<_>, _>>()?;
        let addresses: Vec<String> = nodes.iter().map(|node| format!("127.0.0.1:{}", node.port())).collect();
        let url = format!("{}://{}{}", like.scheme("+cluster"), like.user_of_url(), addresses.join(","));
        let cluster = Self { nodes, url, bus_ports };
        cluster.join_up()?;
        cluster.wait_until_ok()?;
        Ok(cluster)
    }

    /// Where clients find it: `redis[s]+cluster://[user:password@]host:port,…`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its servers, whatever they are at the moment: the first three started as primaries, the last three as their replicas in
    /// the same order.
    #[must_use]
    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    /// The server that answers for a key now.
    ///
    /// # Errors
    /// When none does.
    pub fn primary_of(&self, key: &str) -> Result<&Redis, ServiceError> {
        let slot = self.slot_of(key)?;
        // One that was away may still think that the slot is its own; who took over later has the higher epoch.
        self.running()
            .filter_map(|node| Some((own_line(node).ok().filter(|own| own.serves(slot))?.epoch, node)))
            .max_by_key(|(epoch, _)| *epoch)
            .map(|(_, node)| node)
            .ok_or_else(|| ServiceError::Unexpected(format!("no server of the cluster answers for {key}")))
    }

    /// A replica of the server that answers for a key, in touch with it.
    ///
    /// # Errors
    /// When there is none.
    pub fn replica_of(&self, key: &str) -> Result<&Redis, ServiceError> {
        let primary = own_line(self.primary_of(key)?)?.id;
        self.running()
            .find(|node| own_line(node).is_ok_and(|own| own.follows == primary) && node.follows())
            .ok_or_else(|| ServiceError::Unexpected(format!("the cluster has no replica for {key}")))
    }

    /// Kills the server that answers for a key and waits until its replica does, known to all; returns how long that took.
    /// `rejoin` brings the dead one back.
    ///
    /// # Errors
    /// When there is no replica or it does not take over in time.
    pub fn fail_over(&self, key: &str) -> Result<Duration, ServiceError> {
        let (primary, replica) = (self.primary_of(key)?, self.replica_of(key)?);
        primary.kill()?;
        self.await_takeover(replica)
    }

    /// Lets `write` reach the server that answers for a key but not its replica, kills it, and waits until the replica
    /// answers: what was written is gone although it was acknowledged. `rejoin` brings the dead one back.
    ///
    /// # Errors
    /// When there is no replica or it does not take over in time.
    pub fn lose_the_tail<T>(&self, key: &str, write: impl FnOnce(&Redis) -> T) -> Result<LostTail<T>, ServiceError> {
        let (primary, replica) = (self.primary_of(key)?, self.replica_of(key)?);
        let written = write_unseen(primary, replica, write)?;
        let failover = self.await_takeover(replica)?;
        Ok(LostTail { written, failover })
    }

    /// Starts every server that is down, and waits until all is well.
    ///
    /// # Errors
    /// When one does not come up in time.
    pub fn rejoin(&self) -> Result<(), ServiceError> {
        for node in self.nodes.iter().filter(|node| !node.is_running()) {
            node.restart()?;
        }
        self.wait_until_ok()
    }

    /// Waits until every server that runs finds the cluster whole, three of them are primaries, and every other one is in touch
    /// with its primary.
    ///
    /// # Errors
    /// When that does not come in time.
    pub fn wait_until_ok(&self) -> Result<(), ServiceError> {
        wait_until("the cluster to be well", LIMIT, || {
            let primaries = self.running().filter(|node| node.is_primary()).count();
            Ok(self.is_whole()
                && primaries == PRIMARIES
                && self.running().all(|node| node.is_primary() || node.follows()))
        })?;
        Ok(())
    }

    fn running(&self) -> impl Iterator<Item = &Redis> {
        self.nodes.iter().filter(|node| node.is_running())
    }

    fn is_whole(&self) -> bool {
        let whole =
            |node: &Redis| node.command(&["CLUSTER", "INFO"]).is_ok_and(|info| info.contains("cluster_state:ok"));
        self.running().all(whole)
    }

    fn slot_of(&self, key: &str) -> Result<usize, ServiceError> {
        let answer = self.running().find_map(|node| node.command(&["CLUSTER", "KEYSLOT", key]).ok());
        answer
            .and_then(|slot| slot.parse().ok())
            .ok_or_else(|| ServiceError::NotRunning("every server of the cluster".to_owned()))
    }

    fn await_takeover(&self, replica: &Redis) -> Result<Duration, ServiceError> {
        let killed = Instant::now();
        wait_until("the replica to take over", LIMIT, || Ok(replica.is_primary() && self.is_whole()))?;
        Ok(killed.elapsed())
    }

    /// Hands out the slots, introduces everybody to everybody and makes the last three replicas. `redis-cli --cluster create`
    /// does the same, but waits in whole seconds.
    fn join_up(&self) -> Result<(), ServiceError> {
        let (primaries, replicas) = self.nodes.split_at_checked(PRIMARIES).unwrap_or_default();
        for (number, primary) in primaries.iter().enumerate() {
            let (first, end) = (number * SLOTS / PRIMARIES, (number + 1) * SLOTS / PRIMARIES);
            primary.command(&["CLUSTER", "ADDSLOTSRANGE", &first.to_string(), &(end - 1).to_string()])?;
            primary.command(&["CLUSTER", "SET-CONFIG-EPOCH", &(number + 1).to_string()])?;
        }
        for (number, node) in self.nodes.iter().enumerate() {
            for (other, bus) in self.nodes.iter().zip(&self.bus_ports).skip(number + 1) {
                let ports = [other.port(), bus.number()].map(|port| port.to_string());
                node.command(&["CLUSTER", "MEET", "127.0.0.1", &ports[0], &ports[1]])?;
            }
        }
        let count = self.nodes.len();
        wait_until("the servers of the cluster to know each other", LIMIT, || {
            let known = |node: &Redis| {
                let nodes = node.command(&["CLUSTER", "NODES"])?;
                Ok(nodes.lines().count() == count && !nodes.contains("handshake") && !nodes.contains("noaddr"))
            };
            self.nodes.iter().map(known).try_fold(true, |all, one| Ok(all && one?))
        })?;
        for (primary, replica) in primaries.iter().zip(replicas) {
            replica.command(&["CLUSTER", "REPLICATE", &own_line(primary)?.id])?;
        }
        Ok(())
    }
}

fn start_node(like: &RedisBuilder, bus: &Port) -> Result<Redis, ServiceError> {
    like.clone()
        .named("cluster")
        .setting("cluster-enabled", "yes")
        .setting("cluster-port", &bus.number().to_string())
        .setting("cluster-node-timeout", NODE_TIMEOUT_MS)
        // However long it was cut off: losing a tail is what tests want to see.
        .setting("cluster-replica-validity-factor", "0")
        .setting("cluster-allow-replica-migration", "no")
        .start()
}

/// What a server says about itself.
struct OwnLine {
    id: String,
    /// Its primary, or `-`.
    follows: String,
    epoch: u64,
    slots: Vec<(usize, usize)>,
}

impl OwnLine {
    fn serves(&self, slot: usize) -> bool {
        self.slots.iter().any(|(first, last)| (*first..=*last).contains(&slot))
    }
}

fn own_line(node: &Redis) -> Result<OwnLine, ServiceError> {
    let answer = node.command(&["CLUSTER", "NODES"])?;
    let strange = || ServiceError::Unexpected(format!("not a list of the cluster's servers: {answer}"));
    let line = answer.lines().find(|line| line.contains("myself")).ok_or_else(strange)?;
    let fields: Vec<&str> = line.split_whitespace().collect();
    let field = |number: usize| fields.get(number).copied().ok_or_else(strange);
    let range = |slots: &&str| {
        let (first, last) = slots.split_once('-').unwrap_or((slots, slots));
        Some((first.parse().ok()?, last.parse().ok()?))
    };
    Ok(OwnLine {
        id: field(0)?.to_owned(),
        follows: field(3)?.to_owned(),
        epoch: field(6)?.parse().unwrap_or(0),
        slots: fields.iter().skip(8).filter_map(range).collect(),
    })
}
