//! Several nodes over the same storage, each with a viewer or a producer of its own.

mod everything;
mod metadata;
mod migrate;
mod redis;

use std::time::{Duration, Instant};

use crate::harness::{Request, Running};
use crate::stock_clients::probe::ones;

/// Five times what is promised: the machine may be busy.
const WITHIN: Duration = Duration::from_secs(5);

/// Asks again until it is as it should be.
#[track_caller]
fn until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + WITHIN;
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

fn session(node: &Running, access: &str) -> u16 {
    node.send(&Request::new("GET", "/api/v1/session").bearer(access)).status
}

fn ready(node: &Running) -> u16 {
    node.send(&Request::new("GET", "/readyz")).status
}

/// One event whose value of the tag `of` is that number.
fn write(node: &Running, key: &str, of: u64) -> u16 {
    node.send(&Request::new("POST", "/api/v1/events").bearer(key).json(&ones("s", [of]).to_string())).status
}
