//! Viewers that say they live and never read.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tideboard_sync::wire::PROTOCOL;
use tideboard_testkit::Mirror;

use super::{Place, held};
use crate::stock_clients::probe::{ALL_CREDIT, Probe, socket_token};

const SILENT: usize = 8;
/// Far above what 64 waiting packets each take, far below what all frames would.
const GROWTH_MAX_KIB: u64 = 120 << 10;

fn feed() -> Value {
    json!({"stream": "s", "shape": "feed", "limit": 200})
}

/// A WebSocket of which nothing is read any more, and which answers every ping before it is asked.
struct Silent {
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Silent {
    fn connect(server: SocketAddr, token: &str) -> Self {
        let mut stream = TcpStream::connect(server).unwrap();
        let head = "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
                    sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n";
        stream.write_all(format!("{head}host: {server}\r\n\r\n").as_bytes()).unwrap();
        say(&mut stream, &format!("40{}", json!({"token": token, "protocol": PROTOCOL}))).unwrap();
        // What is said before the greeting might be lost.
        let mut heard = Vec::new();
        while !String::from_utf8_lossy(&heard).contains("\"hello\"") {
            let mut bytes = [0; 1_024];
            let read = stream.read(&mut bytes).unwrap();
            assert!(read > 0, "{}", String::from_utf8_lossy(&heard));
            heard.extend_from_slice(&bytes[..read]);
        }
        say(&mut stream, &format!("42{}", json!(["credit", {"until": ALL_CREDIT}]))).unwrap();
        let views = json!([{"id": "feed", "query": feed()}]);
        say(&mut stream, &format!("420{}", json!(["subscribe", {"views": views}]))).unwrap();
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            // Until it is shut out: the server may end a connection that takes nothing.
            while !ended.load(Ordering::Relaxed) && say(&mut stream, "3").is_ok() {
                std::thread::park_timeout(Duration::from_millis(500));
            }
        });
        Self { over, thread: Some(thread) }
    }
}

impl Drop for Silent {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            drop(thread.join());
        }
    }
}

/// One text frame as a client writes it: masked, here with zeros.
fn say(stream: &mut TcpStream, text: &str) -> std::io::Result<()> {
    let mut frame = vec![0x81];
    match u16::try_from(text.len()).unwrap() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length => {
            frame.push(0x80 | 126);
            frame.extend(length.to_be_bytes());
        }
    }
    frame.extend([0; 4]);
    frame.extend(text.as_bytes());
    stream.write_all(&frame)
}

/// What the process holds in memory.
fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

fn batch(number: u64) -> Value {
    let text = "x".repeat(500);
    (0..100).map(|of| json!({"stream": "s", "fields": {"number": number * 100 + of, "text": text}})).collect()
}

#[test]
fn a_viewer_that_answers_pings_and_never_reads_costs_a_bounded_memory_and_harms_nobody() {
    let place = Place::new();
    let mut probe = Probe::start(place.address);
    let mut mirror = Mirror::default();
    mirror.want("feed", serde_json::from_value(feed()).unwrap());
    let mut witness = place.come(&mut probe, "witness", mirror);
    probe.grant("witness", ALL_CREDIT);
    let last = |number: u64| format!("\"number\":{}", number * 100 + 99);
    let mut post = |probe: &Probe, number: u64| {
        place.post(&batch(number));
        probe.until(&mut witness, "the batch", |mirror| {
            mirror.views["feed"].cells.feed.last().is_some_and(|event| event.contains(&last(number)))
        });
    };
    // As many as the server keeps at hand, so that it has grown before it is measured.
    (0..300).for_each(|number| post(&probe, number));
    let before = resident_kib(place.server().process());
    let silent: Vec<_> =
        (0..SILENT).map(|_| Silent::connect(place.address, &socket_token(place.address, &place.session))).collect();
    // 50 KB each time for each of them.
    (300..900).for_each(|number| post(&probe, number));
    let grown = resident_kib(place.server().process()).saturating_sub(before);
    assert!(grown < GROWTH_MAX_KIB, "{SILENT} silent viewers cost {grown} KiB");
    drop(silent);

    let mut fresh = Mirror::default();
    fresh.want("feed", serde_json::from_value(feed()).unwrap());
    let mut fresh = place.come(&mut probe, "fresh", fresh);
    probe.until(&mut fresh, "the last batch", |mirror| mirror.views["feed"].cells.feed.len() == 200);
    assert_eq!(held(&fresh.mirror), held(&witness.mirror));
}
