//! What viewers watch.

use serde_json::{Value, json};

const MINUTE_MS: u64 = 60_000;

/// Twelve views as people build dashboards: over each of these streams two series, a table and a feed.
pub(crate) const STREAMS: [&str; 3] = ["shop.orders", "shop.visits", "service.requests"];

/// The views of all shapes, by the viewer's names for them.
pub(crate) fn of_all_shapes() -> Vec<(String, Value)> {
    STREAMS
        .iter()
        .flat_map(|stream| {
            [
                json!({"stream": stream, "shape": "series", "range": {"last": 5 * MINUTE_MS}, "bucket": 1_000,
                       "measures": [{"fn": "count"}, {"fn": "avg", "field": "value"}]}),
                json!({"stream": stream, "shape": "series", "range": {"last": 5 * MINUTE_MS}, "bucket": 1_000,
                       "groupBy": ["region"], "measures": [{"fn": "sum", "field": "value"}, {"fn": "max", "field": "value"}]}),
                json!({"stream": stream, "shape": "table", "range": {"last": 60 * MINUTE_MS}, "groupBy": ["product"],
                       "measures": [{"fn": "sum", "field": "items"}, {"fn": "last", "field": "value"}]}),
                json!({"stream": stream, "shape": "feed", "limit": 20,
                       "where": [{"tag": "region", "op": "in", "values": ["region-0", "region-1"]}]}),
            ]
        })
        .enumerate()
        .map(|(number, query)| (format!("widget-{number}"), query))
        .collect()
}

/// The stream of a series' number.
pub(crate) fn series_stream(number: usize) -> String {
    format!("widget.{number}")
}

/// So many series, each of its own stream: the last minute by the second.
pub(crate) fn of_series(count: usize) -> Vec<(String, Value)> {
    let view = |number| {
        let query = json!({"stream": series_stream(number), "shape": "series", "range": {"last": MINUTE_MS},
                           "bucket": 1_000, "measures": [{"fn": "avg", "field": "value"}]});
        (format!("widget-{number}"), query)
    };
    (0..count).map(view).collect()
}
