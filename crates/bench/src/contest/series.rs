//! More series in one view: a stream whose events differ in a tag, by which the view is grouped. Of Tideboard alone: a rival has
//! no views.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

use super::growth::{add, pace};
use super::measures;
use super::rival::Contestant;
use super::sample::Samples;
use crate::crowd::{connect, each};
use crate::error::BenchError;
use crate::held::{Held, Keeps};
use crate::http::Http;
use crate::measure::{Effort, Subject};
use crate::process;
use crate::server::{HostMetrics, Server};
use crate::viewer::Viewer;

const VIEWERS: usize = 100;
const PERIOD: Duration = Duration::from_millis(100);
const SERIES: [usize; 3] = [1, 10, 100];
const STREAM: &str = "many";

/// Each number of series, a process each.
pub(crate) async fn measure(samples: &mut Samples, subject: &Subject, effort: Effort) -> Result<(), BenchError> {
    let table = format!("more series: {VIEWERS} viewers of one widget, all its series move at 10 Hz");
    eprintln!("bench: {table}");
    for series in SERIES {
        let [cpu, bytes, share] = one(subject, effort, series).await?;
        let condition = format!("{series} series");
        for (measure, run) in [(measures::SERVER_CPU, cpu), (measures::BYTES, bytes), (measures::SERVER_SHARE, share)] {
            add(samples, &table, Contestant::Tideboard.name(), &condition, measure, run);
        }
    }
    Ok(())
}

/// Per viewer and second: processor time in microseconds, and bytes; and the share of one core in percent.
async fn one(subject: &Subject, effort: Effort, series: usize) -> Result<[f64; 3], BenchError> {
    let (server, pace) = (Server::start(&subject.binary, HostMetrics::Off).await?, pace(effort));
    let (http, header) = server.producer().await?;
    let producer = tokio::spawn(produce(http, header, series));
    let viewers = each(connect(&server.sign_in().await?, VIEWERS).await?, |mut viewer: Viewer| async move {
        viewer.grant_like_the_page();
        viewer.subscribe(&Held::new(&[query()], Keeps::Positions).subscribe()).await?;
        Ok(viewer)
    });
    let viewers = receive(viewers.await?, pace.settle).await?;
    let bytes = |viewers: &[Viewer]| viewers.iter().map(Viewer::bytes).sum::<u64>();
    let (cpu, before, start) = (process::precise(server.pid())?, bytes(&viewers), Instant::now());
    let viewers = receive(viewers, pace.time).await?;
    let (cpu, seconds) = (process::precise(server.pid())?.saturating_sub(cpu), start.elapsed().as_secs_f64());
    let came = bytes(&viewers) - before;
    producer.abort();
    let viewer_seconds = seconds * VIEWERS as f64;
    let cpu = cpu.as_secs_f64();
    Ok([cpu * 1e6 / viewer_seconds, came as f64 / viewer_seconds, cpu / seconds * 100.0])
}

fn query() -> Value {
    json!({"stream": STREAM, "shape": "series", "range": {"last": 60_000}, "bucket": 1_000, "groupBy": ["series"],
           "measures": [{"fn": "last", "field": "value"}]})
}

async fn receive(viewers: Vec<Viewer>, time: Duration) -> Result<Vec<Viewer>, BenchError> {
    each(viewers, |mut viewer: Viewer| async move { viewer.receive_for(time).await.map(|()| viewer) }).await
}

/// Until it is aborted.
async fn produce(mut http: Http, header: String, series: usize) -> Result<(), BenchError> {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for number in 0_u64.. {
        ticks.tick().await;
        let event = |series| json!({"stream": STREAM, "tags": {"series": format!("series-{series}")}, "fields": {"value": number}});
        let body: Value = (0..series).map(event).collect();
        http.post("/api/v1/events", &header, body.to_string().as_bytes()).await?.success()?;
    }
    Ok(())
}
