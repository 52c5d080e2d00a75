//! The web app, embedded in the binary: its files, and its page for every address that is the app's own.

use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};
use tideboard_model::ProblemCode;

use super::problem::ApiError;

#[derive(RustEmbed)]
#[folder = "../../web/app/dist"]
struct App;

/// Where the web build puts files whose names hold a hash of their content.
const HASHED: &str = "assets/";
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");

/// What is served instead of the app where the binary was built without it.
const PLACEHOLDER: &str = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Tideboard</title>\
    </head><body><h1>Tideboard is running</h1><p>This binary was built without the web app. Run <code>make build\
    </code>, then start <code>target/release/tideboard</code>.</p></body></html>\n";

/// Answers whatever no handler answers: a file, the app's page, or "not found".
pub(crate) async fn serve(request: Request) -> Response {
    let not_found = || ApiError::new(ProblemCode::NotFound, "there is nothing at this address").into_response();
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return not_found();
    }
    let path = request.uri().path().trim_start_matches('/');
    if let Some(response) = file(path, request.headers()) {
        return response;
    }
    if !is_app_route(request.uri(), request.headers()) {
        return not_found();
    }
    file("index.html", request.headers()).unwrap_or_else(placeholder)
}

/// A file of the app, packed if there is a packed form and the client takes it.
pub(crate) fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    let kind = media_type(path)?;
    let plain = App::get(path)?;
    let etag = etag(&plain);
    let packed = accepts_gzip(headers).then(|| App::get(&format!("{path}.gz"))).flatten();
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| Some(known) == etag.as_ref()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let is_packed = packed.is_some();
        let mut response = Body::from(packed.unwrap_or(plain).data.into_owned()).into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        if is_packed {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::CACHE_CONTROL, if path.starts_with(HASHED) { FOREVER } else { ASK_AGAIN });
    if let Some(etag) = etag {
        headers.insert(header::ETAG, etag);
    }
    Some(response)
}

/// Addresses that the app itself resolves: someone opens a page there, and no interface of ours lives there.
fn is_app_route(uri: &Uri, headers: &HeaderMap) -> bool {
    let path = uri.path();
    let is_interface = ["/api", "/socket.io", "/assets"]
        .iter()
        .any(|root| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
    let looks_like_a_file = path.rsplit('/').next().is_some_and(|name| name.contains('.'));
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let wants_a_page = accept.is_none_or(|accept| accept.contains("text/html") || accept.contains("*/*"));
    !is_interface && !looks_like_a_file && wants_a_page
}

fn placeholder() -> Response {
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, ASK_AGAIN)], PLACEHOLDER).into_response()
}

/// The media type of every kind of file that the web build makes; nothing else is served.
fn media_type(path: &str) -> Option<&'static str> {
    let (_, extension) = path.rsplit('/').next()?.rsplit_once('.')?;
    Some(match extension {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "webp" => "image/webp",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => return None,
    })
}

fn etag(file: &EmbeddedFile) -> Option<HeaderValue> {
    let hash = file.metadata.sha256_hash();
    let digits: String = hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    // Weak: packed and plain are two spellings of the same content.
    HeaderValue::from_str(&format!("W/\"{digits}\"")).ok()
}

fn accepts_gzip(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|line| line.to_str().ok());
    offers.flat_map(|line| line.split(',')).any(|offer| {
        let mut parts = offer.split(';').map(str::trim);
        parts.next() == Some("gzip") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_app_fall_back_to_it() {
        let html = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("text/html,*/*;q=0.8"))]);
        let json = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static("application/json"))]);
        for (path, headers, expected) in [
            ("/", &html, true),
            ("/sign-in", &html, true),
            ("/d/this-machine", &html, true),
            ("/apiary", &html, true),
            ("/d/this-machine", &json, false),
            ("/api", &html, false),
            ("/api/v1/nothing", &html, false),
            ("/socket.io/", &html, false),
            ("/assets/gone", &html, false),
            ("/favicon.ico", &html, false),
        ] {
            assert_eq!(is_app_route(&path.parse().unwrap(), headers), expected, "{path}");
        }
    }

    #[test]
    fn gzip_is_sent_to_those_who_take_it() {
        for (offer, expected) in [
            ("gzip", true),
            ("br, gzip;q=0.5", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("br", false),
            ("x-gzip2", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(offer))]);
            assert_eq!(accepts_gzip(&headers), expected, "{offer}");
        }
    }

    #[test]
    fn paths_lead_nowhere_else() {
        for path in ["../Cargo.toml", "../../../etc/passwd", "index.html/..", "", "assets/"] {
            assert!(file(path, &HeaderMap::new()).is_none(), "{path}");
        }
    }
}
