//! Stock clients before three nodes, through the balancers' examples as they are: what begins with long-polling stays with its
//! node, also when it goes over to WebSocket, whether the client keeps cookies (Python's does) or not (Node's does not).

use std::net::SocketAddr;
use std::path::Path;

use serde_json::json;
use tideboard_server::config::Key;
use tideboard_services::{HaProxy, Nginx, Port, Postgres, Redis, replaced};

use super::load::{Producer, expected, queries};
use super::probe::{Probe, socket_token};
use super::watcher::{Language, Watcher};
use super::{base, flow, reaches};
use crate::harness::Running;

/// What stock clients do unless told otherwise.
const DEFAULT: &str = "polling,websocket";
const CONNECTIONS: usize = 6;

fn example(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)).unwrap()
}

fn haproxy(nodes: &[Running; 3], port: u16) -> HaProxy {
    let quoted = |text: String| format!("\"{text}\"");
    let [one, two, three] = nodes.each_ref().map(|node| quoted(node.address.to_string()));
    let bind = quoted(format!("127.0.0.1:{port}"));
    let pairs = [("\":8080\"", &bind), ("\"node1:8433\"", &one), ("\"node2:8433\"", &two), ("\"node3:8433\"", &three)]
        .map(|(from, to)| (from, to.as_str()));
    HaProxy::start(&replaced(&example("haproxy.cfg"), &pairs).unwrap(), port).unwrap()
}

fn nginx(nodes: &[Running; 3], port: u16) -> Nginx {
    let [one, two, three] = nodes.each_ref().map(|node| node.address.to_string());
    let listen = format!("listen 127.0.0.1:{port};");
    let pairs =
        [("listen 8080;", &listen), ("10.0.0.1:8433", &one), ("10.0.0.2:8433", &two), ("10.0.0.3:8433", &three)]
            .map(|(from, to)| (from, to.as_str()));
    Nginx::start(&replaced(&example("nginx.conf"), &pairs).unwrap(), port).unwrap()
}

#[test]
fn stock_clients_that_begin_with_long_polling_are_exact_before_three_nodes() {
    let (redis, database) = (Redis::start().unwrap(), Postgres::shared().unwrap().database().unwrap());
    let nodes = ["one", "two", "three"].map(|name| {
        let shared = [(Key::Redis, redis.url()), (Key::Postgres, database.as_str())];
        Running::with(&[&shared[..], &[(Key::Node, name), (Key::DrainSeconds, "0")]].concat())
    });
    let (session, key) = (nodes[0].sign_in(), nodes[0].key.clone());
    let ports = [Port::free().unwrap(), Port::free().unwrap()];
    let _balancers = (haproxy(&nodes, ports[0].number()), nginx(&nodes, ports[1].number()));
    let balancers = ports.each_ref().map(|port| SocketAddr::from(([127, 0, 0, 1], port.number())));
    for balancer in balancers {
        goes_over(balancer, &session);
    }

    let base = base();
    let queries = queries(base);
    let producer = Producer::start(balancers[0], &key, base);
    flow(&producer, 100);
    let mut watchers = Vec::new();
    for balancer in balancers {
        for transport in [DEFAULT, "polling"] {
            for language in [Language::Node, Language::Python] {
                watchers.push(Watcher::start(language, transport, balancer, &session, &queries));
            }
        }
    }
    watchers.iter().for_each(|watcher| watcher.returned(0));
    flow(&producer, 100);
    let before: Vec<_> = watchers.iter().map(Watcher::heard).collect();
    watchers.iter_mut().for_each(Watcher::cut);
    watchers.iter().zip(before).for_each(|(watcher, from)| watcher.returned(from));
    flow(&producer, 100);
    let due = expected(&producer.stop());
    for watcher in &mut watchers {
        reaches(watcher, &due);
    }
}

/// Each connection begins with long-polling, goes over to WebSocket, and is answered before and after.
fn goes_over(balancer: SocketAddr, session: &str) {
    let mut probe = Probe::start(balancer);
    let auth = json!({"token": socket_token(balancer, session), "protocol": 5});
    for number in 0..CONNECTIONS {
        let name = format!("{number}");
        probe.send(&json!({"open": name, "auth": auth, "transports": ["polling", "websocket"]}));
        probe.wait(&name, "the connection", |line| (line["connect"] == true).then_some(()));
        assert!(probe.ask(&name, "clock", &json!({}))["now"].is_i64());
        probe.wait(&name, "its way over to WebSocket", |line| (line["upgraded"] == true).then_some(()));
        assert!(probe.ask(&name, "clock", &json!({}))["now"].is_i64());
    }
}
