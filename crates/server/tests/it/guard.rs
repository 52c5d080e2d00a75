use serde_json::Value;

use crate::harness::{Request, Running};

/// Addresses that answer without a session or a key. Whatever is not here must refuse.
const OPEN: [(&str, &str); 3] = [("GET", "/healthz"), ("GET", "/readyz"), ("POST", "/api/v1/session")];

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
    let server = Running::start();
    let routes = documented(&server);
    assert!(routes.len() > 15, "{routes:?}");
    for (method, path) in &routes {
        if OPEN.contains(&(method.as_str(), path.as_str())) {
            continue;
        }
        for stranger in [
            Request::new(method, path),
            Request::new(method, path).change().json("{}"),
            Request::new(method, path).bearer("tb_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
            Request::new(method, path).bearer("nonsense"),
            Request::new(method, path)
                .header("cookie", "tideboard_session=tbs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ] {
            let answer = server.send(&stranger);
            answer.problem(401, "unauthorized");
            assert!(answer.header("www-authenticate").starts_with("Bearer"), "{method} {path}");
        }
    }
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
fn changes_with_a_cookie_need_our_own_page() {
    let server = Running::start();
    let cookie = server.sign_in();
    let own = format!("http://{}", server.address);
    let change = |marked: bool, origin: Option<&str>| {
        let mut request = Request::new("POST", "/api/v1/session/socket-token").header("cookie", &cookie);
        if marked {
            request = request.change();
        }
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        server.send(&request)
    };
    assert_eq!(change(true, None).status, 200);
    assert_eq!(change(true, Some(&own)).status, 200);
    change(false, None).problem(403, "forbidden");
    change(false, Some(&own)).problem(403, "forbidden");
    for origin in ["null", "http://evil.example", &own.replace("http:", "https:"), &format!("{own}0")] {
        change(true, Some(origin)).problem(403, "forbidden");
    }
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
