//! What comes late: calls held up on the way, and a past that comes back under a connection that stays.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use tideboard_log::Log;
use tideboard_log_laws::ManualClock;
use tideboard_log_laws::batches::{batch, stream};
use tideboard_services::Redis;

use crate::fixture::{open, settings};
use crate::load::{Follower, holds_each_once, until};

/// Stands before a server, and may hold up what was sent over the connections that are open.
struct Delay {
    port: u16,
    connections: Arc<Connections>,
}

#[derive(Default)]
struct Connections {
    opened: AtomicUsize,
    /// Connections with a lower number are held up.
    held_below: Mutex<usize>,
    changed: Condvar,
}

impl Delay {
    fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (own, connections) = (listener.local_addr().unwrap().port(), Arc::<Connections>::default());
        let delay = Self { port: own, connections: Arc::clone(&connections) };
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (client, connections) = (client.unwrap(), Arc::clone(&connections));
                let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let number = connections.opened.fetch_add(1, Ordering::SeqCst);
                let (mut answers, mut asker) = (server.try_clone().unwrap(), client.try_clone().unwrap());
                std::thread::spawn(move || drop(std::io::copy(&mut answers, &mut asker)));
                std::thread::spawn(move || connections.pass(number, client, server));
            }
        });
        delay
    }

    /// Keeps back what is sent from now on over what is open now, even once its sender has hung up.
    fn hold(&self) {
        self.set(self.connections.opened.load(Ordering::SeqCst));
    }

    fn release(&self) {
        self.set(0);
    }

    fn set(&self, below: usize) {
        *self.connections.held_below.lock().unwrap() = below;
        self.connections.changed.notify_all();
    }
}

impl Connections {
    fn pass(&self, number: usize, mut client: TcpStream, mut server: TcpStream) {
        let mut bytes = vec![0; 64 << 10];
        while let Ok(count @ 1..) = client.read(&mut bytes) {
            let held = self.held_below.lock().unwrap();
            drop(self.changed.wait_while(held, |below| number < *below).unwrap());
            if server.write_all(&bytes[..count]).is_err() {
                break;
            }
        }
        drop(server.shutdown(Shutdown::Both));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_arrives_behind_its_repetition_is_not_done_again() {
    let redis = Redis::start().unwrap();
    let delay = Delay::before(redis.port());
    let log = open(&settings(&format!("redis://127.0.0.1:{}", delay.port)), ManualClock::default().options()).await;
    log.append(batch("s", [0])).await.unwrap();
    let mut acknowledged = vec![0];
    for n in 1..4 {
        delay.hold();
        if log.append(batch("s", [n])).await.is_ok() {
            acknowledged.push(n);
        }
        let calls = redis.info("total_commands_processed").unwrap();
        delay.release();
        // What was held up has arrived.
        until("the late call arrives", async || redis.info("total_commands_processed").unwrap() != calls).await;
        log.append(batch("s", [100 + n])).await.unwrap();
    }
    assert!(acknowledged.len() > 1, "a lost call is repeated in time");
    holds_each_once(&*log, "s", &acknowledged).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_past_that_comes_back_under_an_open_connection_is_noticed_by_its_proofs() {
    let redis = Redis::start().unwrap();
    let settings = settings(redis.url());
    let one = open(&settings, ManualClock::default().options()).await;
    let two = open(&settings, ManualClock::default().options()).await as Arc<dyn Log>;
    let mut follower = Follower::begin(&two, "s").await;
    one.append(batch("s", [1])).await.unwrap();
    let keys = ["s:s", "n:s", "l:s", "state"].map(|key| format!("{}:{{p0}}:{key}", settings.prefix));
    for round in 1..8 {
        for key in &keys {
            redis.command(&["COPY", key, &format!("{key}:past"), "REPLACE"]).unwrap();
        }
        one.append(batch("s", round * 100..round * 100 + 3)).await.unwrap();
        follower.settle().await;
        let back = "for _, key in ipairs(KEYS) do redis.call('COPY', key .. ':past', key, 'REPLACE') end";
        let mut words = vec!["EVAL", back, "4"];
        words.extend(keys.iter().map(String::as_str));
        redis.command(&words).unwrap();
        // As many, so that only the proofs tell them apart.
        one.append(batch("s", round * 100 + 10..round * 100 + 13)).await.unwrap();
        follower.settle().await;
    }
    assert!(follower.resets >= 7, "what was held stood no more: {}", follower.resets);
    assert_eq!(two.end(&stream("s")).await.unwrap().unwrap().offset.0, 1 + 7 * 3);
}
