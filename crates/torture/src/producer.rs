//! Producers: each sends one batch after the other, and each batch again and again until its acknowledgement was read.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use tideboard_testkit::Dice;
use tokio::sync::watch;
use tokio::time::sleep;

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying, unexpected, within};
use crate::event::Event;
use crate::http::{Answer, Connection, Request};
use crate::ledger::Ledger;
use crate::server::Target;

/// How long an answer is waited for before the batch is sent again.
const PATIENCE: Duration = Duration::from_secs(6);
const BACK_OFF: Duration = Duration::from_millis(40);

/// How a producer writes its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// A JSON array.
    Json,
    /// JSON, one event a line, packed.
    Ndjson,
    /// The line protocol.
    Lines,
}

/// What a producer is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Habits {
    /// How it writes.
    pub(crate) writes: Writes,
    /// Between two batches.
    pub(crate) pause: Duration,
    /// Most events in a batch.
    pub(crate) batch: u64,
}

/// Counts over all producers.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Batches acknowledged.
    pub(crate) batches: AtomicU64,
    /// Attempts after which the producer did not know.
    pub(crate) unknown: AtomicU64,
    /// Batches sent once more though they were acknowledged.
    pub(crate) repeated: AtomicU64,
    /// Answers that told to come again.
    pub(crate) put_off: AtomicU64,
    /// Producers that have nothing under way.
    pub(crate) idle: AtomicU64,
}

/// What a producer works with.
pub(crate) struct Producer {
    /// Which one.
    pub(crate) who: usize,
    /// What it is like.
    pub(crate) habits: Habits,
    /// Its dice.
    pub(crate) dice: Dice,
    /// Where it sends to: a proxy.
    pub(crate) proxy: SocketAddr,
    /// The server as it is now.
    pub(crate) target: watch::Receiver<Target>,
    /// Whether it may send.
    pub(crate) flowing: watch::Receiver<bool>,
    /// Where acknowledgements are noted.
    pub(crate) ledger: Ledger,
    /// Counts.
    pub(crate) tally: Arc<Tally>,
    /// The time line.
    pub(crate) chronicle: Chronicle,
}

/// A batch as it is sent, however often.
struct Batch {
    name: String,
    events: Vec<Event>,
    body: Vec<u8>,
}

impl Producer {
    /// Sends for as long as the run lasts.
    pub(crate) async fn run(mut self) {
        let mut connection = None;
        let (mut batches, mut events) = (0, 0);
        loop {
            if !*self.flowing.borrow() {
                self.tally.idle.fetch_add(1, Ordering::SeqCst);
                if self.flowing.wait_for(|flowing| *flowing).await.is_err() {
                    return;
                }
                self.tally.idle.fetch_sub(1, Ordering::SeqCst);
            }
            batches += 1;
            let batch = match self.batch(batches, &mut events) {
                Ok(batch) => batch,
                Err(error) => return self.chronicle.find(&self.name(), error),
            };
            if !self.insist(&mut connection, batch).await {
                return;
            }
            sleep(self.habits.pause.mul_f64(self.dice.within(0, 200) as f64 / 100.0)).await;
        }
    }

    fn name(&self) -> String {
        format!("producer{}", self.who)
    }

