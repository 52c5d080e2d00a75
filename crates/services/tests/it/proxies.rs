//! HAProxy and nginx.

use crate::eventually;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;
use tideboard_services::{HaProxy, Nginx, Port, ServiceError, replaced};

const HAPROXY: &str = "\
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend public
  bind 127.0.0.1:8080
  default_backend nodes
backend nodes
  server node 127.0.0.1:9001
";

/// A configuration that listens on `port` and passes on to one backend.
pub(crate) fn haproxy(port: u16, backend: u16) -> String {
    let (port, backend) = (format!("127.0.0.1:{port}"), format!("127.0.0.1:{backend}"));
    replaced(HAPROXY, &[("127.0.0.1:8080", &port), ("127.0.0.1:9001", &backend)]).unwrap()
}

/// A site that listens on `port` and answers with a word.
pub(crate) fn nginx(port: u16, word: &str) -> String {
    format!("server {{ listen 127.0.0.1:{port}; location / {{ return 200 {word}; }} }}")
}

/// What a server answers to a plain request, empty when it does not.
fn get(port: u16) -> String {
    let mut answer = String::new();
    let asked = TcpStream::connect(("127.0.0.1", port)).and_then(|mut stream| {
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        stream.read_to_string(&mut answer)
    });
    if asked.is_ok() { answer } else { String::new() }
}

/// A backend that answers every request with a word, for as long as the tests run.
fn backend(word: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            // One read: what the tests ask is a few lines.
            let asked = stream.read(&mut [0; 1024]);
            if !asked.is_ok_and(|bytes| bytes > 0) {
                continue;
            }
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{word}", word.len()).ok();
        }
    });
    port
}

#[test]
fn haproxy_passes_on_and_reloads_and_restarts() {
    let (port, one, other) = (Port::free().unwrap(), backend("one"), backend("other"));
    let port = port.number();
    let proxy = HaProxy::start(&haproxy(port, one), port).unwrap();
    assert!(get(port).ends_with("one"));
    proxy.reload(&haproxy(port, other)).unwrap();
    eventually("the new backend", || get(port).ends_with("other"));
    proxy.stop().unwrap();
    assert_eq!(get(port), "");
    proxy.restart().unwrap();
    assert!(get(port).ends_with("other"));
}

#[test]
fn a_configuration_that_haproxy_refuses_is_told_with_its_reason_and_changes_nothing() {
    let (port, one) = (Port::free().unwrap(), backend("one"));
    let port = port.number();
    let proxy = HaProxy::start(&haproxy(port, one), port).unwrap();
    let refused = proxy.reload("nonsense").unwrap_err();
    assert!(refused.to_string().contains("nonsense"), "{refused}");
    assert!(get(port).ends_with("one"));
}

#[test]
fn nginx_serves_a_site_and_reloads_and_restarts() {
    let port = Port::free().unwrap();
    let port = port.number();
    let proxy = Nginx::start(&nginx(port, "one"), port).unwrap();
    assert!(get(port).ends_with("one"));
    proxy.reload(&nginx(port, "other")).unwrap();
    eventually("the new site", || get(port).ends_with("other"));
    proxy.reload("nonsense").unwrap_err();
    proxy.kill().unwrap();
    assert_eq!(get(port), "");
    proxy.restart().unwrap();
    assert!(get(port).ends_with("other"));
}

#[test]
fn a_load_balancer_does_not_take_somebody_elses_port_for_its_own() {
    let taken = backend("somebody else");
    let refused = Nginx::start(&nginx(taken, "mine"), taken).unwrap_err();
    assert!(refused.to_string().contains("in use"), "{refused}");
}

#[test]
fn a_load_balancer_that_cannot_have_one_of_its_ports_shows_its_log() {
    // The check of the file finds nothing wrong with it; binding does.
    let (free, taken) = (Port::free().unwrap(), backend("somebody else"));
    let both = [nginx(free.number(), "mine"), nginx(taken, "mine")].concat();
    let ended = Nginx::start(&both, free.number()).unwrap_err();
    assert!(matches!(&ended, ServiceError::Ended { log, .. } if log.contains("in use")), "{ended}");
}

#[test]
fn a_replacement_that_does_not_occur_is_refused() {
    let missing = replaced(HAPROXY, &[("127.0.0.1:80801", "")]).unwrap_err();
    assert!(missing.to_string().contains("127.0.0.1:80801"));
}
