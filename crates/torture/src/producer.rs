//! Producers: each sends one batch after the other, and each batch again and again until its acknowledgement was read.

mod batch;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tideboard_testkit::Dice;
use tideboard_testkit::proxy::Proxy;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use self::batch::{Batch, Part};
use crate::chronicle::Chronicle;
use crate::error::{TortureError, unexpected, within};
use crate::event::Event;
use crate::http::{Answer, Connection};
use crate::ledger::Ledger;
use crate::server::Target;
use crate::targets::Targets;

/// How long an answer is waited for before the batch is sent again.
const PATIENCE: Duration = Duration::from_secs(6);
const BACK_OFF: Duration = Duration::from_millis(40);
/// How often, in a hundred batches, a producer turns to another server though nothing is wrong with this one.
const TURNS: u64 = 15;

/// How a producer writes its events, and by what the server recognises them when they come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writes {
    /// A JSON array under a name.
    Json,
    /// JSON under a name, one event a line, packed.
    Ndjson,
    /// JSON, each event with its producer and sequence; what is sent again is cut differently.
    Numbered,
    /// The line protocol under a name.
    Lines,
}

/// What a producer is like.
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
    /// Batches acknowledged while PostgreSQL was away.
    pub(crate) without_metadata: AtomicU64,
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
    /// The server that it sends to.
    pub(crate) node: usize,
    /// Its ways to all of them.
    pub(crate) ways: Vec<Arc<Proxy>>,
    /// The servers as they are now.
    pub(crate) targets: Targets,
    /// Whether it may send.
    pub(crate) flowing: watch::Receiver<bool>,
    /// Where acknowledgements are noted.
    pub(crate) ledger: Ledger,
    /// Counts.
    pub(crate) tally: Arc<Tally>,
    /// The time line.
    pub(crate) chronicle: Chronicle,
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
            if self.targets.count() > 1 && self.dice.percent(TURNS) {
                self.turn(&mut connection);
            }
            let batch = self.batch(batches, &mut events);
            if let Err(error) = self.insist(&mut connection, batch).await {
                return self.chronicle.find(&self.name(), error);
            }
            sleep(self.habits.pause.mul_f64(self.dice.within(0, 200) as f64 / 100.0)).await;
        }
    }

    fn name(&self) -> String {
        format!("producer{}", self.who)
    }

    /// Goes on with another server.
    fn turn(&mut self, connection: &mut Option<Connection>) {
        *connection = None;
        self.node = self.targets.hop(self.node, &mut self.dice);
    }

    fn batch(&mut self, number: u64, last: &mut u64) -> Batch {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let now = i64::try_from(now).unwrap_or_default();
        let count = self.dice.within(1, self.habits.batch + 1);
        let events = (0..count).map(|_| {
            *last += 1;
            Event::invent(&mut self.dice, self.who, *last, now)
        });
        Batch::new(format!("p{}-{number}", self.who), events.collect())
    }

    /// Sends a batch until all of it is acknowledged. An error is the server's fault.
    async fn insist(&mut self, connection: &mut Option<Connection>, mut batch: Batch) -> Result<(), TortureError> {
        let whole = 0..batch.events.len();
        let mut due = vec![whole.clone()];
        if self.dice.percent(6) {
            due.push(whole);
            self.tally.repeated.fetch_add(1, Ordering::SeqCst);
        }
        while let Some(range) = due.pop() {
            let part = batch.part(range.clone(), self.habits.writes)?;
            if self.dice.percent(4) {
                // An answer that nobody waits for is as good as lost.
                self.abandon(&part).await.ok();
            }
            match self.deliver(connection, &part).await? {
                Some(era) => batch.acknowledged(range, era, Instant::now()),
                None => {
                    due.extend(self.cut(range));
                    self.turn(connection);
                    sleep(BACK_OFF).await;
                }
            }
        }
        self.tally.batches.fetch_add(1, Ordering::SeqCst);
        let (era, kept) = batch.kept();
        self.ledger.acknowledged(era, kept);
        Ok(())
    }

    /// How events are sent again whose fate is unknown: by name, as they were; by number, in any pieces.
    fn cut(&mut self, range: Range<usize>) -> Vec<Range<usize>> {
        if self.habits.writes != Writes::Numbered || range.len() < 2 || self.dice.percent(40) {
            return vec![range];
        }
        let mut within = || self.dice.within(range.start as u64, range.end as u64) as usize;
        let (one, other) = (within(), within());
        // The pieces overlap. The last is sent first.
        vec![one.min(other)..range.end, range.start..one.max(other) + 1]
    }

    /// Tries once: the era of the server that acknowledged, if the answer came.
    async fn deliver(
        &mut self,
        connection: &mut Option<Connection>,
        part: &Part<'_>,
    ) -> Result<Option<u32>, TortureError> {
        let Some(target) = self.targets.at(self.node) else { return unexpected("no server") };
        let answer = match within(PATIENCE, "an answer", self.attempt(connection, &target, part)).await {
            Ok(answer) => answer,
            Err(error) => {
                self.tally.unknown.fetch_add(1, Ordering::SeqCst);
                self.chronicle.note(&self.name(), format!("batch {}: {error}", part.batch));
                return Ok(None);
            }
        };
        match self.acknowledges(&answer, part) {
            Ok(true) => Ok(Some(target.era)),
            Ok(false) => {
                self.tally.put_off.fetch_add(1, Ordering::SeqCst);
                Ok(None)
            }
            // Its key went with the data that was wiped.
            Err(_) if answer.status == 401 && self.targets.at(self.node).is_some_and(|now| now.era != target.era) => {
                Ok(None)
            }
            Err(error) => unexpected(format!("batch {}: {error}", part.batch)),
        }
    }

    /// Sends without waiting for the answer.
    async fn abandon(&self, part: &Part<'_>) -> Result<(), TortureError> {
        let Some(target) = self.targets.at(self.node) else { return unexpected("no server") };
        let request = part.request(&target);
        let sending = async { self.open(&target).await?.send(&request).await };
        within(PATIENCE, "a request to be sent", sending).await
    }

    async fn open(&self, target: &Target) -> Result<Connection, TortureError> {
        let Some(way) = self.ways.get(self.node) else { return unexpected("no way to the server") };
        way.lead_to(target.address);
        Connection::open(way.address()).await
    }

    async fn attempt(
        &self,
        connection: &mut Option<Connection>,
        target: &Target,
        part: &Part<'_>,
    ) -> Result<Answer, TortureError> {
        // A connection that fails is not used again: what it still had to say would be taken for another answer.
        let mut open = match connection.take() {
            Some(open) => open,
            None => self.open(target).await?,
        };
        let answer = open.exchange(&part.request(target)).await?;
        if answer.header("connection") != "close" {
            *connection = Some(open);
        }
        Ok(answer)
    }

    /// Whether all is kept, or to be sent again.
    fn acknowledges(&self, answer: &Answer, part: &Part<'_>) -> Result<bool, TortureError> {
        match (answer.status, self.habits.writes) {
            (204, Writes::Lines) => Ok(true),
            (200, Writes::Json | Writes::Ndjson | Writes::Numbered) => {
                let body: Value = serde_json::from_str(&answer.body)?;
                let count = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or(0);
                if count("accepted") + count("duplicates") == part.events as u64 {
                    return Ok(true);
                }
                unexpected(format!("{} events were sent, the answer is {}", part.events, answer.body))
            }
            (429 | 503, _) => Ok(false),
            (status, _) => unexpected(format!("answered {status}: {}", answer.body)),
        }
    }
}