    fn batch(&mut self, number: u64, last: &mut u64) -> Result<Batch, TortureError> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = i64::try_from(now).unwrap_or_default();
        let count = self.dice.within(1, self.habits.batch + 1);
        let events = (0..count).map(|_| {
            *last += 1;
            Event::invent(&mut self.dice, self.who, *last, now)
        });
        let events: Vec<_> = events.collect();
        let written = |write: fn(&Event) -> String, between| events.iter().map(write).collect::<Vec<_>>().join(between);
        let body = match self.habits.writes {
            Writes::Json => format!("[{}]", written(Event::json, ",")).into_bytes(),
            Writes::Ndjson => {
                let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
                packed.write_all(written(Event::json, "\n").as_bytes()).trying("packing a batch")?;
                packed.finish().trying("packing a batch")?
            }
            Writes::Lines => written(Event::line, "\n").into_bytes(),
        };
        Ok(Batch { name: format!("p{}-{number}", self.who), events, body })
    }

    /// Sends a batch until it is acknowledged; whether to go on.
    async fn insist(&mut self, connection: &mut Option<Connection>, batch: Batch) -> bool {
        if self.dice.percent(4) {
            // An answer that nobody waits for is as good as lost.
            self.abandon(&batch).await.ok();
        }
        let repeat = self.dice.percent(6);
        let mut acknowledged = None;
        loop {
            let target = self.target.borrow_and_update().clone();
            let attempt = within(PATIENCE, "an answer", self.attempt(connection, &target, &batch)).await;
            match attempt {
                Ok(answer) => match self.judge(&answer, &batch) {
                    Ok(true) if repeat && acknowledged.is_none() => {
                        self.tally.repeated.fetch_add(1, Ordering::SeqCst);
                        acknowledged = Some(target.era);
                        continue;
                    }
                    Ok(true) => {
                        self.tally.batches.fetch_add(1, Ordering::SeqCst);
                        self.ledger.acknowledged(target.era, batch.events);
                        return true;
                    }
                    Ok(false) => {
                        self.tally.put_off.fetch_add(1, Ordering::SeqCst);
                    }
                    // Its key went with the data that was wiped.
                    Err(_) if answer.status == 401 && self.target.has_changed().unwrap_or(false) => {}
                    Err(error) => {
                        self.chronicle.find(&self.name(), format!("batch {}: {error}", batch.name));
                        return false;
                    }
                },
                Err(error) => {
                    *connection = None;
                    self.tally.unknown.fetch_add(1, Ordering::SeqCst);
                    self.chronicle.note(&self.name(), format!("batch {}: {error}", batch.name));
                }
            }
            sleep(BACK_OFF).await;
        }
    }

    fn request<'a>(&self, target: &Target, batch: &'a Batch) -> Request<'a> {
        let (path, content) = match self.habits.writes {
            Writes::Json => ("/api/v1/events", "content-type: application/json\r\n"),
            Writes::Ndjson => ("/api/v1/events", "content-type: application/x-ndjson\r\ncontent-encoding: gzip\r\n"),
            Writes::Lines => ("/api/v2/write", "content-type: text/plain\r\n"),
        };
        let headers = format!("authorization: Bearer {}\r\nidempotency-key: {}\r\n{content}", target.key, batch.name);
        Request { method: "POST", path, headers, body: &batch.body }
    }

    /// Sends without waiting for the answer.
    async fn abandon(&self, batch: &Batch) -> Result<(), TortureError> {
        let target = self.target.borrow().clone();
        let sending = async { Connection::open(self.proxy).await?.send(&self.request(&target, batch)).await };
        within(PATIENCE, "a request to be sent", sending).await
    }

    async fn attempt(
        &self,
        connection: &mut Option<Connection>,
        target: &Target,
        batch: &Batch,
    ) -> Result<Answer, TortureError> {
        // A connection that fails is not used again: what it still had to say would be taken for another answer.
        let mut open = match connection.take() {
            Some(open) => open,
            None => Connection::open(self.proxy).await?,
        };
        let answer = open.exchange(&self.request(target, batch)).await?;
        if answer.header("connection") != "close" {
            *connection = Some(open);
        }
        Ok(answer)
    }

    /// Whether the batch is acknowledged, or to be sent again.
    fn judge(&self, answer: &Answer, batch: &Batch) -> Result<bool, TortureError> {
        match (answer.status, self.habits.writes) {
            (204, Writes::Lines) => Ok(true),
            (200, Writes::Json | Writes::Ndjson) => {
                let body: Value = serde_json::from_str(&answer.body)?;
                if body.get("accepted").and_then(Value::as_u64) == Some(batch.events.len() as u64) {
                    return Ok(true);
                }
                unexpected(format!("{} events were sent, the answer is {}", batch.events.len(), answer.body))
            }
            (429 | 503, _) => Ok(false),
            (status, _) => unexpected(format!("answered {status}: {}", answer.body)),
        }
    }
}
