use serde_json::Value;
use tideboard_server::config::Key;

use crate::harness::{Request, Running};

/// Addresses that answer without a session or a key. Whatever is not here must refuse.
const OPEN: [(&str, &str); 9] = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/.well-known/jwks.json"),
    ("POST", "/api/v1/session"),
    ("POST", "/api/v1/session/refresh"),
    ("POST", "/api/v1/session/reset-info"),
    ("POST", "/api/v1/session/reset"),
    ("POST", "/api/v1/invites/info"),
    ("POST", "/api/v1/invites/accept"),
];

fn documented(server: &Running) -> Vec<(String, String)> {
    let document = server.send(&Request::new("GET", "/api/openapi.json").bearer(&server.key));
    assert_eq!(document.status, 200);
    let document: Value = document.json();
    let mut routes = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys().filter(|key| *key != "parameters") {
            routes.push((method.to_uppercase(), path.replace("{id}", "some-id")));
        }
    }
    routes
}

#[test]
fn nothing_but_the_open_addresses_answers_a_stranger() {
    let server = Running::with(&[(Key::TrustedProxies, "127.0.0.1")]);
    // By itself the cookie opens nothing: a page of another origin could make a browser send it.
    let session = server.begin(&format!(r#"{{"token":"{}"}}"#, server.token));
    let routes = documented(&server);
    assert!(routes.len() > 15, "{routes:?}");
    for (number, (method, path)) in routes.iter().enumerate() {
        if OPEN.contains(&(method.as_str(), path.as_str())) {
            continue;
        }
        for stranger in [
            Request::new(method, path),
            Request::new(method, path).change().json("{}"),
            Request::new(method, path).bearer("tb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            Request::new(method, path).bearer("nonsense"),
            Request::new(method, path).header("cookie", &session.cookie).change(),
        ] {
            // From an address each: one stranger would be slowed down.
            let answer = server.send(&stranger.header("x-forwarded-for", &format!("192.0.2.{number}")));
            answer.problem(401, "unauthorized");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        }
    }
}

#[test]
fn strangers_are_slowed_down_by_address_and_whoever_has_a_key_is_not() {
    let server = Running::with(&[(Key::TrustedProxies, "127.0.0.0/8,::1")]);
    let from = |address: &str| Request::new("GET", "/api/openapi.json").header("x-forwarded-for", address);
    let wrong = |address: &str| server.send(&from(address).bearer("tb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    // Slow machines give some back: one a second.
    let refused = (0..1_000).map(|_| wrong("192.0.2.7")).position(|answer| answer.status == 429).unwrap();
    assert!(refused >= 60, "{refused}");
    let answer = (0..10).map(|_| server.send(&from("192.0.2.7"))).find(|answer| answer.status == 429).unwrap();
    answer.problem(429, "rate_limited");
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(server.send(&from("192.0.2.7").bearer(&server.key)).status, 200);
    wrong("192.0.2.8").problem(401, "unauthorized");
    wrong("192.0.2.7, 192.0.2.8").problem(401, "unauthorized");
}

#[test]
fn nobody_escapes_by_claiming_to_come_from_elsewhere() {
    let server = Running::start();
    let attempt = |number: u32| {
        let request = Request::new("GET", "/metrics").header("x-forwarded-for", &format!("192.0.2.{number}"));
        server.send(&request.header("forwarded", &format!("for=192.0.2.{number}"))).status
    };
    assert!((0..250).map(attempt).any(|status| status == 429));
}

#[test]
fn a_key_opens_nothing_but_ingest_and_what_watches_the_server() {
    let server = Running::start();
    let for_keys =
        [("POST", "/api/v1/events"), ("POST", "/api/v2/write"), ("GET", "/metrics"), ("GET", "/api/openapi.json")];
    for (method, path) in documented(&server) {
        let route = (method.as_str(), path.as_str());
        if OPEN.contains(&route) || for_keys.contains(&route) {
            continue;
        }
        let answer = server.send(&Request::new(&method, &path).bearer(&server.key).json("{}"));
        answer.problem(403, "forbidden");
    }
}

#[test]
fn what_the_cookie_opens_needs_our_own_page() {
    let server = Running::start();
    let session = server.begin(&format!(r#"{{"token":"{}"}}"#, server.token));
    let own = format!("http://{}", server.address);
    let refresh = |marked: bool, origin: Option<&str>| {
        let mut request = Request::new("POST", "/api/v1/session/refresh").header("cookie", &session.cookie);
        if marked {
            request = request.change();
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        server.send(&request)
    };
    refresh(false, None).problem(403, "forbidden");
    refresh(false, Some(&own)).problem(403, "forbidden");
    for origin in ["null", "http://evil.example", &own.replace("http:", "https:"), &format!("{own}0")] {
        refresh(true, Some(origin)).problem(403, "forbidden");
    }
    assert_eq!(refresh(true, Some(&own)).status, 200);
    assert_eq!(refresh(true, None).status, 200, "an answer may have been lost: the same again");
}

#[test]
fn pages_of_other_origins_open_no_sockets() {
    let server = Running::start();
    let own = format!("http://{}", server.address);
    let poll = |origin: &str| {
        let request = Request::new("GET", "/socket.io/?EIO=4&transport=polling").header("origin", origin);
        server.send(&request).status
    };
    assert_ne!(poll(&own), 403);
    for origin in ["null", "http://evil.example", &format!("{own}.evil.example"), &own.replace("http:", "https:")] {
        assert_eq!(poll(origin), 403, "{origin}");
    }
}
