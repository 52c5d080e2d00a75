//! Producers that never stop, and readers that follow what is told: together they notice what is lost, doubled or
//! silently wrong.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tideboard_log::{Attention, Commit, Log, Verdict};
use tideboard_log_laws::batches::{batch, key, keyed, stream};
use tideboard_log_laws::{contents, value};
use tideboard_model::{Offset, Position};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

/// Far longer than anything takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// Producers at work on one stream.
pub(crate) struct Load {
    stop: Arc<AtomicBool>,
    producers: Vec<JoinHandle<Vec<i64>>>,
    acknowledged: Arc<Mutex<usize>>,
}

/// Whether a producer sends a batch again that was not acknowledged.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Retry {
    /// Under its key, at the next node, until it is.
    UntilAcknowledged,
    /// Never; it has no key.
    Never,
}

impl Load {
    pub(crate) fn start(logs: &[Arc<dyn Log>], name: &'static str, retry: Retry) -> Self {
        let (stop, acknowledged) = (Arc::<AtomicBool>::default(), Arc::<Mutex<usize>>::default());
        let producers = (0..4).map(|number| {
            let producer = Producer {
                logs: logs.to_vec(),
                name,
                number,
                stop: Arc::clone(&stop),
                count: Arc::clone(&acknowledged),
            };
            tokio::spawn(producer.run(retry))
        });
        Self { producers: producers.collect(), stop, acknowledged }
    }

    /// Waits until so many more batches were acknowledged.
    pub(crate) async fn progress(&self, batches: usize) {
        let count = || *self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner);
        let wanted = count() + batches;
        until("producers get on", async || count() >= wanted).await;
    }

    /// The values of all batches that were acknowledged.
    pub(crate) async fn stop(self) -> Vec<i64> {
        self.stop.store(true, Ordering::SeqCst);
        let mut values = Vec::new();
        for producer in self.producers {
            values.extend(producer.await.unwrap());
        }
        values
    }
}

struct Producer {
    logs: Vec<Arc<dyn Log>>,
    name: &'static str,
    number: i64,
    stop: Arc<AtomicBool>,
    count: Arc<Mutex<usize>>,
}

impl Producer {
    async fn run(self, retry: Retry) -> Vec<i64> {
        let (mut acknowledged, mut next) = (Vec::new(), self.number * 10_000_000);
        let mut nodes = (0..self.logs.len()).cycle();
        while !self.stop.load(Ordering::SeqCst) {
            let number = next;
            next += 1;
            let began = Instant::now();
            let batch = match retry {
                Retry::UntilAcknowledged => keyed(self.name, [number], key("p", &number.to_string())),
                Retry::Never => batch(self.name, [number]),
            };
            loop {
                let log = &self.logs[nodes.next().unwrap()];
                let sent = Instant::now();
                let answer = log.append(batch.clone()).await;
                assert!(sent.elapsed() < Duration::from_secs(3) * 5, "an answer took {:?}", sent.elapsed());
                match answer {
                    Ok(_) => {
                        acknowledged.push(number);
                        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                        break;
                    }
                    Err(error) if retry == Retry::UntilAcknowledged => {
                        assert!(began.elapsed() < PATIENCE, "never acknowledged: {error}");
                    }
                    Err(_) => break,
                }
                sleep(Duration::from_millis(20)).await;
            }
            // Leaves room for others on two cores.
            sleep(Duration::from_millis(1)).await;
        }
        acknowledged
    }
}

/// Waits for something, by looking again and again.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !holds().await {
        assert!(began.elapsed() < PATIENCE, "waited in vain until {what}");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Asserts that a stream is dense and holds nothing twice, and each of the values once.
pub(crate) async fn holds_each_once(log: &dyn Log, name: &str, acknowledged: &[i64]) {
    let contents = contents(log, name).await;
    assert!(contents.iter().zip(1..).all(|((offset, _), expected)| *offset == expected), "offsets are dense");
    let mut counts = BTreeMap::<i64, usize>::new();
    for (_, value) in &contents {
        *counts.entry(*value).or_default() += 1;
    }
    let twice: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(twice.is_empty(), "twice: {twice:?}");
    let lost: Vec<_> = acknowledged.iter().filter(|value| !counts.contains_key(value)).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged are lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(!acknowledged.is_empty(), "something was acknowledged");
}

