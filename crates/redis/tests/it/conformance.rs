//! The laws of every log, on one Redis and on a Cluster.

use std::sync::Arc;

use tideboard_log::{BoxFuture, Log, Options};
use tideboard_log_laws::{Kind, Place};

use crate::fixture::{open, settings, shared_redis};

struct Single;

impl Kind for Single {
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)> {
        Box::pin(async move {
            let redis = shared_redis();
            let log = open(&settings(&redis.url()), options).await;
            (log as Arc<dyn Log>, Box::new(redis) as Place)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

tideboard_log_laws::laws!(single, Single);
