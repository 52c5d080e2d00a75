//! A dashboard as people build them: twelve widgets of all shapes over four streams, and the events behind it.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

/// The streams that the dashboard shows.
pub(crate) const STREAMS: [&str; 4] = ["shop.orders", "shop.visits", "service.requests", "machine.load"];

const MINUTE: u64 = 60_000;

/// Its twelve queries: five series, five tables, two feeds.
pub(crate) fn queries() -> Vec<Value> {
    let [orders, visits, requests, load] = STREAMS;
    let series = |stream: &str, by: &[&str], measures: Value| {
        json!({"stream": stream, "shape": "series", "range": {"last": 5 * MINUTE}, "bucket": 1_000, "groupBy": by,
               "measures": measures})
    };
    let table = |stream: &str, by: &[&str], measures: Value| json!({"stream": stream, "shape": "table", "range": {"last": 60 * MINUTE}, "groupBy": by, "measures": measures});
    vec![
        series(orders, &["region"], json!([{"fn": "count"}, {"fn": "sum", "field": "amount"}])),
        table(orders, &["product"], json!([{"fn": "sum", "field": "amount"}, {"fn": "count"}])),
        table(orders, &[], json!([{"fn": "sum", "field": "amount"}])),
        json!({"stream": orders, "shape": "feed", "range": {"last": 60 * MINUTE}, "limit": 20}),
        series(visits, &["device"], json!([{"fn": "count"}])),
        table(visits, &["page"], json!([{"fn": "count"}, {"fn": "avg", "field": "ms"}])),
        series(requests, &["service"], json!([{"fn": "avg", "field": "ms"}])),
        series(requests, &["status"], json!([{"fn": "count"}])),
        table(requests, &["service"], json!([{"fn": "count"}, {"fn": "max", "field": "ms"}])),
        json!({"stream": requests, "shape": "feed", "range": {"last": 60 * MINUTE}, "limit": 20,
               "where": [{"tag": "status", "op": "in", "values": ["error"]}]}),
        series(load, &["machine"], json!([{"fn": "avg", "field": "busy"}])),
        table(load, &["machine"], json!([{"fn": "last", "field": "busy"}, {"fn": "max", "field": "busy"}])),
    ]
}

/// The event of this number: the streams take turns, tags and values vary.
pub(crate) fn event(number: u64) -> Value {
    let turn = number / STREAMS.len() as u64;
    // A step without common factors with the tags' values visits them in no simple order.
    let mixed = turn.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
    let one_of = |name: &str, values: u64, salt: u64| format!("{name}-{}", (mixed >> salt) % values);
    let value = (mixed % 10_000) as f64 / 100.0;
    match number % STREAMS.len() as u64 {
        0 => json!({"stream": "shop.orders", "fields": {"amount": value, "items": mixed % 5},
                    "tags": {"region": one_of("region", 4, 3), "product": one_of("product", 8, 7)}}),
        1 => json!({"stream": "shop.visits", "fields": {"ms": value},
                    "tags": {"page": one_of("page", 6, 3), "device": one_of("device", 3, 7)}}),
        2 => json!({"stream": "service.requests", "fields": {"ms": value, "bytes": mixed % 5_000},
                    "tags": {"service": one_of("service", 6, 3),
                             "status": if mixed.is_multiple_of(10) { "error" } else { "ok" }}}),
        _ => json!({"stream": "machine.load", "fields": {"busy": value},
                    "tags": {"machine": one_of("machine", 8, 3)}}),
    }
}

/// Events spread over the time before now, as a body to post: what a dashboard finds when it is opened.
pub(crate) fn past(events: u64, milliseconds: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let now = u64::try_from(now).unwrap_or(u64::MAX);
    let dated = (0..events).map(|number| {
        let mut event = event(number);
        if let Some(event) = event.as_object_mut() {
            event.insert("time".to_owned(), json!(now - milliseconds + number * milliseconds / events));
        }
        event
    });
    Value::from_iter(dated).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_take_turns() {
        let streams: Vec<_> = (0..8).map(|number| event(number)["stream"].as_str().unwrap().to_owned()).collect();
        assert_eq!(streams[..4], STREAMS);
        assert_eq!(streams[4..], STREAMS);
    }

    #[test]
    fn every_widget_shows_one_of_the_streams() {
        let queries = queries();
        assert_eq!(queries.len(), 12);
        assert!(queries.iter().all(|query| STREAMS.contains(&query["stream"].as_str().unwrap())));
    }
}
