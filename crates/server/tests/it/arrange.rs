use serde_json::{Value, json};

use crate::harness::{Answer, Request, Running};

struct Viewer {
    server: Running,
    access: String,
}

impl Viewer {
    fn new() -> Self {
        let server = Running::start();
        let access = server.sign_in();
        Self { server, access }
    }

    fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Answer {
        let request = Request::new(method, &format!("/api/v1/dashboards{path}")).bearer(&self.access).change();
        self.server.send(&body.map_or(request.clone(), |body| request.json(&body.to_string())))
    }

    fn first(&self) -> String {
        let list = self.ask("GET", "", None).json();
        assert_eq!(list["dashboards"][0]["personal"], false, "{list}");
        list["dashboards"][0]["id"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_personal_view_is_saved_seen_and_dropped() {
    let viewer = Viewer::new();
    let id = viewer.first();
    let before = viewer.ask("GET", &format!("/{id}"), None).json();
    assert_eq!(before["personal"], Value::Null);
    assert_eq!(before["dashboard"], before["shared"]);
    let hidden = before["shared"]["widgets"][0]["id"].clone();
    let view = json!({"dashboard": id, "baseRevision": before["shared"]["revision"], "hidden": [hidden]});
    let path = format!("/{id}/personal-view");
    let saved = viewer.ask("PUT", &path, Some(json!({"revision": 0, "view": view})));
    assert_eq!(saved.json(), json!({"revision": 1}));
    viewer.ask("PUT", &path, Some(json!({"revision": 0, "view": view}))).problem(409, "conflict");
    let after = viewer.ask("GET", &format!("/{id}"), None).json();
    assert_eq!(after["personal"]["revision"], 1);
    assert_eq!(after["shared"], before["shared"]);
    let widgets = |body: &Value| body["dashboard"]["widgets"].as_array().unwrap().len();
    assert_eq!(widgets(&after), widgets(&before) - 1);
    assert_eq!(viewer.ask("DELETE", &path, None).status, 204);
    assert_eq!(viewer.ask("GET", &format!("/{id}"), None).json(), before);
}

#[test]
fn a_view_that_breaks_rules_is_refused_with_its_places() {
    let viewer = Viewer::new();
    let id = viewer.first();
    let path = format!("/{id}/personal-view");
    let other = json!({"revision": 0, "view": {"dashboard": "another", "baseRevision": 1}});
    let problem = viewer.ask("PUT", &path, Some(other)).problem(400, "invalid_input");
    assert_eq!(problem["errors"][0]["pointer"], "/view/dashboard");
    viewer.ask("PUT", &path, Some(json!({"revision": 0}))).problem(400, "invalid_input");
}

#[test]
fn there_is_no_other_dashboard() {
    let viewer = Viewer::new();
    viewer.ask("GET", "/nothing", None).problem(404, "not_found");
    viewer.ask("GET", "/no%2Fthing", None).problem(404, "not_found");
}