/// A reader that follows what is told by the contract alone.
pub(crate) struct Follower {
    log: Arc<dyn Log>,
    name: &'static str,
    commits: Receiver<Commit>,
    position: Option<Position>,
    values: Vec<i64>,
    /// How often it had to begin anew.
    pub(crate) resets: usize,
    /// How often it was told that it may have missed something.
    pub(crate) doubts: usize,
    _attention: Attention,
}

impl Follower {
    /// Begins to follow; answers once it was told that telling has begun.
    pub(crate) async fn begin(log: &Arc<dyn Log>, name: &'static str) -> Self {
        let (commits, _attention) = (log.commits(), log.attend(&stream(name)));
        let log = Arc::clone(log);
        let mut follower =
            Self { log, name, commits, position: None, values: Vec::new(), resets: 0, doubts: 0, _attention };
        while follower.doubts == 0 {
            let told = follower.commits.recv().await;
            follower.take(told).await;
        }
        (follower.resets, follower.doubts) = (0, 0);
        follower
    }

    /// Follows until it stands at the stream's end, and asserts that it holds exactly what the stream holds.
    pub(crate) async fn settle(&mut self) {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "told too little: {:?}", self.position);
            if self.log.end(&stream(self.name)).await.is_ok_and(|end| end == self.position) {
                break;
            }
            self.take_within(Duration::from_millis(50)).await;
        }
        // What is told already, such as a doubt about the same end.
        while self.take_within(Duration::from_millis(200)).await {}
        let expected: Vec<i64> = contents(&*self.log, self.name).await.into_iter().map(|(_, value)| value).collect();
        assert!(self.values == expected, "a reader holds something else: {} of {}", self.values.len(), expected.len());
    }

    /// Follows for as long as something is done.
    pub(crate) async fn during<T>(&mut self, task: impl Future<Output = T>) -> T {
        tokio::pin!(task);
        loop {
            tokio::select! {
                done = &mut task => return done,
                told = self.commits.recv() => self.take(told).await,
            }
        }
    }

    /// Whether something was told in time. What was told is never half taken.
    async fn take_within(&mut self, limit: Duration) -> bool {
        let Ok(told) = timeout(limit, self.commits.recv()).await else { return false };
        self.take(told).await;
        true
    }

    async fn take(&mut self, told: Result<Commit, RecvError>) {
        match told {
            Ok(Commit::Appends(appends)) => {
                for append in &*appends {
                    let at = self.position.map_or((Offset::ZERO, None), |at| (at.offset, Some(at.proof)));
                    let follows = append.before() == at.0 && at.1.is_none_or(|proof| proof == append.previous);
                    if follows {
                        self.position = Some(append.position);
                        self.values.extend(append.events.iter().map(value));
                    } else if append.position.offset > at.0 {
                        self.catch_up().await;
                    }
                }
            }
            Ok(Commit::Uncertain(_)) => {
                self.doubts += 1;
                self.catch_up().await;
            }
            Ok(Commit::Trim(_)) => {}
            Err(RecvError::Lagged(_)) => self.catch_up().await,
            Err(RecvError::Closed) => panic!("a log that is open tells"),
        }
    }

    async fn catch_up(&mut self) {
        let (began, name) = (Instant::now(), stream(self.name));
        while began.elapsed() < PATIENCE {
            if self.try_catch_up(&name).await.is_ok() {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
        panic!("the log can't be read");
    }

    async fn try_catch_up(&mut self, name: &tideboard_model::StreamName) -> Result<(), tideboard_log::LogError> {
        if let Some(position) = self.position
            && self.log.verify(name, position).await? != Verdict::Proved
        {
            (self.position, self.resets) = (None, self.resets + 1);
            self.values.clear();
        }
        loop {
            let after = self.position.map_or(Offset::ZERO, |position| position.offset);
            let page = self.log.read(name, after, 1_000).await?;
            let Some(last) = page.last() else { return Ok(()) };
            self.position = Some(last.position);
            self.values.extend(page.iter().flat_map(|append| append.events.iter()).map(value));
        }
    }
}
