//! Headers that every answer carries.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::app::AppState;
use crate::config::Config;

/// What a page of ours may load: our own scripts, styles, pictures and sockets, and nothing else.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                           font-src 'self'; manifest-src 'self'; object-src 'none'; base-uri 'none'; \
                           form-action 'self'";
/// Data that someone opens as a page loads nothing at all.
const DATA_POLICY: &str = "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

const FIXED: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds the headers that keep browsers from doing more than they must.
pub(crate) async fn add(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let sockets = socket_sources(&app.config, request.headers());
    // Pages of other origins that may connect load the socket client's script from here.
    let shared = request.uri().path().starts_with("/socket.io/");
    let mut response = next.run(request).await;
    let not_modified = response.status() == StatusCode::NOT_MODIFIED;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, HeaderValue::from_static(value));
    }
    let resource = if shared { "cross-origin" } else { "same-origin" };
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static(resource));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if app.config.is_secure() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    // It knows no list of origins; and what was kept of a page must not get it by "not modified".
    let framed = !app.config.frame_ancestors.is_empty() && (not_modified || is_page(headers));
    if !framed {
        headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    if not_modified {
        // Its headers replace those of the kept page, whose policy is the right one.
        return response;
    }
    let policy = if is_page(headers) {
        let policy = page_policy(&app.config, &sockets);
        HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static(DATA_POLICY))
    } else {
        HeaderValue::from_static(DATA_POLICY)
    };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

fn page_policy(config: &Config, sockets: &str) -> String {
    let others = &config.frame_ancestors;
    let ancestors = if others.is_empty() { "'none'" } else { "'self'" };
    let others: String = others.iter().map(|origin| format!(" {origin}")).collect();
    format!("{PAGE_POLICY}; frame-ancestors {ancestors}{others}; connect-src 'self'{sockets}")
}

fn is_page(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

/// Our own address as a source of sockets: not every browser counts them to `'self'`.
fn socket_sources(config: &Config, headers: &HeaderMap) -> String {
    config
        .own_origin(headers)
        .and_then(|own| own.as_str().strip_prefix("http").map(|rest| format!(" ws{rest}")))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Origin, Raw};

    #[test]
    fn sockets_of_the_own_address_alone_are_allowed() {
        let mut config = Config::resolve(&Raw::default()).unwrap();
        let headers = |host: &str| HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        assert_eq!(socket_sources(&config, &headers("127.0.0.1:8433")), " ws://127.0.0.1:8433");
        assert_eq!(socket_sources(&config, &headers("a; script-src *")), "");
        assert_eq!(socket_sources(&config, &HeaderMap::new()), "");
        config.public_url = Origin::parse("https://board.example");
        assert_eq!(socket_sources(&config, &headers("other")), " wss://board.example");
    }
}
