//! Servers and logs for tests.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tideboard_log::Options;
use tideboard_redis::{RedisLog, Settings};
use tideboard_services::{Redis, RedisCluster};

/// What tests share while any of them runs; each keeps to a prefix of its own.
struct Shared<T>(Mutex<Weak<T>>);

impl<T> Shared<T> {
    const fn new() -> Self {
        Self(Mutex::new(Weak::new()))
    }

    fn get(&self, start: impl FnOnce() -> T) -> Arc<T> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let started = Arc::new(start());
            *shared = Arc::downgrade(&started);
            started
        })
    }
}

/// One Redis.
pub(crate) fn shared_redis() -> Arc<Redis> {
    static SHARED: Shared<Redis> = Shared::new();
    SHARED.get(|| Redis::start().unwrap())
}

/// A Cluster.
pub(crate) fn shared_cluster() -> Arc<RedisCluster> {
    static SHARED: Shared<RedisCluster> = Shared::new();
    SHARED.get(|| RedisCluster::start().unwrap())
}

/// Settings for a log of its own on a server.
pub(crate) fn settings(url: &str) -> Settings {
    let mut settings = Settings::new(url).unwrap();
    settings.prefix = format!("test-{:016x}", getrandom::u64().unwrap());
    settings
}

pub(crate) async fn open(settings: &Settings, options: Options) -> Arc<RedisLog> {
    Arc::new(RedisLog::open(settings.clone(), options).await.unwrap())
}
