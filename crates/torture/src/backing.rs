//! What several nodes stand on: a real Redis and a real PostgreSQL, and ways to them that can be blocked for each node alone.

mod gate;
mod land;
mod relay;
mod store;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tideboard_services::{Postgres, ServiceError};
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Weather;
use tokio::sync::Mutex;
use tokio::time::sleep;

pub(crate) use self::gate::Gate;
use self::land::{Land, Toll};
use self::store::Shared;
use crate::error::{TortureError, unexpected};
use crate::losses::{Cost, Losses};
use crate::plan::{Block, Fault, Ground, Level};

/// Redis, PostgreSQL, and the ways to them.
pub(crate) struct Backing {
    redis: Arc<Shared>,
    postgres: Arc<Postgres>,
    gates: Vec<Gate>,
    losses: Losses,
    /// Which server of Redis is next; one thing at a time is done to it.
    redis_turn: Mutex<usize>,
    postgres_turn: Mutex<()>,
    /// Nodes whose packets are dropped.
    tolls: Mutex<BTreeMap<usize, Toll>>,
}

/// Whether nodes can live in networks of their own here; the reason if not.
pub(crate) async fn can_be_apart() -> Result<(), TortureError> {
    Land::can_be_apart().await
}

impl Backing {
    /// Starts all, with a way for each node. `apart`: nodes live in networks of their own.
    pub(crate) async fn start(
        (ground, nodes): (Ground, usize),
        apart: bool,
        dice: &mut Dice,
        losses: Losses,
    ) -> Result<Self, TortureError> {
        let (redis, postgres, database) = blocking(move || {
            let redis = std::thread::spawn(move || patiently(|| Shared::start(ground)));
            let postgres = Postgres::start()?;
            let database = postgres.database()?;
            let redis =
                redis.join().unwrap_or_else(|_| Err(ServiceError::Unexpected("starting Redis panicked".to_owned())))?;
            Ok((redis, postgres, database))
        })
        .await?;
        let (addresses, mut gates) = (redis.addresses(), Vec::new());
        let of_postgres = SocketAddr::from((Ipv4Addr::LOCALHOST, postgres.port()));
        for node in 0..nodes {
            let land = if apart { Land::apart(u8::try_from(node).unwrap_or(u8::MAX)).await? } else { Land::shared() };
            gates.push(Gate::open(land, dice, (redis.url(), &addresses), (&database, of_postgres)).await?);
        }
        Ok(Self {
            redis: Arc::new(redis),
            postgres: Arc::new(postgres),
            gates,
            losses,
            redis_turn: Mutex::default(),
            postgres_turn: Mutex::default(),
            tolls: Mutex::default(),
        })
    }

    /// The ways of each node.
    pub(crate) fn gates(&self) -> &[Gate] {
        &self.gates
    }

    /// Does something to what all nodes share, and undoes it.
    pub(crate) async fn perform(&self, fault: &Fault, level: Level) -> Result<(), TortureError> {
        match fault {
            Fault::PostgresRestart(time) => self.postgres(*time, Postgres::kill, Postgres::restart).await,
            Fault::PostgresPause(time) => self.postgres(*time, Postgres::pause, Postgres::resume).await,
            Fault::LoseWakes => {
                let redis = Arc::clone(&self.redis);
                blocking(move || redis.lose_wakes()).await
            }
            Fault::RedisRestart(_) | Fault::RedisPause(_) | Fault::FailOver | Fault::LoseTail(_) => {
                self.redis(fault.clone(), level).await
            }
        }
    }

    async fn redis(&self, fault: Fault, level: Level) -> Result<(), TortureError> {
        let mut turn = self.redis_turn.lock().await;
        let which = *turn;
        *turn += 1;
        // A replica that takes over may lack what was shown before it was acknowledged.
        if !matches!(*self.redis, Shared::Single(_)) {
            self.losses.begin(if level == Level::Memory { Cost::Acknowledged } else { Cost::Unacknowledged });
        }
        let redis = Arc::clone(&self.redis);
        let done = blocking(move || match fault {
            Fault::RedisRestart(time) => redis.restart(which, time),
            Fault::RedisPause(time) => redis.pause(which, time),
            Fault::FailOver => redis.fail_over(which),
            Fault::LoseTail(time) => redis.lose_tail(which, time),
            Fault::LoseWakes | Fault::PostgresRestart(_) | Fault::PostgresPause(_) => Ok(()),
        });
        let done = done.await;
        self.losses.end();
        done
    }

    async fn postgres(
        &self,
        time: Duration,
        does: fn(&Postgres) -> Result<(), ServiceError>,
        undoes: fn(&Postgres) -> Result<(), ServiceError>,
    ) -> Result<(), TortureError> {
        let _turn = self.postgres_turn.lock().await;
        let postgres = Arc::clone(&self.postgres);
        blocking(move || {
            does(&postgres)?;
            std::thread::sleep(time);
            undoes(&postgres)
        })
        .await
    }

    /// Blocks a node's way to Redis for a while.
    pub(crate) async fn block(&self, node: usize, block: Block, time: Duration) -> Result<(), TortureError> {
        let Some(gate) = self.gates.get(node) else { return unexpected(format!("there is no node {node}")) };
        match block {
            Block::Closed => {
                gate.close(true);
                sleep(time).await;
                gate.close(false);
            }
            Block::Storm => {
                gate.weather(Weather::Foul);
                sleep(time).await;
                gate.weather(Weather::Calm);
            }
            Block::Partition | Block::Loss if gate.land.wire.is_some() => {
                self.toll(node, Some(if block == Block::Loss { Toll::Fifth } else { Toll::All })).await?;
                sleep(time).await;
                self.toll(node, None).await?;
            }
            // What is silent for all who look from inside.
            Block::Silent | Block::Partition | Block::Loss => {
                gate.silence(true);
                sleep(time).await;
                gate.silence(false);
            }
        }
        Ok(())
    }

    async fn toll(&self, node: usize, toll: Option<Toll>) -> Result<(), TortureError> {
        let mut tolls = self.tolls.lock().await;
        match toll {
            Some(toll) => tolls.insert(node, toll),
            None => tolls.remove(&node),
        };
        let wire = |(node, toll): (&usize, &Toll)| {
            let gate = self.gates.get(*node)?;
            Some((gate.land.wire.as_deref()?, gate.ports.as_slice(), *toll))
        };
        land::toll(&tolls.iter().filter_map(wire).collect::<Vec<_>>()).await
    }

    /// What Redis and PostgreSQL wrote to their logs.
    pub(crate) fn logs(&self) -> String {
        format!("{}\n== PostgreSQL\n{}", self.redis.log(), self.postgres.log())
    }
}

/// A busy machine may not answer in time what is asked while servers start.
fn patiently<T>(start: impl Fn() -> Result<T, ServiceError>) -> Result<T, ServiceError> {
    start().or_else(|_| start()).or_else(|_| start())
}

/// Work that waits for other programs.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
) -> Result<T, TortureError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(error) => unexpected(format!("work broke down: {error}")),
    }
}
