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
    for part in ["tideboard_session=tbs_", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "a plain-HTTP server would lock everyone out: {cookie}");
    assert_eq!(first.json()["user"]["role"], "owner");
    attempt(&server, &server.token).problem(401, "unauthorized");
}

#[test]
fn a_session_lasts_until_sign_out() {
    let server = Running::start();
    let cookie = server.sign_in();
    let current = || server.send(&Request::new("GET", "/api/v1/session").header("cookie", &cookie));
    let body = current().json();
    assert!(body["expiresAt"].as_i64().unwrap() > 1_700_000_000_000, "{body}");
    let out = server.send(&Request::new("DELETE", "/api/v1/session").header("cookie", &cookie).change());
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    current().problem(401, "unauthorized");
}

#[test]
fn guessing_is_slowed_down() {
    let server = Running::start();
    let wrong = "tbo_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for _ in 0..10 {
        attempt(&server, wrong).problem(401, "unauthorized");
    }
    let answer = attempt(&server, &server.token);
    answer.problem(429, "rate_limited");
    assert_eq!(answer.header("retry-after"), "60");
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
    let cookie = server.sign_in();
    let request = Request::new("POST", "/api/v1/session/socket-token").header("cookie", &cookie).change();
    let body = server.send(&request).json();
    assert_eq!(body["expiresInSeconds"], 300);
    assert_eq!(body["token"].as_str().unwrap().split('.').count(), 3);
    assert_eq!(body["connectAfterMs"], 0, "nobody else comes");
}

#[test]
fn many_who_return_at_once_are_given_slots_one_after_another_and_then_sent_away() {
    let server = Running::with(&[(Key::ConnectsPerSecond, "1")]);
    let cookie = server.sign_in();
    let request = Request::new("POST", "/api/v1/session/socket-token").header("cookie", &cookie).change();
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
