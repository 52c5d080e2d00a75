//! The two examples with the ports of a test, before three nodes.

use crate::client::get;
use crate::node::Node;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tideboard_services::{HaProxy, Nginx, Port, replaced};

/// A balancer before three nodes. The balancer ends first.
pub(crate) struct Site {
    _balancer: Balancer,
    pub(crate) port: u16,
    pub(crate) nodes: Vec<Node>,
    _port: Port,
}

/// Held, and ended when dropped.
enum Balancer {
    HaProxy { _it: HaProxy },
    Nginx { _it: Nginx },
}

impl Site {
    pub(crate) fn haproxy() -> Self {
        let (nodes, port) = (nodes(), Port::free().unwrap());
        let bind = format!("\"127.0.0.1:{}\"", port.number());
        let configuration = replaced(
            &example("haproxy.cfg"),
            &[
                ("\":8080\"", &bind),
                ("\"node1:8433\"", &quoted(&nodes[0])),
                ("\"node2:8433\"", &quoted(&nodes[1])),
                ("\"node3:8433\"", &quoted(&nodes[2])),
            ],
        );
        let balancer = HaProxy::start(&configuration.unwrap(), port.number()).unwrap();
        Self { port: port.number(), _balancer: Balancer::HaProxy { _it: balancer }, nodes, _port: port }.in_full()
    }

    pub(crate) fn nginx() -> Self {
        let (nodes, port) = (nodes(), Port::free().unwrap());
        let site = replaced(
            &example("nginx.conf"),
            &[
                ("listen 8080;", &format!("listen 127.0.0.1:{};", port.number())),
                ("10.0.0.1:8433", &nodes[0].address()),
                ("10.0.0.2:8433", &nodes[1].address()),
                ("10.0.0.3:8433", &nodes[2].address()),
            ],
        );
        let balancer = Nginx::start(&site.unwrap(), port.number()).unwrap();
        Self { port: port.number(), _balancer: Balancer::Nginx { _it: balancer }, nodes, _port: port }.in_full()
    }

    /// Both examples.
    pub(crate) fn both() -> [Self; 2] {
        [Self::haproxy(), Self::nginx()]
    }

    /// Waits until every node is asked.
    fn in_full(self) -> Self {
        until("all nodes are asked", || self.asked(12).len() == self.nodes.len());
        self
    }

    /// Which nodes answer so many requests.
    pub(crate) fn asked(&self, requests: usize) -> Vec<String> {
        let mut names: Vec<_> = (0..requests).map(|_| get(self.port, "/api/v1/any").body).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A node by its name.
    pub(crate) fn node(&mut self, name: &str) -> &mut Node {
        self.nodes.iter_mut().find(|node| node.name() == name).unwrap()
    }
}

fn nodes() -> Vec<Node> {
    ["node1", "node2", "node3"].map(Node::start).into()
}

fn quoted(node: &Node) -> String {
    format!("\"{}\"", node.address())
}

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name)
}

pub(crate) fn example(name: &str) -> String {
    std::fs::read_to_string(path(name)).unwrap()
}

/// Asks until it is so; how long that took.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
    started.elapsed()
}
