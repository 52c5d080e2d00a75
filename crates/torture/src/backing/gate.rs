//! One node's ways to Redis and PostgreSQL.

use std::net::SocketAddr;
use std::sync::Arc;

use tideboard_testkit::Dice;
use tideboard_testkit::proxy::{Proxy, Weather};

use super::land::Land;
use super::relay::{Listening, Relay, names};
use crate::error::{TortureError, Trying};

/// One node's ways to Redis and PostgreSQL.
pub(crate) struct Gate {
    /// Where the node lives.
    pub(crate) land: Land,
    /// Where it finds Redis.
    pub(crate) redis: String,
    /// Where it finds PostgreSQL.
    pub(crate) postgres: String,
    /// The ports at which it finds Redis.
    pub(super) ports: Vec<u16>,
    ways: Vec<Arc<Proxy>>,
    // What leads to PostgreSQL.
    _way_to_postgres: Proxy,
    _relays: Vec<Relay>,
}

impl Gate {
    /// Opens ways to where these addresses lead. `redis` holds all servers that may name each other.
    pub(super) async fn open(
        land: Land,
        dice: &mut Dice,
        redis: (&str, &[SocketAddr]),
        postgres: (&str, SocketAddr),
    ) -> Result<Self, TortureError> {
        let (mut ways, mut waiting, mut relays) = (Vec::new(), Vec::new(), Vec::new());
        let (mut url, mut renamed) = (redis.0.to_owned(), Vec::new());
        for server in redis.1 {
            let listening = Listening::on(land.outside).await?;
            url = url.replace(&server.to_string(), &listening.address.to_string());
            renamed.extend(names(*server, listening.address));
            let way = Proxy::start(*server, Dice::new(dice.next(), "way")).await.trying("starting a proxy")?;
            ways.push(Arc::new(way));
            waiting.push(listening);
        }
        let ports = waiting.iter().map(|listening| listening.address.port()).collect();
        // One server has nobody to name; its data must not be taken for names.
        let renamed: super::relay::Names = if redis.1.len() > 1 { renamed.into() } else { Arc::from([]) };
        for (listening, way) in waiting.into_iter().zip(&ways) {
            relays.push(listening.lead(way.address(), Arc::clone(&renamed)));
        }
        let listening = Listening::on(land.outside).await?;
        let to_postgres = postgres.0.replace(&postgres.1.to_string(), &listening.address.to_string());
        let way = Proxy::start(postgres.1, Dice::new(dice.next(), "postgres")).await.trying("starting a proxy")?;
        relays.push(listening.lead(way.address(), Arc::from([])));
        Ok(Self { land, redis: url, postgres: to_postgres, ports, ways, _way_to_postgres: way, _relays: relays })
    }

    /// Lets no connection to Redis through, or lets them through again.
    pub(super) fn close(&self, closed: bool) {
        for way in &self.ways {
            way.refuse(closed);
            if closed {
                way.cut();
            }
        }
    }

    /// Lets nothing move on the way to Redis, or lets it move again.
    pub(super) fn silence(&self, silent: bool) {
        self.ways.iter().for_each(|way| way.stall(silent));
    }

    /// Has every connection to Redis begin anew, in this weather.
    pub(super) fn weather(&self, weather: Weather) {
        for way in &self.ways {
            way.weather(weather);
            way.cut();
        }
    }
}
