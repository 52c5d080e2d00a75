//! What nodes cost each other: Redis, PostgreSQL, and reading what others took in.

use std::time::Duration;

use super::super::{Effort, Subject};
use super::site::{Load, Site, Spent, of_stream, query};
use crate::error::BenchError;
use crate::scale::Redis;

const TIME: Duration = Duration::from_secs(10);
const NODES: usize = 3;
const STREAMS: u32 = 60;
const VIEWS: u64 = 11;
// As much as two cores carry with three nodes, Redis, PostgreSQL and the load beside each other.
const FEW: Load = Load { requests: 400, events: 1 };
const MANY: Load = Load { requests: 100, events: 200 };

/// What was found.
pub(super) struct Shared {
    pub(super) request_us: f64,
    pub(super) event_us: f64,
    pub(super) tail_append_us: f64,
    pub(super) tail_event_us: f64,
    pub(super) fold_append_us: f64,
    pub(super) fold_us: f64,
    pub(super) idle_us: f64,
    pub(super) attended_us: f64,
    pub(super) postgres_us: f64,
    pub(super) redis: Redis,
}

pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Shared, BenchError> {
    let time = effort.time(TIME);
    let site = Site::start(subject, NODES).await?;
    let rest = site.rest(time).await?;
    let viewers = site.watch(&[query(0)]).await?;
    let watching = site.rest(time).await?;
    let (few, many) = (site.under(FEW, time).await?, site.under(MANY, time).await?);
    // Quiet streams cost something where others move.
    let quiet: Vec<_> = (0..STREAMS).map(|number| of_stream(&format!("quiet.{number}"), 0)).collect();
    let more = site.watch(&quiet).await?;
    let attending = site.under(FEW, time).await?;
    drop((viewers, more));
    let viewers = site.watch(&(0..VIEWS).map(query).collect::<Vec<_>>()).await?;
    let folding = [site.under(FEW, time).await?, site.under(MANY, time).await?];
    drop(viewers);
    drop(site);
    let site = Site::start(subject, 1).await?;
    let viewers = site.watch(&[query(0)]).await?;
    let alone = [site.rest(time).await?, site.under(FEW, time).await?, site.under(MANY, time).await?];
    drop(viewers);

    let events = |load: Load| f64::from(load.events);
    // Of a request: what a load costs beyond rest, divided by the requests.
    let each = |spent: &Spent, rest: &Spent, of: fn(&Spent) -> f64| (of(spent) - of(rest)) / spent.requests;
    // Two points of a line: what does not depend on the events, and what each event costs.
    let line = |few: f64, many: f64| {
        let event = (many - few) / (events(MANY) - events(FEW));
        // What is lost in the noise comes out below nothing.
        ((few - event * events(FEW)).max(0.0), event.max(0.0))
    };
    let tail = |spent: &Spent| each(spent, &watching, |spent| spent.others);
    let whole = |spent: &Spent| each(spent, &watching, |spent| spent.first) - tail(spent);
    let [folding_few, folding_many] = &folding;
    let more = (VIEWS - 1) as f64;
    let (fold_append_us, fold_us) =
        line((tail(folding_few) - tail(&few)) / more, (tail(folding_many) - tail(&many)) / more);
    let (tailed_append_us, tailed_us) = line(tail(&few), tail(&many));
    let (request_us, event_us) = line(whole(&few), whole(&many));
    let (all_us, all_event_us) =
        line(each(&few, &watching, |spent| spent.redis), each(&many, &watching, |spent| spent.redis));
    let [rested, one_few, one_many] = &alone;
    let (one_us, one_event_us) =
        line(each(one_few, rested, |spent| spent.redis), each(one_many, rested, |spent| spent.redis));
    let others = (NODES - 1) as f64;
    let (wake_us, read_event_us) = ((all_us - one_us) / others, (all_event_us - one_event_us) / others);
    let grown = |spent: &Spent| spent.redis_bytes / (spent.requests * spent.seconds);
    let (append_bytes, event_bytes) = line(grown(one_few), grown(one_many));
    Ok(Shared {
        request_us,
        event_us,
        tail_append_us: (tailed_append_us - fold_append_us).max(0.0),
        tail_event_us: (tailed_us - fold_us).max(0.0),
        fold_append_us,
        fold_us,
        idle_us: rest.others,
        attended_us: (attending.others - few.others) / f64::from(STREAMS),
        postgres_us: rest.postgres / NODES as f64,
        redis: Redis {
            append_us: (one_us - wake_us).max(0.0),
            event_us: (one_event_us - read_event_us).max(0.0),
            wake_us,
            read_event_us,
            node_us: rest.redis / NODES as f64,
            attended_us: (attending.redis - few.redis) / NODES as f64 / f64::from(STREAMS),
            append_bytes,
            event_bytes,
        },
    })
}
