//! Which server has what.

use std::time::Duration;

use redis::{Cmd, Pipeline};
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::address::{Host, Topology};
use crate::answer::{list, number, text};
use crate::link::Connector;
use crate::trouble::Trouble;

/// Slots of a Cluster.
const SLOTS: u16 = 16_384;
/// How long what was just learned is taken for true whatever a server says: many ask at once when something moves.
const FRESH: Duration = Duration::from_millis(30);

/// A part of the keys that always lies on one server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Slot(u16);

impl Slot {
    /// The slot of a key: of what is between its first braces, if it has some.
    pub(crate) fn of(key: &str) -> Self {
        let tag = key.split_once('{').and_then(|(_, rest)| rest.split_once('}')).map(|(tag, _)| tag);
        Self(crc16(tag.filter(|tag| !tag.is_empty()).unwrap_or(key)) % SLOTS)
    }
}

/// CRC-16 as of XMODEM, which is what a Cluster spreads keys by.
fn crc16(text: &str) -> u16 {
    text.bytes().fold(0, |crc: u16, byte| {
        (0..8).fold(
            crc ^ (u16::from(byte) << 8),
            |crc, _| {
                if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
            },
        )
    })
}

/// Finds servers, and remembers what it found until it is told that it no longer holds.
#[derive(Debug)]
pub(crate) struct Routes {
    pub(crate) connector: Connector,
    known: Mutex<Option<Known>>,
}

#[derive(Debug)]
struct Known {
    map: Vec<(u16, u16, Host)>,
    since: Instant,
}

impl Routes {
    pub(crate) fn new(connector: Connector) -> Self {
        Self { connector, known: Mutex::default() }
    }

    /// The server that has a slot.
    pub(crate) async fn find(&self, slot: Slot) -> Result<Host, Trouble> {
        let mut known = self.known.lock().await;
        let map = match &mut *known {
            Some(known) => &known.map,
            unknown @ None => &unknown.insert(Known { map: self.learn().await?, since: Instant::now() }).map,
        };
        let place = map.iter().find(|(from, to, _)| (*from..=*to).contains(&slot.0));
        let host = place.map(|(_, _, host)| host.clone());
        if host.is_none() {
            *known = None;
        }
        host.ok_or_else(|| Trouble::Later("no server of the Cluster has a part of the keys".to_owned()))
    }

    /// What is known no longer holds.
    pub(crate) async fn forget(&self) {
        let mut known = self.known.lock().await;
        if known.as_ref().is_some_and(|known| known.since.elapsed() > FRESH) {
            *known = None;
        }
    }

    async fn learn(&self) -> Result<Vec<(u16, u16, Host)>, Trouble> {
        let all = |host: Host| vec![(0, SLOTS - 1, host)];
        match &self.connector.address.topology {
            Topology::Single(host) => Ok(all(host.clone())),
            Topology::Sentinel { sentinels, service } => self.first(sentinels, Learn::Primary(service)).await,
            Topology::Cluster(hosts) => self.first(hosts, Learn::Slots).await,
        }
    }

    /// The first answer of servers asked one after another.
    async fn first(&self, hosts: &[Host], what: Learn<'_>) -> Result<Vec<(u16, u16, Host)>, Trouble> {
        let mut last = Trouble::Later("no server to ask".to_owned());
        for host in hosts {
            match self.learn_from(host, what).await {
                Ok(map) => return Ok(map),
                Err(trouble) => last = trouble,
            }
        }
        Err(last)
    }

    async fn learn_from(&self, host: &Host, what: Learn<'_>) -> Result<Vec<(u16, u16, Host)>, Trouble> {
        let mut connection = self.connector.dial(host, None).await?;
        let mut pipeline = Pipeline::new();
        let mut command = Cmd::new();
        match what {
            Learn::Primary(service) => command.arg("SENTINEL").arg("GET-MASTER-ADDR-BY-NAME").arg(service),
            Learn::Slots => command.arg("CLUSTER").arg("SLOTS"),
        };
        pipeline.add_command(command);
        let answer = connection.send_packed_commands(&pipeline, 0, 1).await?.into_iter().next().unwrap_or_default();
        match what {
            Learn::Primary(service) => {
                let unknown = || Trouble::Later(format!("{host} knows no service {service}"));
                let parts = list(answer)?;
                let [name, port] = parts.as_slice() else { return Err(unknown()) };
                let (name, port) = (text(name)?.unwrap_or_default(), text(port)?.unwrap_or_default());
                let port = port.parse().map_err(|_no_number| unknown())?;
                Ok(vec![(0, SLOTS - 1, Host { name: name.to_owned(), port })])
            }
            Learn::Slots => list(answer)?.into_iter().map(|range| slots(range, host)).collect(),
        }
    }
}

#[derive(Clone, Copy)]
enum Learn<'a> {
    Primary(&'a str),
    Slots,
}

/// One range of `CLUSTER SLOTS`: from, to, primary, replicas. A server that does not know its own name gives none.
fn slots(range: redis::Value, asked: &Host) -> Result<(u16, u16, Host), Trouble> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_cluster() {
        // The check value of the CRC's description, and what a server answers to CLUSTER KEYSLOT.
        assert_eq!(crc16("123456789"), 0x31c3);
        assert_eq!(Slot::of("foo"), Slot(12_182));
        assert_eq!(Slot::of("a:{foo}:b"), Slot(12_182));
        assert_ne!(Slot::of("a:{}:b"), Slot::of(""));
    }
}
