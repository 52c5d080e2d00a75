//! Real servers for tests: Redis (single, Sentinel, Cluster), PostgreSQL, HAProxy and nginx from Debian's packages, each on
//! a free loopback port with its data in a folder of its own, ready when `start` returns and gone when dropped. It knows
//! nothing of Tideboard. Start reading at [`Redis`]; how nothing is left behind is told in `folder.rs`.

mod certificates;
mod error;
mod folder;
mod haproxy;
mod nginx;
mod port;
mod postgres;
mod process;
mod program;
mod proxy;
mod redis;
mod replaced;
mod server;
mod wait;

pub use certificates::Certificates;
pub use error::ServiceError;
pub use haproxy::HaProxy;
pub use nginx::Nginx;
pub use port::Port;
pub use postgres::{Postgres, PostgresBuilder};
pub use redis::{AppendFsync, LostTail, Redis, RedisBuilder, RedisCluster, Sentinel};
pub use replaced::replaced;
