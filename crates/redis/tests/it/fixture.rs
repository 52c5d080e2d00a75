//! Servers and logs for tests.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tideboard_log::Options;
use tideboard_redis::{RedisLog, Settings};
use tideboard_services::Redis;

/// A server that tests share while any of them runs; each keeps to a prefix of its own.
pub(crate) fn shared_redis() -> Arc<Redis> {
    static SHARED: Mutex<Weak<Redis>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let redis = Arc::new(Redis::start().unwrap());
        *shared = Arc::downgrade(&redis);
        redis
    })
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
