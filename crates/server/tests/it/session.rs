use tideboard_server::config::Key;

use crate::harness::{Request, Running};

fn attempt(server: &Running, token: &str) -> crate::harness::Answer {
    let body = serde_json::json!({ "token": token }).to_string();
    server.send(&Request::new("POST", "/api/v1/session").change().json(&body))
}

#[test]
fn a_sign_in_address_works_once() {
    let server = Running::start();
    let first = attempt(&server, &server.token);
    assert_eq!(first.status, 200);
    let cookie = first.header("set-cookie");
    for part in ["tideboard_session=tbf_", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "a plain-HTTP server would lock everyone out: {cookie}");
    assert_eq!(first.json()["user"]["role"], "owner");
    attempt(&server, &server.token).problem(401, "unauthorized");
}

#[test]
fn a_session_lasts_until_sign_out() {
    let server = Running::start();
    let access = server.sign_in();
    let current = || server.send(&Request::new("GET", "/api/v1/session").bearer(&access));
    let body = current().json();
    assert!(body["expiresAt"].as_i64().unwrap() > 1_700_000_000_000, "{body}");
    let out = server.send(&Request::new("DELETE", "/api/v1/session").bearer(&access));
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    current().problem(401, "unauthorized");
}

#[test]
fn guessing_links_is_slowed_down() {
    let server = Running::start();
    let wrong = "tbo_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let refused = (0..100).map(|_| attempt(&server, wrong)).find(|answer| answer.status != 401).unwrap();
    refused.problem(429, "rate_limited");
    assert!((1..=60).contains(&refused.header("retry-after").parse::<u64>().unwrap()), "{refused:?}");
    attempt(&server, &server.token).problem(429, "rate_limited");
}

#[test]
fn guessing_behind_a_proxy_slows_down_who_guesses_and_nobody_else() {
    let server = Running::with(&[(Key::TrustedProxies, "127.0.0.1")]);
    let wrong = "tbo_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let attempt = |address: &str, token: &str| {
        let request = Request::new("POST", "/api/v1/session").change().header("x-forwarded-for", address);
        server.send(&request.json(&serde_json::json!({ "token": token }).to_string()))
    };
    let guess = |number| attempt(&format!("192.0.2.{number}, 198.51.100.1"), wrong);
    assert!((0..100).map(guess).any(|answer| answer.status == 429));
    attempt("198.51.100.1", &server.token).problem(429, "rate_limited");
    assert_eq!(attempt("198.51.100.2", &server.token).status, 200);
}

#[test]
fn signing_in_takes_a_page_of_ours_and_a_valid_document() {
    let server = Running::start();
    let body = format!(r#"{{"token":"{}"}}"#, server.token);
    let post = || Request::new("POST", "/api/v1/session");
    server.send(&post().json(&body)).problem(403, "forbidden");
    server.send(&post().change().header("origin", "http://evil.example").json(&body)).problem(403, "forbidden");
    server.send(&post().change().body(&body)).problem(415, "unsupported_media_type");
    server.send(&post().change().json("{}")).problem(400, "invalid_input");
    server.send(&post().change().json("{")).problem(400, "invalid_input");
    server.send(&post().change().json(r#"{"token":"x","more":1}"#)).problem(400, "invalid_input");
    assert_eq!(server.send(&post().change().json(&body)).status, 200, "none of these used the token up");
}

#[test]
fn a_socket_token_is_short_lived_and_signed() {
    let server = Running::start();
    let access = server.sign_in();
    let request = Request::new("POST", "/api/v1/session/socket-token").bearer(&access);
    let body = server.send(&request).json();
    assert_eq!(body["expiresInSeconds"], 300);
    assert_eq!(body["token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(body["connectAfterMs"], 0, "nobody else comes");
}

#[test]
fn many_who_return_at_once_are_given_slots_one_after_another_and_then_sent_away() {
    let server = Running::with(&[(Key::ConnectsPerSecond, "1")]);
    let access = server.sign_in();
    let request = Request::new("POST", "/api/v1/session/socket-token").bearer(&access);
    let mut slots = Vec::new();
    // Slow machines give some back: a slot becomes free every second.
    let answer = loop {
        let answer = server.send(&request);
        if answer.status != 200 || slots.len() == 1_000 {
            break answer;
        }
        slots.push(answer.json()["connectAfterMs"].as_u64().unwrap());
    };
    answer.problem(503, "overloaded");
    assert_eq!(answer.header("retry-after"), "1");
    assert!(slots.len() >= 60, "a minute of slots is given out: {slots:?}");
    assert!(slots.is_sorted() && *slots.last().unwrap() <= 60_000, "{slots:?}");
}
