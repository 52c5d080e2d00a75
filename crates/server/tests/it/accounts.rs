//! Who may see what, on the real server: signing in, people and their rights, and what open connections hear of it.

mod live;
mod matrix;
mod people;
mod reach;
mod second_factor;
mod sessions;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tideboard_server::config::Key;

use crate::harness::{Answer, Request, Running, Session};

/// A password that nobody guesses, for tests.
pub(crate) const PASSWORD: &str = "three green tides at dawn";

/// A server with someone of every role, each signed in.
pub(crate) struct Site {
    pub(crate) server: Running,
    pub(crate) owner: Session,
}

impl Site {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(settings: &[(Key, &str)]) -> Self {
        let server = Running::with(settings);
        let owner = server.begin(&json!({"token": server.token}).to_string());
        Self { server, owner }
    }

    pub(crate) fn ask(&self, who: &Session, method: &str, path: &str, body: &Value) -> Answer {
        ask(&self.server, &who.access, method, path, body)
    }

    /// What the owner may do.
    #[track_caller]
    pub(crate) fn do_as_owner(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(&self.owner, method, path, body);
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}");
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    /// Invites someone, who accepts: with a role and a reach, in teams.
    #[track_caller]
    pub(crate) fn join(&self, login: &str, invite: &Value) -> Session {
        let made = self.do_as_owner("POST", "/invites", invite);
        let token = made["url"].as_str().unwrap().rsplit_once("#token=").unwrap().1.to_owned();
        let answer = self.accept(&token, login);
        assert_eq!(answer.status, 200, "{answer:?}");
        Session::of(&answer)
    }

    pub(crate) fn accept(&self, token: &str, login: &str) -> Answer {
        let body = json!({"token": token, "name": login.to_uppercase(), "login": login, "password": PASSWORD});
        self.server.send(&open("/api/v1/invites/accept").json(&body.to_string()))
    }

    pub(crate) fn sign_in(&self, login: &str, password: &str, code: Option<&str>) -> Answer {
        let mut body = json!({"login": login, "password": password});
        if let Some(code) = code {
            body["code"] = code.into();
        }
        self.server.send(&open("/api/v1/session").json(&body.to_string()))
    }

    pub(crate) fn refresh(&self, cookie: &str) -> Answer {
        self.server.send(&open("/api/v1/session/refresh").header("cookie", cookie))
    }

    /// What the record holds of an action, the newest first.
    pub(crate) fn recorded(&self, action: &str) -> Vec<Value> {
        let record = self.do_as_owner("GET", "/audit?limit=500", &Value::Null);
        let entries = record["entries"].as_array().unwrap().iter();
        entries.filter(|entry| entry["action"] == action).cloned().collect()
    }
}

pub(crate) fn ask(server: &Running, access: &str, method: &str, path: &str, body: &Value) -> Answer {
    let request = Request::new(method, &format!("/api/v1{path}")).bearer(access);
    server.send(&if body.is_null() { request } else { request.json(&body.to_string()) })
}

/// A request of a page of ours by someone who is not signed in.
pub(crate) fn open(path: &str) -> Request {
    Request::new("POST", path).change()
}

/// Waits for what must come within a second; with room for a busy machine.
#[track_caller]
pub(crate) fn soon(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(5);
    while !holds() {
        assert!(Instant::now() < deadline, "not within five seconds: {what}");
        std::thread::yield_now();
    }
}
