use tideboard_server::config::Key;

use crate::harness::{Request, Running};

#[test]
fn every_answer_keeps_browsers_on_a_short_leash() {
    let server = Running::start();
    let access = server.sign_in();
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/api/v1/session"),
        ("GET", "/api/v1/nothing"),
        ("GET", "/healthz"),
        ("PATCH", "/healthz"),
        ("GET", "/nothing.js"),
        ("GET", "/socket.io/?EIO=4&transport=polling"),
    ] {
        let answer = server.send(&Request::new(method, path).bearer(&access));
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
        if path.starts_with("/api") {
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        }
    }
}

#[test]
fn pages_are_framed_by_nobody_or_by_those_that_are_listed() {
    let page = || Request::new("GET", "/").header("accept", "text/html");
    let server = Running::start();
    let answer = server.send(&page());
    assert_eq!(answer.header("x-frame-options"), "DENY");
    assert!(answer.header("content-security-policy").contains("; frame-ancestors 'none';"), "{answer:?}");
    let open = Running::with(&[(Key::FrameAncestors, "https://wiki.example, http://127.0.0.1:3000/")]);
    let answer = open.send(&page());
    assert_eq!(answer.header("x-frame-options"), "");
    let expected = "; frame-ancestors 'self' https://wiki.example http://127.0.0.1:3000;";
    assert!(answer.header("content-security-policy").contains(expected), "{answer:?}");
    let again = open.send(&page().header("if-none-match", answer.header("etag")));
    assert_eq!((again.status, again.header("x-frame-options")), (304, ""), "else the kept page would get it");
    let data = open.send(&Request::new("GET", "/healthz"));
    assert_eq!(data.header("x-frame-options"), "DENY", "data is no page");
    assert!(data.header("content-security-policy").contains("frame-ancestors 'none'"), "{data:?}");
}

/// The headers of "not modified" replace those of the page that the browser has kept.
#[test]
fn a_page_that_is_kept_keeps_its_policy() {
    let server = Running::start();
    let page = || Request::new("GET", "/").header("accept", "text/html");
    let etag = server.send(&page()).header("etag").to_owned();
    let again = server.send(&page().header("if-none-match", &etag));
    assert_eq!((again.status, again.header("content-security-policy")), (304, ""), "etag {etag}");
}

#[test]
fn the_page_may_connect_to_its_own_server_alone() {
    let server = Running::start();
    let policy = server.send(&Request::new("GET", "/").header("accept", "text/html"));
    let expected = format!("connect-src 'self' ws://{}", server.address);
    assert!(policy.header("content-security-policy").ends_with(&expected), "{policy:?}");
    let behind = Running::with(&[(Key::PublicUrl, "https://board.example")]);
    let answer = behind.send(&Request::new("GET", "/").header("accept", "text/html"));
    assert!(answer.header("content-security-policy").ends_with("connect-src 'self' wss://board.example"));
    assert!(!answer.header("strict-transport-security").is_empty());
}

#[test]
fn behind_tls_the_cookie_is_bound_to_the_host() {
    let server = Running::with(&[(Key::PublicUrl, "https://board.example")]);
    let session = server.begin(&format!(r#"{{"token":"{}"}}"#, server.token));
    assert!(session.cookie.starts_with("__Host-tideboard_session="), "{}", session.cookie);
    let refresh = Request::new("POST", "/api/v1/session/refresh").header("cookie", &session.cookie).change();
    assert_eq!(server.send(&refresh).status, 200);
}

#[test]
fn the_apps_own_addresses_show_its_page() {
    let server = Running::start();
    for path in ["/", "/sign-in", "/d/this-machine"] {
        let answer = server.send(&Request::new("GET", path).header("accept", "text/html"));
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        assert!(answer.body.to_lowercase().starts_with("<!doctype html>"), "{path}");
    }
}

#[test]
fn what_is_not_there_is_a_problem() {
    let server = Running::start();
    for path in ["/api/v1/nothing", "/api", "/nothing.js", "/assets/nothing", "/../../Cargo.toml"] {
        server.send(&Request::new("GET", path).header("accept", "text/html")).problem(404, "not_found");
    }
    let answer = server.send(&Request::new("PUT", "/healthz"));
    answer.problem(405, "method_not_allowed");
    assert!(answer.header("allow").contains("GET"), "{answer:?}");
}

#[test]
fn a_healthy_server_says_so() {
    let server = Running::start();
    for path in ["/healthz", "/readyz"] {
        let answer = server.send(&Request::new("GET", path));
        assert_eq!((answer.status, answer.body.as_str()), (200, r#"{"status":"ok"}"#));
    }
}
