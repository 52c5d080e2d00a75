//! Asking those who know where the servers are: all of them at once, as some may be gone and some may be behind.

use std::time::Duration;

use redis::{Pipeline, Value};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::Map;
use crate::address::{Host, Topology};
use crate::answer::{list, number, pairs, text};
use crate::link::Connector;
use crate::slot::SLOTS;
use crate::trouble::Trouble;

/// How long the others may still contradict the first who answered.
const GRACE: Duration = Duration::from_millis(100);

/// What one of them says, and how new it is.
type Told = (u64, Map);

/// Where the servers are.
pub(super) async fn learn(connector: &Connector, known: Vec<Host>) -> Result<Map, Trouble> {
    let mut hosts = match &connector.address.topology {
        Topology::Single(host) => return Ok(vec![(0, SLOTS - 1, host.clone())]),
        Topology::Sentinel { sentinels, .. } => sentinels.clone(),
        Topology::Cluster(hosts) => hosts.iter().cloned().chain(known).collect(),
    };
    hosts.sort_unstable();
    hosts.dedup();
    let mut asked = JoinSet::new();
    for host in hosts {
        let connector = connector.clone();
        asked.spawn(async move { ask(&connector, &host).await });
    }
    let (mut newest, mut last) = (None::<Told>, Trouble::Later("nobody to ask".to_owned()));
    loop {
        let next = match &newest {
            None => asked.join_next().await,
            Some(_) => timeout(GRACE, asked.join_next()).await.ok().flatten(),
        };
        match next {
            None => break,
            Some(Ok(Ok(told))) => {
                if newest.as_ref().is_none_or(|newest| newest.0 < told.0) {
                    newest = Some(told);
                }
            }
            Some(Ok(Err(trouble))) => last = trouble,
            Some(Err(_panicked)) => {}
        }
    }
    newest.map(|(_, map)| map).ok_or(last)
}

async fn ask(connector: &Connector, host: &Host) -> Result<Told, Trouble> {
    let mut pipeline = Pipeline::new();
    let service = match &connector.address.topology {
        Topology::Sentinel { service, .. } => Some(service),
        Topology::Single(_) | Topology::Cluster(_) => None,
    };
    if let Some(service) = service {
        pipeline.cmd("SENTINEL").arg("MASTER").arg(service);
    } else {
        pipeline.cmd("CLUSTER").arg("SLOTS");
        pipeline.cmd("CLUSTER").arg("INFO");
    }
    let mut connection = match connector.dial(host, None).await {
        // Sentinels often know no users, whatever the servers that they watch know.
        Err(Trouble::Refused(_)) if service.is_some() => connector.nameless().dial(host, None).await?,
        dialled => dialled?,
    };
    let mut answers = connection.send_packed_commands(&pipeline, 0, pipeline.len()).await?.into_iter();
    let first = answers.next().unwrap_or_default();
    match service {
        Some(service) => primary(first).map_err(|trouble| named(trouble, host, service)),
        None => {
            let epoch = answers.next().as_ref().map(epoch).transpose()?.unwrap_or(0);
            let map = list(first)?.into_iter().map(|range| slots(range, host)).collect::<Result<Map, Trouble>>()?;
            let unknown = || Trouble::Later(format!("{host} knows no slots"));
            if map.is_empty() { Err(unknown()) } else { Ok((epoch, map)) }
        }
    }
}

fn named(trouble: Trouble, host: &Host, service: &str) -> Trouble {
    match trouble {
        Trouble::Refused(reason) => Trouble::Later(format!("the Sentinel {host} does not tell of {service}: {reason}")),
        Trouble::Lost(_) | Trouble::Later(_) | Trouble::Moved | Trouble::Ask(_) | Trouble::Full | Trouble::Unfit(_) => {
            trouble
        }
    }
}

/// What a Sentinel says of a service.
fn primary(answer: Value) -> Result<Told, Trouble> {
    let odd = || Trouble::odd("what a Sentinel says");
    let fields = pairs(answer)?;
    let field = |name: &str| {
        let field = fields.iter().find(|(key, _)| matches!(text(key), Ok(Some(key)) if key == name));
        field.map(|(_, value)| text(value)).transpose().map(Option::flatten)
    };
    let (ip, port) = (field("ip")?, field("port")?.and_then(|port| port.parse().ok()));
    let (name, port) = ip.zip(port).ok_or_else(odd)?;
    let epoch = field("config-epoch")?.and_then(|epoch| epoch.parse().ok()).unwrap_or(0);
    Ok((epoch, vec![(0, SLOTS - 1, Host { name: name.to_owned(), port })]))
}

/// The configuration epoch in `CLUSTER INFO`: rises with every change.
fn epoch(info: &Value) -> Result<u64, Trouble> {
    let info = text(info)?.unwrap_or_default();
    let own = info.lines().find_map(|line| line.strip_prefix("cluster_current_epoch:"));
    Ok(own.and_then(|epoch| epoch.trim().parse().ok()).unwrap_or(0))
}

/// One range of `CLUSTER SLOTS`: from, to, primary, replicas. A server that does not know its own name gives none.
fn slots(range: Value, asked: &Host) -> Result<(u16, u16, Host), Trouble> {
    let odd = || Trouble::odd("a range of slots");
    let mut parts = list(range)?.into_iter();
    let (from, to, primary) = (parts.next(), parts.next(), parts.next());
    let ((from, to), primary) = from.zip(to).zip(primary).ok_or_else(odd)?;
    let bound = |value| number(value).ok().and_then(|number| u16::try_from(number).ok()).ok_or_else(odd);
    let primary = list(primary)?;
    let [name, port, ..] = primary.as_slice() else { return Err(odd()) };
    let name = text(name)?.filter(|name| !name.is_empty()).unwrap_or(&asked.name).to_owned();
    Ok((bound(&from)?, bound(&to)?, Host { name, port: bound(port)? }))
}
