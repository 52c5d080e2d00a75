//! The service behind the shop: requests and errors.

use super::generator::Moment;
use super::incident::{failure, slowdown};

/// What is known of a route.
struct Route {
    name: &'static str,
    service: &'static str,
    weight: f64,
    /// Median latency in milliseconds, and its spread.
    latency_ms: (f64, f64),
    /// Median size of an answer in bytes.
    bytes: f64,
}

const fn route(name: &'static str, service: &'static str, weight: f64, latency_ms: (f64, f64), bytes: f64) -> Route {
    Route { name, service, weight, latency_ms, bytes }
}

const ROUTES: [Route; 7] = [
    route("GET /products", "catalog", 30.0, (18.0, 0.45), 14_000.0),
    route("GET /search", "search", 24.0, (46.0, 0.60), 9_000.0),
    route("GET /cart", "cart", 16.0, (12.0, 0.40), 2_200.0),
    route("POST /cart", "cart", 11.0, (21.0, 0.45), 900.0),
    route("GET /recommendations", "recommendations", 9.0, (64.0, 0.55), 6_400.0),
    route("POST /checkout", "checkout", 6.0, (110.0, 0.50), 1_300.0),
    route("POST /payments", "payments", 4.0, (180.0, 0.55), 700.0),
];
const REGIONS: [(&str, f64); 3] = [("eu-west", 52.0), ("us-east", 33.0), ("ap-south", 15.0)];
/// What far regions add to every answer.
const DISTANCE: [(&str, f64); 3] = [("eu-west", 1.0), ("us-east", 1.15), ("ap-south", 1.6)];

const MESSAGES: [(&str, &[&str]); 6] = [
    ("catalog", &["price list is older than an hour", "image server answered 404"]),
    ("search", &["index shard 3 did not answer within 250 ms", "query has too many terms", "index is being rebuilt"]),
    ("cart", &["cart was changed in another tab", "item is out of stock"]),
    ("recommendations", &["model is warming up", "no history for this visitor"]),
    (
        "checkout",
        &["address check timed out", "payments answered 503, giving up after 3 tries", "stock could not be reserved"],
    ),
    (
        "payments",
        &["card network answered too late", "connection pool is exhausted", "amount differs from the order's"],
    ),
];

pub(super) fn add(moment: &mut Moment) {
    for _ in 0..moment.times(40.0) {
        request(moment);
    }
}

fn request(moment: &mut Moment) {
    let name = moment.dice.pick(&ROUTES.each_ref().map(|route| (route.name, route.weight)));
    let Some(route) = ROUTES.iter().find(|route| route.name == name) else { return };
    let region = moment.dice.pick(&REGIONS);
    let failing = failure(moment.incident, route.service);
    let status = if moment.dice.chance(0.004 + 0.55 * failing) {
        "5xx"
    } else if moment.dice.chance(0.028) {
        "4xx"
    } else {
        "2xx"
    };
    let distance = DISTANCE.iter().find(|(name, _)| *name == region).map_or(1.0, |(_, factor)| *factor);
    let slower = distance * slowdown(moment.incident, region) * (1.0 + 2.0 * failing);
    let latency = slower * moment.dice.log_normal(route.latency_ms.0, route.latency_ms.1);
    let bytes = if status == "2xx" { moment.dice.log_normal(route.bytes, 0.35) } else { 180.0 };
    let draft = moment.draft("api.requests").tag("route", name).tag("status", status).tag("region", region);
    moment.add(draft.number("latency_ms", (latency * 10.0).round() / 10.0).number("bytes", bytes.round()));
    if status == "5xx" || moment.dice.chance(0.012) {
        let level = if status == "5xx" { "error" } else { "warn" };
        error(moment, route.service, level);
    }
}

fn error(moment: &mut Moment, service: &'static str, level: &'static str) {
    let messages = MESSAGES.iter().find(|(name, _)| *name == service).map_or(&[][..], |(_, messages)| messages);
    let message = moment.dice.zipf(messages);
    let draft = moment.draft("api.errors").tag("service", service).tag("level", level);
    moment.add(draft.text("message", message));
}
