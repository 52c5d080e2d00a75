//! Connections of viewers: WebSocket, long-polling, and the way from one to the other.

use crate::balancer::{Site, example, until};
use crate::client::{Answer, Socket, request};

const WEBSOCKET: &str = "/socket.io/?EIO=4&transport=websocket";
const POLLING: &str = "GET /socket.io/?EIO=4&transport=polling";

#[test]
fn websockets_go_to_all_nodes_in_turn_and_pass_both_ways() {
    for site in Site::both() {
        let mut sockets: Vec<_> = (0..6).map(|_| Socket::open(site.port, WEBSOCKET, &[]).unwrap()).collect();
        for socket in &mut sockets {
            assert_eq!(socket.echo("2probe"), "2probe");
        }
        let mut nodes: Vec<_> = sockets.iter().map(|socket| socket.node.as_str()).collect();
        nodes.sort_unstable();
        assert_eq!(nodes, ["node1", "node1", "node2", "node2", "node3", "node3"]);
    }
}

#[test]
fn a_websocket_stays_open_while_its_node_sends_its_viewers_away() {
    let mut site = Site::haproxy();
    let mut socket = Socket::open(site.port, WEBSOCKET, &[]).unwrap();
    let name = socket.node.clone();
    site.node(&name).set_ready(false);
    until("the node gets nothing new", || !site.asked(6).contains(&name));
    assert_eq!(socket.echo("still here"), "still here");
    let elsewhere = Socket::open(site.port, WEBSOCKET, &[]).unwrap();
    assert_ne!(elsewhere.node, name);
}

#[test]
fn a_websocket_whose_node_is_gone_opens_on_another() {
    for mut site in Site::both() {
        let name = Socket::open(site.port, WEBSOCKET, &[]).unwrap().node;
        site.node(&name).be_gone();
        for _ in 0..6 {
            assert_ne!(Socket::open(site.port, WEBSOCKET, &[]).unwrap().node, name);
        }
    }
}

#[test]
fn a_quiet_websocket_may_be_quiet_for_longer_than_a_minute() {
    let haproxy = example("haproxy.cfg");
    let tunnel = haproxy.lines().find_map(|line| line.trim().strip_prefix("timeout tunnel ")).unwrap();
    assert!(tunnel.ends_with('h'), "{tunnel}");
    let nginx = example("nginx.conf");
    let (_, sockets) = nginx.split_once("location /socket.io/").unwrap();
    for name in ["proxy_read_timeout ", "proxy_send_timeout "] {
        let seconds = sockets.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_suffix("s;")).unwrap();
        assert!(seconds.parse::<u32>().unwrap() > 60, "{name}{seconds}");
    }
}

#[test]
fn long_polling_stays_with_its_node_by_cookie() {
    let site = Site::haproxy();
    let opened = request(site.port, POLLING, &[], "");
    let cookie = format!("Cookie: a=b; {}", opened.cookie().unwrap());
    for _ in 0..6 {
        assert_eq!(poll(&site, &opened, &[&cookie]).status, 200);
    }
    let arrived: Vec<_> = site.nodes.iter().flat_map(|node| node.arrived()).collect();
    let polls = arrived.iter().filter(|one| one.line.contains("sid="));
    assert!(polls.clone().count() > 0);
    for poll in polls {
        assert_eq!(poll.values("cookie"), ["a=b"], "the balancer's cookie is none of the nodes' business");
    }
}

#[test]
fn long_polling_stays_with_its_node_without_a_cookie() {
    for site in Site::both() {
        let opened = request(site.port, POLLING, &[], "");
        for _ in 0..6 {
            assert_eq!(poll(&site, &opened, &[]).status, 200);
        }
    }
}

#[test]
fn long_polling_whose_node_is_gone_starts_anew_on_another() {
    for mut site in Site::both() {
        let opened = request(site.port, POLLING, &[], "");
        let cookie = opened.cookie().map(|cookie| format!("Cookie: {cookie}"));
        let headers: Vec<&str> = cookie.iter().map(String::as_str).collect();
        let name = opened.session().split('-').next().unwrap().to_owned();
        site.node(&name).be_gone();
        assert_eq!(poll(&site, &opened, &headers).status, 400, "another node does not know the session, and says so");
        let anew = request(site.port, POLLING, &headers, "");
        assert_eq!(poll(&site, &anew, &[]).status, 200);
    }
}

#[test]
fn only_long_polling_gets_a_cookie() {
    let site = Site::haproxy();
    for line in ["GET /", "POST /api/v1/events", "GET /socket.io/socket.io.js", "GET /?transport=polling"] {
        assert_eq!(request(site.port, line, &[], "").cookie(), None, "{line}");
    }
    // Who has one from an earlier time is not bound by it.
    let cookie = ["Cookie: tideboard_node=node1"];
    let nodes: Vec<_> = (0..3).map(|_| Socket::open(site.port, WEBSOCKET, &cookie).unwrap().node).collect();
    assert!(nodes.contains(&"node2".to_owned()) && nodes.contains(&"node3".to_owned()), "{nodes:?}");
}

#[test]
fn a_websocket_that_long_polling_goes_over_to_reaches_its_node() {
    for site in Site::both() {
        for _ in 0..3 {
            let opened = request(site.port, POLLING, &[], "");
            let cookie = opened.cookie().map(|cookie| format!("Cookie: {cookie}"));
            let headers: Vec<&str> = cookie.iter().map(String::as_str).collect();
            let target = format!("{WEBSOCKET}&sid={}", opened.session());
            let socket = Socket::open(site.port, &target, &headers).unwrap();
            assert!(opened.session().starts_with(&socket.node));
        }
    }
}

fn poll(site: &Site, opened: &Answer, headers: &[&str]) -> Answer {
    request(site.port, &format!("{POLLING}&sid={}", opened.session()), headers, "")
}
