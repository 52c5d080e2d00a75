//! People: roles, teams, grants, and what is explained and recorded of them.

use serde_json::{Value, json};

use super::Site;
use crate::harness::Session;

fn path_of(session: &Session) -> String {
    format!("/users/{}", session.user["id"].as_str().unwrap())
}

fn boards(site: &Site, who: &Session) -> Vec<(String, String)> {
    let listed = site.ask(who, "GET", "/dashboards", &Value::Null).json();
    let boards = listed["dashboards"].as_array().unwrap().iter();
    boards.map(|one| (one["id"].as_str().unwrap().to_owned(), one["level"].as_str().unwrap().to_owned())).collect()
}

#[test]
fn an_admin_looks_after_people_and_never_over_an_owner() {
    let site = Site::start();
    let admin = site.join("admin", &json!({"role": "admin"}));
    let viewer = site.join("viewer", &json!({"role": "viewer"}));
    let change = |who: &Session, path: String, body: Value| site.ask(who, "PUT", &path, &body);
    assert_eq!(change(&admin, path_of(&viewer), json!({"role": "editor"})).json()["role"], "editor");
    change(&admin, path_of(&viewer), json!({"role": "owner"})).problem(403, "forbidden");
    change(&admin, path_of(&site.owner), json!({"role": "viewer"})).problem(403, "forbidden");
    change(&admin, path_of(&site.owner), json!({"disabled": true})).problem(403, "forbidden");
    change(&admin, path_of(&admin), json!({"role": "owner"})).problem(403, "forbidden");
    change(&viewer, path_of(&viewer), json!({"role": "admin"})).problem(403, "forbidden");
    let invite = |role: &str| site.ask(&admin, "POST", "/invites", &json!({"role": role})).status;
    assert_eq!((invite("admin"), invite("owner")), (201, 403));
    let reset = format!("{}/reset-link", path_of(&site.owner));
    site.ask(&admin, "POST", &reset, &Value::Null).problem(403, "forbidden");
    let sessions = format!("{}/sessions", path_of(&site.owner));
    site.ask(&admin, "DELETE", &sessions, &Value::Null).problem(403, "forbidden");
}

#[test]
fn someone_must_stay_owner() {
    let site = Site::start();
    let demote = json!({"role": "admin"});
    site.ask(&site.owner, "PUT", &path_of(&site.owner), &demote).problem(400, "invalid_input");
    let out = json!({"disabled": true});
    site.ask(&site.owner, "PUT", &path_of(&site.owner), &out).problem(400, "invalid_input");
    let second = site.join("second", &json!({"role": "owner"}));
    assert_eq!(site.ask(&second, "PUT", &path_of(&site.owner), &demote).status, 200);
}

#[test]
fn who_is_shut_out_is_out_at_once_and_comes_back_when_let_in() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    site.do_as_owner("PUT", &path_of(&ana), &json!({"disabled": true}));
    site.ask(&ana, "GET", "/session", &Value::Null).problem(401, "unauthorized");
    site.refresh(&ana.cookie).problem(401, "unauthorized");
    site.do_as_owner("PUT", &path_of(&ana), &json!({"disabled": false}));
    assert_eq!(site.sign_in("ana", super::PASSWORD, None).status, 200);
    site.refresh(&ana.cookie).problem(401, "unauthorized");
}

#[test]
fn a_dashboard_is_seen_by_those_it_was_granted_to() {
    let site = Site::start();
    let (ana, bo) = (site.join("ana", &json!({"role": "viewer"})), site.join("bo", &json!({"role": "editor"})));
    let all = boards(&site, &site.owner);
    let (id, _) = all[0].clone();
    assert_eq!(boards(&site, &ana)[0], (id.clone(), "view".to_owned()), "everyone sees the first ones");
    assert_eq!(boards(&site, &bo)[0], (id.clone(), "edit".to_owned()));
    let team = site.do_as_owner("POST", "/teams", &json!({"name": "Sales", "members": [bo.user["id"]]}));
    let to = format!("team:{}", team["id"].as_str().unwrap());
    let path = format!("/dashboards/{id}");
    let grants = |grants: Value| site.do_as_owner("PUT", &format!("{path}/grants"), &json!({"grants": grants}));
    grants(json!([{"to": to, "level": "edit"}, {"to": "user:nobody-there", "level": "view"}]));
    let kept = site.do_as_owner("GET", &format!("{path}/grants"), &Value::Null);
    assert_eq!(kept["grants"], json!([{"to": to, "level": "edit"}]), "who is nobody is granted nothing");
    assert_eq!(boards(&site, &ana).len(), all.len() - 1);
    site.ask(&ana, "GET", &path, &Value::Null).problem(404, "not_found");
    let view = json!({"revision": 0, "view": {"dashboard": id, "baseRevision": 1}});
    site.ask(&ana, "PUT", &format!("{path}/personal-view"), &view).problem(404, "not_found");
    site.ask(&ana, "DELETE", &format!("{path}/personal-view"), &Value::Null).problem(404, "not_found");
    assert_eq!(site.ask(&bo, "GET", &path, &Value::Null).status, 200);
    let rest = json!({"name": "Sales", "members": []});
    site.do_as_owner("PUT", &format!("/teams/{}", team["id"].as_str().unwrap()), &rest);
    site.ask(&bo, "GET", &path, &Value::Null).problem(404, "not_found");
    grants(json!([{"to": format!("user:{}", ana.user["id"].as_str().unwrap()), "level": "edit"}]));
    assert_eq!(boards(&site, &ana)[0], (id, "view".to_owned()), "a viewer edits nothing, whatever is granted");
}

