//! Servers that are several processes and replace each other.

use super::done;
use serde_json::{Value, json};
use std::time::Duration;
use tideboard_services::{Redis, RedisCluster, Sentinel, ServiceError};

/// Several servers.
#[derive(Debug)]
pub(super) enum Fleet {
    Sentinel(Box<Sentinel>),
    Cluster(RedisCluster),
}

impl Fleet {
    /// Starts one, if that is what the name stands for.
    pub(super) fn start(name: &str) -> Result<Option<Self>, ServiceError> {
        match name {
            "sentinel" => Ok(Some(Self::Sentinel(Box::new(Sentinel::start()?)))),
            "cluster" => Ok(Some(Self::Cluster(RedisCluster::start()?))),
            _ => Ok(None),
        }
    }

    pub(super) fn description(&self) -> Value {
        let (url, nodes) = match self {
            Self::Sentinel(sentinel) => (sentinel.url(), sentinel.nodes()),
            Self::Cluster(cluster) => (cluster.url(), cluster.nodes()),
        };
        let ports: Vec<u16> = nodes.iter().map(Redis::port).collect();
        let pids: Vec<Option<u32>> = nodes.iter().map(Redis::pid).collect();
        json!({ "ok": true, "url": url, "ports": ports, "pids": pids })
    }

    pub(super) fn obey(&self, verb: &str, rest: &[&str]) -> Result<Option<Value>, ServiceError> {
        let answer = match (self, verb, rest) {
            (Self::Sentinel(sentinel), "fail_over", []) => lasted(sentinel.fail_over()?),
            (Self::Cluster(cluster), "fail_over", [key]) => lasted(cluster.fail_over(key)?),
            (Self::Sentinel(sentinel), "lose_the_tail", command) => {
                let lost = sentinel.lose_the_tail(|primary| primary.command(command))?;
                lost.written?;
                lasted(lost.failover)
            }
            (Self::Cluster(cluster), "lose_the_tail", [key, command @ ..]) => {
                let lost = cluster.lose_the_tail(key, |primary| primary.command(command))?;
                lost.written?;
                lasted(lost.failover)
            }
            (Self::Sentinel(sentinel), "command", command) => {
                json!({ "ok": true, "answer": sentinel.primary()?.command(command)? })
            }
            (Self::Sentinel(sentinel), "rejoin", []) => {
                sentinel.rejoin()?;
                done()
            }
            (Self::Cluster(cluster), "rejoin", []) => {
                cluster.rejoin()?;
                done()
            }
            _ => return Ok(None),
        };
        Ok(Some(answer))
    }
}

fn lasted(time: Duration) -> Value {
    json!({ "ok": true, "milliseconds": u64::try_from(time.as_millis()).unwrap_or(u64::MAX) })
}
