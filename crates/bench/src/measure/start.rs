//! From the start of the process to a chart that moves.

use serde_json::json;

use super::Subject;
use crate::error::{BenchError, Trying};
use crate::report::{Figure, Target};
use crate::server::{HostMetrics, Server};

/// A chart moves once a second frame has brought values of the processor's load.
pub(super) async fn measure(subject: &Subject) -> Result<Vec<Figure>, BenchError> {
    let server = Server::start(&subject.binary, HostMetrics::On).await?;
    let serves = server.started.elapsed().as_secs_f64();
    let query = json!({"stream": "host.cpu", "shape": "series", "range": {"last": 300_000}, "bucket": 1_000,
                       "groupBy": ["core"], "measures": [{"fn": "avg", "field": "busy"}]});
    let mut viewer = server.sign_in().await?.watch(&[query]).await?;
    let mut with_values = 0;
    while with_values < 2 {
        let (_, text) = viewer.frame().await?;
        // The first frame may say that the stream does not exist yet.
        with_values += u32::from(text.contains("\"host.cpu\""));
    }
    let moves = server.started.elapsed().as_secs_f64();
    let file = &subject.binary;
    let size = std::fs::metadata(file).trying(format!("reading {}", file.display()))?.len();
    Ok(vec![
        Figure::new("size of the binary, web app in it", size as f64 / 1024.0 / 1024.0, "MiB"),
        Figure::new("start, process → it serves", serves, "s"),
        Figure::new("start, process → a chart moves", moves, "s").target(Target::AtMost(5.0)),
    ])
}
