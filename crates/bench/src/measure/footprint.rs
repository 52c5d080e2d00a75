//! Resident memory: idle, and with one viewer of the first dashboard.

use std::time::Duration;

use serde_json::Value;

use super::{Effort, Subject};
use crate::error::{BenchError, Trying};
use crate::process;
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server};

const TIME: Duration = Duration::from_secs(10);
const MIB: f64 = 1024.0 * 1024.0;

/// A server as installed, before and while someone watches this machine.
pub(super) async fn measure(subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
    let (server, time) = (Server::start(&subject.binary, HostMetrics::On).await?, effort.time(TIME));
    tokio::time::sleep(Duration::from_secs(5)).await;
    let idle = process::resident(server.pid())? as f64 / MIB;
    let cpu = process::cpu(server.pid())?;
    let mut viewer = server.sign_in().await?.watch(&queries(subject)?).await?;
    viewer.receive_for(time).await?;
    let watched = process::resident(server.pid())? as f64 / MIB;
    let cpu = process::cpu(server.pid())?.saturating_sub(cpu).as_secs_f64();
    let of_processor = cpu / time.as_secs_f64() * 100.0;
    Ok(vec![
        Figure::new("memory, idle for 5 s", idle, "MiB").target(Target::AtMost(50.0)),
        Figure::new("memory, one viewer of “This machine”", watched, "MiB").target(Target::AtMost(50.0)),
        Figure::new("processor, one viewer of “This machine”", of_processor, "% of one"),
        Figure::new("traffic, one viewer of “This machine”", viewer.bytes() as f64 / time.as_secs_f64(), "bytes/s"),
    ])
}

/// All queries of the dashboard.
fn queries(subject: &Subject) -> Result<Vec<Value>, BenchError> {
    let file = &subject.dashboard;
    let text = std::fs::read_to_string(file).trying(format!("reading {}", file.display()))?;
    let dashboard: Value = serde_json::from_str(&text)?;
    let widgets = dashboard.get("widgets").and_then(Value::as_array).into_iter().flatten();
    let queries = widgets.filter_map(|widget| widget.get("queries")?.as_object()).flat_map(|queries| queries.values());
    Ok(queries.cloned().collect())
}
