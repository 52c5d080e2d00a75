//! The laws of every log, on one Redis and on a Cluster.

use std::sync::Arc;

use tideboard_log::{BoxFuture, Log, Options};
use tideboard_log_laws::{Kind, Place};

use crate::fixture::{open, settings, shared_cluster, shared_redis};

/// One Redis.
struct Single;

impl Kind for Single {
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)> {
        Box::pin(async move {
            let redis = shared_redis();
            let log = open(&settings(redis.url()), options).await;
            (log as Arc<dyn Log>, Box::new(redis) as Place)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

/// A Cluster.
struct Cluster;

impl Kind for Cluster {
    fn begin(&self, options: Options) -> BoxFuture<'_, (Arc<dyn Log>, Place)> {
        Box::pin(async move {
            let cluster = shared_cluster();
            let log = open(&settings(cluster.url()), options).await;
            (log as Arc<dyn Log>, Box::new(cluster) as Place)
        })
    }

    fn is_shared(&self) -> bool {
        true
    }
}

tideboard_log_laws::laws!(single, Single);
tideboard_log_laws::laws!(cluster, Cluster);
