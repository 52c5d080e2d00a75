use serde_json::Value;

use crate::harness::{Answer, Request, Running};

fn create(server: &Running, access: &str, body: &str) -> Answer {
    server.send(&Request::new("POST", "/api/v1/keys").bearer(access).change().json(body))
}

fn list(server: &Running, access: &str) -> Value {
    server.send(&Request::new("GET", "/api/v1/keys").bearer(access)).json()["keys"].clone()
}

fn event(server: &Running, key: &str, stream: &str) -> Answer {
    let body = format!(r#"{{"stream":"{stream}","fields":{{}}}}"#);
    server.send(&Request::new("POST", "/api/v1/events").bearer(key).json(&body))
}

#[test]
fn a_key_works_until_it_is_revoked() {
    let server = Running::start();
    let access = server.sign_in();
    let created = create(&server, &access, r#"{"name":"loader"}"#);
    assert_eq!(created.status, 201, "{created:?}");
    let created = created.json();
    let (id, key) = (created["id"].as_str().unwrap(), created["key"].as_str().unwrap());
    assert!(key.starts_with(created["prefix"].as_str().unwrap()));
    assert_eq!(event(&server, key, "a").status, 200);
    let names: Vec<_> = list(&server, &access).as_array().unwrap().iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["loader", "first steps"]);
    let revoke = || {
        let request = Request::new("DELETE", &format!("/api/v1/keys/{id}"));
        server.send(&request.bearer(&access).change())
    };
    assert_eq!(revoke().status, 204);
    event(&server, key, "a").problem(401, "unauthorized");
    revoke().problem(404, "not_found");
    assert_eq!(list(&server, &access).as_array().unwrap().len(), 1);
}

#[test]
fn a_key_writes_only_to_its_streams() {
    let server = Running::start();
    let access = server.sign_in();
    let created = create(&server, &access, r#"{"name":"sensors","streams":["sensors.*"]}"#).json();
    let key = created["key"].as_str().unwrap();
    assert_eq!(event(&server, key, "sensors.kitchen").status, 200);
    event(&server, key, "orders").problem(403, "forbidden");
    let both = r#"[{"stream":"sensors.a","fields":{}},{"stream":"orders","fields":{}}]"#;
    let mixed = server.send(&Request::new("POST", "/api/v1/events").bearer(key).json(both));
    let problem = mixed.problem(400, "invalid_input");
    assert_eq!((&problem["accepted"], &problem["errors"][0]["pointer"]), (&1.into(), &"/1".into()));
}

#[test]
fn the_secret_is_shown_once() {
    let server = Running::start();
    let access = server.sign_in();
    let created = create(&server, &access, r#"{"name":"loader"}"#).json();
    let listed = list(&server, &access).to_string();
    assert!(!listed.contains(created["key"].as_str().unwrap()));
    assert!(!listed.contains("hash"));
}

#[test]
fn names_and_streams_are_checked() {
    let server = Running::start();
    let access = server.sign_in();
    for (body, pointer) in [
        (r#"{"name":" "}"#, "/name"),
        (r#"{"name":"a\u0007"}"#, "/name"),
        (r#"{"name":"a","streams":["*x"]}"#, "/streams"),
        (r#"{"name":"a","streams":[""]}"#, "/streams"),
    ] {
        let problem = create(&server, &access, body).problem(400, "invalid_input");
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
    }
}
