//! The request that opens a connection, cut down to what is needed: a connection keeps it for as long as it lasts.

use axum::extract::Request;
use axum::http::header::{
    CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;

const PATH: &str = "/socket.io/";
/// What the transports look at.
const NEEDED: [HeaderName; 6] =
    [CONNECTION, UPGRADE, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, CONTENT_TYPE, CONTENT_LENGTH];

/// Hands on requests for sockets without what nobody needs any more, cookies among it.
pub(crate) async fn trim(mut request: Request, next: Next) -> Response {
    if request.uri().path() == PATH {
        let (uri, headers) = (own(request.uri()), needed(request.headers()));
        *request.headers_mut() = headers;
        if let Some(uri) = uri {
            *request.uri_mut() = uri;
        }
    }
    next.run(request).await
}

/// Address and headers are slices of the buffer that they were read into, 8 KiB, and would keep it whole.
fn own(uri: &Uri) -> Option<Uri> {
    uri.path_and_query()?.as_str().parse().ok()
}

fn needed(headers: &HeaderMap) -> HeaderMap {
    let mut needed = HeaderMap::with_capacity(NEEDED.len());
    for name in NEEDED {
        if let Some(value) = headers.get(&name).and_then(|value| HeaderValue::from_bytes(value.as_bytes()).ok()) {
            needed.insert(name, value);
        }
    }
    needed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upgrade_keeps_its_key_and_loses_its_cookies() {
        let mut headers = HeaderMap::new();
        for name in ["cookie", "user-agent", "upgrade", "sec-websocket-key"] {
            headers.insert(name, HeaderValue::from_static("x"));
        }
        let kept: Vec<_> = needed(&headers).keys().map(ToString::to_string).collect();
        assert_eq!(kept.len(), 2);
        assert!(kept.contains(&"upgrade".to_owned()) && kept.contains(&"sec-websocket-key".to_owned()));
    }
}
