//! The binary as a process: its output, its signals, its exit codes.

use std::io::{BufRead, BufReader, Read};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Folder, Request, Session, send};

pub(crate) fn tideboard(folder: &Folder) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tideboard"));
    command.env_clear().env("TIDEBOARD_DATA", folder.path()).env("TIDEBOARD_HOST_METRICS", "off");
    command.env("TIDEBOARD_LISTEN", "127.0.0.1:0").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> Output {
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A process that serves; killed when dropped.
pub(crate) struct Serving {
    child: Child,
    welcome: String,
    address: SocketAddr,
}

impl Serving {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut welcome = String::new();
        // The welcome ends with what to do about keys.
        while !welcome.contains("--json") && !welcome.contains("key create") {
            let line = lines.next().unwrap_or_else(|| {
                let mut errors = String::new();
                child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
                panic!("the server ended: {welcome}\n{errors}")
            });
            welcome += &(line.unwrap() + "\n");
        }
        let address = welcome.split("://").nth(1).unwrap().lines().next().unwrap().parse().unwrap();
        Self { child, welcome, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn key(&self) -> String {
        self.welcome.split("Bearer ").nth(1).unwrap().split('\'').next().unwrap().to_owned()
    }

    pub(crate) fn welcome(&self) -> &str {
        &self.welcome
    }

    fn token(&self) -> String {
        self.welcome.split("#token=").nth(1).unwrap().lines().next().unwrap().to_owned()
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// The process's number.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end, and returns the exit code and what was logged.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    fn post(&self, key: &str) -> u16 {
        let event = r#"{"stream":"orders","fields":{"value":1}}"#;
        send(self.address, &Request::new("POST", "/api/v1/events").bearer(key).json(event)).status
    }

    pub(crate) fn sign_in(&self) -> String {
        self.begin().access
    }

    pub(crate) fn begin(&self) -> Session {
        let body = format!(r#"{{"token":"{}"}}"#, self.token());
        let answer = send(self.address, &Request::new("POST", "/api/v1/session").change().json(&body));
        assert_eq!(answer.status, 200, "{answer:?}");
        Session::of(&answer)
    }

    fn events(&self, access: &str) -> u64 {
        let list = send(self.address, &Request::new("GET", "/api/v1/streams").bearer(access)).json();
        list["streams"][0]["events"].as_u64().unwrap()
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn a_stop_is_orderly_and_events_are_there_afterwards() {
    let folder = Folder::new();
    let first = Serving::start(&mut tideboard(&folder));
    let key = first.key();
    assert_eq!(first.post(&key), 200);
    first.signal("-TERM");
    let (code, log) = first.end();
    assert_eq!(code, Some(0), "{log}");
    let second = Serving::start(&mut tideboard(&folder));
    assert!(!second.welcome.contains("Bearer"), "the first key is shown once: {}", second.welcome);
    assert_eq!(second.post(&key), 200);
    assert_eq!(second.events(&second.sign_in()), 2);
}

#[test]
fn what_was_acknowledged_survives_a_kill() {
    let folder = Folder::new();
    let first = Serving::start(&mut tideboard(&folder));
    let key = first.key();
    for _ in 0..20 {
        assert_eq!(first.post(&key), 200);
    }
    first.signal("-KILL");
    assert_eq!(first.end().0, None);
    let second = Serving::start(&mut tideboard(&folder));
    assert_eq!(second.events(&second.sign_in()), 20);
}

#[test]
fn logs_hold_no_secret() {
    let folder = Folder::new();
    let server =
        Serving::start(tideboard(&folder).env("TIDEBOARD_LOG_LEVEL", "trace").env("TIDEBOARD_LOG_FORMAT", "json"));
    let (key, token) = (server.key(), server.token());
    assert_eq!(server.post(&key), 200);
    let begun = server.begin();
    let socket = Request::new("POST", "/api/v1/session/socket-token").bearer(&begun.access);
    let socket = send(server.address, &socket).json()["token"].as_str().unwrap().to_owned();
    let created = Request::new("POST", "/api/v1/keys").bearer(&begun.access).json(r#"{"name":"n"}"#);
    let created = send(server.address, &created).json()["key"].as_str().unwrap().to_owned();
    let in_query = format!("/api/v1/nothing?token={token}&p={key}");
    send(server.address, &Request::new("GET", &in_query));
    server.signal("-INT");
    let (code, log) = server.end();
    assert_eq!(code, Some(0));
    assert!(log.contains("\"message\":\"signed in\""), "the log is there: {log:.2000}");
    let session = begun.cookie.split_once('=').unwrap().1;
    for secret in [&key, &token, &socket, &created, session, &begun.access] {
        assert!(!log.contains(secret), "{secret} is logged");
    }
}

#[test]
fn a_second_server_on_the_folder_is_refused() {
    let folder = Folder::new();
    let first = Serving::start(&mut tideboard(&folder));
    let second = output(&mut tideboard(&folder));
    let error = text(&second.stderr);
    assert!(!second.status.success());
    assert!(error.contains("in use by another Tideboard"), "{error}");
    assert!(error.contains(&format!("(process {})", first.child.id())) && error.contains("TIDEBOARD_DATA"), "{error}");
}

#[test]
fn a_taken_port_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let refused = output(tideboard(&Folder::new()).args(["--listen", &address]));
    let error = text(&refused.stderr);
    assert!(!refused.status.success());
    assert!(error.contains(&format!("{address} is taken")) && error.contains("TIDEBOARD_LISTEN"), "{error}");
}

#[test]
fn data_of_a_newer_version_is_left_alone() {
    let folder = Folder::new();
    drop(Serving::start(&mut tideboard(&folder)));
    let database = rusqlite::Connection::open(folder.path().join("meta.db")).unwrap();
    database.pragma_update(None, "user_version", 9_999).unwrap();
    drop(database);
    let refused = output(&mut tideboard(&folder));
    let error = text(&refused.stderr);
    assert!(!refused.status.success());
    assert!(error.contains("9999") && error.contains("newer Tideboard"), "{error}");
}

#[test]
fn keys_are_made_and_revoked_beside_a_running_server() {
    let folder = Folder::new();
    let server = Serving::start(&mut tideboard(&folder));
    let created = output(tideboard(&folder).args(["key", "create", "--name", "loader", "--stream", "orders"]));
    let key = text(&created.stdout).trim().to_owned();
    assert_eq!(server.post(&key), 200, "{}", text(&created.stderr));
    let list = text(&output(tideboard(&folder).args(["key", "list"])).stdout);
    let line = list.lines().find(|line| line.contains("loader")).unwrap().to_owned();
    assert!(line.contains("active") && line.ends_with("orders") && !list.contains(&key), "{list}");
    let id = line.split_whitespace().next().unwrap();
    assert!(output(tideboard(&folder).args(["key", "revoke", id])).status.success());
    let deadline = Instant::now() + Duration::from_secs(5);
    while server.post(&key) != 401 {
        assert!(Instant::now() < deadline, "a revoked key still works");
    }
    let again = output(tideboard(&folder).args(["key", "revoke", id]));
    assert!(text(&again.stderr).contains("no such key"));
}

#[test]
fn a_fresh_sign_in_address_is_printed_beside_a_running_server() {
    let folder = Folder::new();
    let server = Serving::start(&mut tideboard(&folder));
    let printed = text(&output(tideboard(&folder).arg("sign-in")).stdout);
    let token = printed.trim().rsplit_once("/sign-in#token=").unwrap().1;
    let body = format!(r#"{{"token":"{token}"}}"#);
    let answer = send(server.address, &Request::new("POST", "/api/v1/session").change().json(&body));
    assert_eq!(answer.status, 200);
}

#[test]
fn the_configuration_is_shown_with_its_sources() {
    let folder = Folder::new();
    let file = folder.path().join("tideboard.toml");
    std::fs::write(&file, "retention_days = 3\n").unwrap();
    let mut command = tideboard(&folder);
    let shown = text(&output(command.args(["config", "--log-format", "json"]).env("TIDEBOARD_CONFIG", &file)).stdout);
    for expected in ["retention_days 3 file", "log_format json flag", "host_metrics off env", "session_days 30 default"]
    {
        let words: Vec<_> = expected.split(' ').collect();
        assert!(shown.lines().any(|line| line.split_whitespace().collect::<Vec<_>>() == words), "{expected}: {shown}");
    }
    std::fs::write(&file, "retention = 3\n").unwrap();
    let refused = output(tideboard(&folder).args(["config", "--config"]).arg(&file));
    assert!(text(&refused.stderr).contains("did you mean `retention_days`?"), "{}", text(&refused.stderr));
}
