//! How delivery is known to fail elsewhere, case by case, against the real server: what lives in sockets, processes and
//! files. What lives in the state of a session is told in the simulated world of `crates/testkit`.

mod backup;
mod heavy;
mod herd;
mod silent;

use std::net::SocketAddr;

use serde_json::{Value, json};
use tideboard_testkit::Mirror;
use tideboard_testkit::oracle::Cells;

use crate::harness::{Folder, Request, send};
use crate::process::{Serving, tideboard};
use crate::stock_clients::probe::{Probe, Socket, counted, table};

/// A server as a process, which can end and come back on the same port and folder.
struct Place {
    folder: Folder,
    server: Option<Serving>,
    address: SocketAddr,
    key: String,
    session: String,
}

impl Place {
    fn new() -> Self {
        let folder = Folder::new();
        let server = Serving::start(&mut tideboard(&folder));
        let (address, key, session) = (server.address(), server.key(), server.sign_in());
        Self { folder, server: Some(server), address, key, session }
    }

    fn server(&self) -> &Serving {
        self.server.as_ref().unwrap()
    }

    /// Ends the process without a warning.
    fn kill(&mut self) {
        self.server().signal("-KILL");
        self.server = None;
    }

    fn start(&mut self) {
        let mut command = tideboard(&self.folder);
        self.server = Some(Serving::start(command.env("TIDEBOARD_LISTEN", self.address.to_string())));
    }

    /// Posts events; they are on disk when this returns.
    #[track_caller]
    fn post(&self, events: &Value) {
        let request = Request::new("POST", "/api/v1/events").bearer(&self.key).json(&events.to_string());
        let answer = send(self.address, &request);
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// The value of a metric without labels.
    #[track_caller]
    fn metric(&self, name: &str) -> f64 {
        let page = send(self.address, &Request::new("GET", "/metrics").bearer(&self.key)).body;
        let line =
            page.lines().find_map(|line| line.strip_prefix(&format!("{name} "))).unwrap_or_else(|| panic!("{page}"));
        line.parse().unwrap()
    }

    /// Connects, asking for what `mirror` wants with what it holds.
    #[track_caller]
    fn come(&self, probe: &mut Probe, name: &'static str, mirror: Mirror) -> Socket {
        let mut socket = probe.connect(name, self.address, &self.session);
        socket.mirror = mirror;
        socket.mirror.reasons.clear();
        probe.subscribe(&mut socket);
        socket
    }

    /// What a viewer holds that comes anew and follows until it has so many events.
    #[track_caller]
    fn anew(&self, probe: &mut Probe, name: &'static str, events: u64) -> Mirror {
        let mut socket = self.come(probe, name, wants());
        probe.until(&mut socket, "all events", |mirror| has(mirror, events));
        socket.mirror
    }
}

/// A viewer of all shapes that holds nothing yet.
fn wants() -> Mirror {
    let mut mirror = Mirror::default();
    let series = json!({"stream": "s", "shape": "series", "range": {"last": 3_600_000}, "bucket": 60_000, "groupBy": ["of"],
                        "measures": [{"fn": "count"}]});
    let feed = json!({"stream": "s", "shape": "feed", "limit": 10});
    for (id, query) in [("feed", feed), ("series", series), ("table", table("s"))] {
        mirror.want(id, serde_json::from_value(query).unwrap());
    }
    mirror
}

/// Whether every view holds so many events; views of one stream may come one after the other.
fn has(mirror: &Mirror, events: u64) -> bool {
    let fed = mirror.views["feed"].cells.feed.len() as u64;
    counted(mirror, "table") == events && counted(mirror, "series") == events && fed == events.min(10)
}

/// The cells of every view, windows apart: those follow the clock.
fn held(mirror: &Mirror) -> Vec<&Cells> {
    mirror.views.values().map(|view| &view.cells).collect()
}
