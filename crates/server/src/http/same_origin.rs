//! Whose pages may speak to us with a browser's help.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use tideboard_model::ProblemCode;

use super::problem::ApiError;
use crate::app::AppState;
use crate::config::{Config, Origin};

/// Whether a request comes from no page at all, or from one of our own.
pub(crate) fn is_own(config: &Config, headers: &HeaderMap) -> bool {
    match origin(headers) {
        Claim::None => true,
        Claim::Of(origin) => own(config, headers, &origin),
        Claim::Unreadable => false,
    }
}

/// Whether a request comes from no page at all, from one of our own, or from one that the configuration lists.
pub(crate) fn may_connect(config: &Config, headers: &HeaderMap) -> bool {
    match origin(headers) {
        Claim::None => true,
        Claim::Of(origin) => own(config, headers, &origin) || config.allowed_origins.contains(&origin),
        Claim::Unreadable => false,
    }
}

/// Refuses socket connections, polling and WebSocket alike, from pages that may not connect: CORS does not cover
/// WebSocket.
pub(crate) async fn sockets(State(app): State<AppState>, request: Request, next: Next) -> Result<Response, ApiError> {
    if request.uri().path().starts_with("/socket.io") && !may_connect(&app.config, request.headers()) {
        return Err(ApiError::new(
            ProblemCode::Forbidden,
            "pages of this origin may not connect: list it under allowed_origins",
        ));
    }
    Ok(next.run(request).await)
}

enum Claim {
    None,
    Of(Origin),
    /// `null`, several, or no origin at all.
    Unreadable,
}

fn origin(headers: &HeaderMap) -> Claim {
    let mut lines = headers.get_all(header::ORIGIN).into_iter();
    match (lines.next(), lines.next()) {
        (None, _) => Claim::None,
        (Some(line), None) => line.to_str().ok().and_then(Origin::parse).map_or(Claim::Unreadable, Claim::Of),
        (Some(_), Some(_)) => Claim::Unreadable,
    }
}

/// The configured address; without one, whatever address the browser believes to speak to. That a name of someone
/// else's points here (DNS rebinding) gains nothing: its pages have no cookie of ours.
fn own(config: &Config, headers: &HeaderMap, origin: &Origin) -> bool {
    config.own_origin(headers).is_some_and(|own| own == *origin)
}

/// The address under which whoever asks reaches this server; for links that are handed on.
pub(crate) fn own_address(config: &Config, headers: &HeaderMap) -> String {
    config.own_origin(headers).map_or_else(|| format!("http://{}", config.listen), |own| own.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Raw;

    fn config(public: Option<&str>, allowed: &[&str]) -> Config {
        let mut config = Config::resolve(&Raw::default()).unwrap();
        config.public_url = public.and_then(Origin::parse);
        config.allowed_origins = allowed.iter().filter_map(|text| Origin::parse(text)).collect();
        config
    }

    fn headers(origins: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::from_iter([(header::HOST, "good.com:8433".parse().unwrap())]);
        for origin in origins {
            headers.append(header::ORIGIN, origin.parse().unwrap());
        }
        headers
    }

    #[test]
    fn only_the_exact_origin_is_own() {
        let config = config(None, &["https://friend.com"]);
        for (origins, own, connect) in [
            (&[][..], true, true),
            (&["http://good.com:8433"], true, true),
            (&["HTTP://GOOD.com:8433"], true, true),
            (&["https://friend.com"], false, true),
            (&["http://friend.com"], false, false),
            (&["https://friend.com.evil.com"], false, false),
            (&["http://good.com"], false, false),
            (&["https://good.com:8433"], false, false),
            (&["null"], false, false),
            (&["http://good.com:8433", "http://good.com:8433"], false, false),
        ] {
            assert_eq!(is_own(&config, &headers(origins)), own, "{origins:?}");
            assert_eq!(may_connect(&config, &headers(origins)), connect, "{origins:?}");
        }
    }

    #[test]
    fn a_public_address_is_the_only_own_one() {
        let config = config(Some("https://board.example"), &[]);
        assert!(is_own(&config, &headers(&["https://board.example"])));
        assert!(!is_own(&config, &headers(&["http://good.com:8433"])));
    }
}