#[test]
fn what_someone_can_see_is_explained_by_what_decides_it() {
    let site = Site::start();
    let reach = json!({"streams": ["host.*"], "tags": {"region": ["eu"]}});
    let ana = site.join("ana", &json!({"role": "viewer", "reach": reach}));
    let event = json!([{"stream": "host.x", "fields": {"a": 1}}, {"stream": "orders", "fields": {"a": 1}}]);
    crate::stock_clients::probe::post(&site.server, &event);
    let explained = site.do_as_owner("GET", &format!("{}/access", path_of(&ana)), &Value::Null);
    assert_eq!((&explained["role"], &explained["reach"]), (&json!("viewer"), &reach));
    assert_eq!(explained["dashboards"][0]["because"], json!({"kind": "everyone"}));
    let streams = explained["streams"].as_array().unwrap().iter();
    let allowed: Vec<_> = streams.map(|one| (one["name"].as_str().unwrap(), one["allowed"] == true)).collect();
    assert!(allowed.contains(&("host.x", true)) && allowed.contains(&("orders", false)), "{allowed:?}");
    assert!(!explained["abilities"].as_array().unwrap().is_empty());
    let of_owner = site.do_as_owner("GET", &format!("{}/access", path_of(&site.owner)), &Value::Null);
    assert_eq!(of_owner["dashboards"][0]["because"], json!({"kind": "role"}));
}

#[test]
fn who_did_what_is_recorded_and_can_be_taken_along() {
    let site = Site::start();
    let ana = site.join("ana", &json!({"role": "viewer"}));
    site.do_as_owner("PUT", &path_of(&ana), &json!({"role": "editor"}));
    let entry = &site.recorded("user.role")[0];
    assert_eq!(entry["name"], "Owner");
    assert_eq!(entry["targetName"], "ANA");
    assert_eq!(entry["detail"], json!({"from": "viewer", "to": "editor"}));
    assert_eq!(entry["address"], "127.0.0.1");
    let record = site.do_as_owner("GET", "/audit?limit=2", &Value::Null);
    let numbers: Vec<_> = record["entries"].as_array().unwrap().iter().map(|one| one["number"].as_i64()).collect();
    assert_eq!(record["next"].as_i64(), numbers[1]);
    let older = site.do_as_owner("GET", &format!("/audit?before={}", numbers[1].unwrap()), &Value::Null);
    assert_eq!(older["entries"][0]["number"].as_i64(), numbers[1].map(|number| number - 1));
    let exported = site.ask(&site.owner, "GET", "/audit/export", &Value::Null);
    let lines: Vec<Value> = unchunked(&exported.body).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let numbers: Vec<_> = lines.iter().map(|line| line["number"].as_i64().unwrap()).collect();
    let newest = numbers[0];
    assert_eq!(numbers, (1..=newest).rev().collect::<Vec<_>>(), "all of it, without gaps");
    let text = exported.body;
    for secret in [super::PASSWORD, &site.server.token, &ana.access, &ana.cookie] {
        assert!(!text.contains(secret), "{secret} is in the record");
    }
}

/// A body as it was before it was sent in chunks.
fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((length, after)) = rest.split_once("\r\n") {
        let Ok(length) = usize::from_str_radix(length.trim(), 16) else { return body.to_owned() };
        whole.push_str(&after[..length]);
        rest = &after[(length + 2).min(after.len())..];
    }
    whole
}
