//! What is counted and logged of every request: its route and its outcome, never its query or its headers.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{Extensions, HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument;

use super::forwarded;
use crate::app::AppState;
use crate::metrics::RequestLabels;

/// The address that a request came from: that of the other end of its connection, or whom a trusted proxy there names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    /// The address; one that nobody has if the request came over no connection.
    pub(crate) fn of(extensions: &Extensions) -> IpAddr {
        extensions.get::<Self>().map_or(Ipv4Addr::UNSPECIFIED.into(), |Self(address)| *address)
    }
}

/// Names the request, says where it came from, counts it, logs its outcome.
pub(crate) async fn observe(State(app): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = next_id();
    let method = method_name(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("(other)", MatchedPath::as_str).to_owned();
    let address = forwarded::client(Peer::of(request.extensions()), request.headers(), &app.config.trusted_proxies);
    request.extensions_mut().insert(Peer(address));
    let span = tracing::debug_span!("request", id, method, route, %address);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let seconds = started.elapsed().as_secs_f64();
    span.in_scope(|| tracing::debug!(status, ms = seconds * 1_000.0, "answered"));
    app.metrics.http_seconds.observe(seconds);
    app.metrics.http_requests.get_or_create(&RequestLabels { method, route, status }).inc();
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

/// Unique within the process, which is what searching a log for it needs.
fn next_id() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    format!("{:x}-{:x}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A label must not take arbitrary values.
fn method_name(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "(other)",
    }
}
