//! Opening: what is there is looked at before anything is written.

use std::sync::Arc;

use redis::Cmd;

use crate::RedisError;
use crate::address::{Address, Topology};
use crate::answer::text;
use crate::layout::{Layout, VERSION};
use crate::link::{Connector, Link};
use crate::pages::one;
use crate::reads::Reads;
use crate::routes::Routes;
use crate::settings::Acknowledge;
use crate::slot::Slot;
use crate::trouble::Trouble;

/// Partitions of a Cluster: enough to spread, few enough to ask each.
const CLUSTER_PARTITIONS: u16 = 64;

/// What a log is built on.
pub(crate) struct Established {
    pub(crate) layout: Layout,
    pub(crate) routes: Routes,
    pub(crate) reads: Reads,
}

pub(crate) async fn establish(
    address: Address,
    acknowledge: Acknowledge,
    prefix: String,
    ca: Option<Vec<u8>>,
) -> Result<Established, RedisError> {
    let partitions = match &address.topology {
        Topology::Single(_) | Topology::Sentinel { .. } => 1,
        Topology::Cluster(_) => CLUSTER_PARTITIONS,
    };
    let (routes, reads) =
        (Routes::new(Connector { address: Arc::new(address), ca: ca.map(Into::into), acknowledge }), Reads::default());
    let layout = Layout { prefix, partitions };
    check_layout(&layout, &routes, &reads).await?;
    Ok(Established { layout, routes, reads })
}

/// Written once, by whoever comes first.
async fn check_layout(layout: &Layout, routes: &Routes, reads: &Reads) -> Result<(), RedisError> {
    let (key, supported) = (layout.layout(), format!("version {VERSION}, {} partitions", layout.partitions));
    let question = |_: &Link| {
        let (mut set, mut get) = (Cmd::new(), Cmd::new());
        set.arg("SET").arg(&key).arg(&supported).arg("NX");
        get.arg("GET").arg(&key);
        let mut pipeline = one(set);
        pipeline.add_command(get);
        pipeline
    };
    let unreachable = |trouble| match trouble {
        Trouble::Unfit(unfit) => unfit.into(),
        Trouble::Lost(_)
        | Trouble::Later(_)
        | Trouble::Moved
        | Trouble::Ask(_)
        | Trouble::Full
        | Trouble::Refused(_) => RedisError::Unreachable(trouble.reason()),
    };
    let answers = reads.ask(routes, Slot::of(&key), question).await.map_err(unreachable)?;
    let found = answers.get(1).map_or(Ok(None), text).map_err(unreachable)?.unwrap_or_default();
    if found == supported {
        return Ok(());
    }
    Err(RedisError::OtherLayout { prefix: layout.prefix.clone(), found: found.to_owned(), supported })
}
