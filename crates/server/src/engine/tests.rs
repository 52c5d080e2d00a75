use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tideboard_log::{Batch, Fault, MemoryLog, Options};
use tideboard_model::{Event, FieldName, FieldValue, Millis, Nanos};
use tideboard_sync::FrameMessage;
use tideboard_sync::wire::{Closing, Hello, ProblemMessage, Reason};
use tideboard_testkit::Mirror;
use tokio::time::timeout;

use super::*;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);
/// Several times as long as the engine waits before it asks a log again that did not answer.
const A_WHILE: Duration = Duration::from_millis(500);

/// A connection that takes all there is.
struct Wide(mpsc::Sender<FrameMessage>);

impl Outbox for Wide {
    fn writes(&self) -> Writes {
        Writes::Fetched
    }
    fn hello(&self, _: &Hello) -> Result<(), Undelivered> {
        Ok(())
    }
    fn frame(&self, message: &FrameMessage) -> Result<(), Undelivered> {
        self.0.try_send(message.clone()).map_err(|_full_or_gone| Undelivered::Gone)
    }
    fn problem(&self, message: &ProblemMessage) -> Result<(), Undelivered> {
        panic!("{message:?}");
    }
    fn closing(&self, _: &Closing) -> Result<(), Undelivered> {
        Ok(())
    }
}

fn stream() -> StreamName {
    StreamName::new("s").unwrap()
}

/// An engine on a log that fails to order.
struct Desk {
    log: Arc<MemoryLog>,
    engine: EngineHandle,
}

impl Desk {
    fn new() -> Self {
        let clock: Clock = Arc::new(|| Millis(0));
        let log = Arc::new(MemoryLog::new(Options::new(Arc::clone(&clock))));
        let settings = Settings { flush_spacing: Duration::from_millis(1), connects_per_second: 500 };
        let engine = spawn(log.clone(), clock, Arc::new(Metrics::new("n")), settings);
        Self { log, engine }
    }

    async fn append(&self, number: i64) {
        let fields = [(FieldName::new("n").unwrap(), FieldValue::Int(number))].into_iter().collect();
        let event = Event { stream: stream(), time: Nanos(0), tags: Default::default(), fields };
        let batch =
            Batch { stream: stream(), principal: "p".into(), events: vec![event], serials: Vec::new(), key: None };
        self.log.append(batch).await.unwrap();
    }

    /// A viewer of the last events and of their number that resumes from what it holds.
    async fn connect(&self, mut mirror: Mirror) -> Watcher {
        let viewer = ViewerId::next();
        let (hear, frames) = mpsc::channel(10_000);
        self.engine.connected(viewer, Box::new(Wide(hear))).unwrap();
        let (answer, answered) = oneshot::channel();
        let answer = Box::new(move |message: &Subscribed| drop(answer.send(message.clone())));
        self.engine.subscribe(viewer, mirror.subscribe(), answer).unwrap();
        mirror.subscribed(&timeout(PATIENCE, answered).await.unwrap().unwrap());
        self.engine.credit(viewer, Credit { until: 10_000, feed: None }).unwrap();
        mirror.frames = 0;
        Watcher { mirror, frames }
    }

    async fn watch(&self) -> Watcher {
        let mut mirror = Mirror::default();
        for (id, query) in [
            ("events", json!({"stream": "s", "shape": "feed"})),
            (
                "count",
                json!({"stream": "s", "shape": "table", "range": {"from": -1_000, "to": 1_000},
                       "measures": [{"fn": "count"}]}),
            ),
        ] {
            mirror.want(id, serde_json::from_value(query).unwrap());
        }
        self.connect(mirror).await
    }
}

struct Watcher {
    mirror: Mirror,
    frames: mpsc::Receiver<FrameMessage>,
}

impl Watcher {
    /// The events held; `None` until both views were told.
    fn holds(&self) -> Option<Vec<i64>> {
        let number =
            |line: &String| serde_json::from_str::<serde_json::Value>(line).unwrap()["fields"]["n"].as_i64().unwrap();
        let (events, count) = (&self.mirror.views["events"], &self.mirror.views["count"]);
        let held: Vec<_> = events.cells.feed.iter().map(number).collect();
        let counted = count.cells.cells.values().next().and_then(|values| values.iter().next().copied().flatten());
        if !(events.told && count.told) {
            return None;
        }
        assert_eq!(f64::from_bits(counted.unwrap_or(0)), held.len() as f64, "both views are of one log at one offset");
        Some(held)
    }

    /// Takes in frames, one at least, until the viewer holds just these events.
    async fn until(&mut self, expected: &[i64]) {
        let taking = async {
            while self.mirror.frames == 0 || self.holds().as_deref() != Some(expected) {
                let frame = self.frames.recv().await.expect("the engine runs");
                self.mirror.frame(&frame.frame()).expect("frames follow on each other");
            }
        };
        let in_time = timeout(PATIENCE, taking).await.is_ok();
        assert!(in_time, "it holds {:?}, not {expected:?}", self.holds());
    }

    /// Why views were replaced since they were new.
    fn reasons(&self) -> Vec<Reason> {
        self.mirror
            .reasons
            .iter()
            .map(|(_, reason)| *reason)
            .filter(|reason| ![Reason::New, Reason::Smaller].contains(reason))
            .collect()
    }
}

#[tokio::test]
async fn viewers_are_told_that_the_log_has_lost_its_tail_and_hold_what_it_says_then() {
    let desk = Desk::new();
    let mut watcher = desk.watch().await;
    for number in [1, 2, 3] {
        desk.append(number).await;
    }
    watcher.until(&[1, 2, 3]).await;
    desk.log.lose(&stream(), 2);
    desk.log.doubt(&stream());
    watcher.until(&[1]).await;
    assert_eq!(watcher.reasons(), [Reason::Ahead; 2]);
    desk.append(4).await;
    watcher.until(&[1, 4]).await;
    assert_eq!(watcher.reasons().len(), 2, "from there on by differences");
}

#[tokio::test]
async fn an_append_that_takes_the_place_of_a_lost_one_is_noticed_by_its_proof() {
    let desk = Desk::new();
    let mut watcher = desk.watch().await;
    for number in [1, 2] {
        desk.append(number).await;
    }
    watcher.until(&[1, 2]).await;
    desk.log.lose(&stream(), 1);
    // Nobody says that anything was lost; the offset is the one that is applied.
    desk.append(3).await;
    watcher.until(&[1, 3]).await;
    assert_eq!(watcher.reasons(), [Reason::Unproved; 2]);
}

#[tokio::test]
async fn a_loss_is_noticed_on_a_quiet_stream_once_the_log_answers_again() {
    let desk = Desk::new();
    let mut watcher = desk.watch().await;
    for number in [1, 2] {
        desk.append(number).await;
    }
    watcher.until(&[1, 2]).await;
    desk.log.lose(&stream(), 1);
    desk.log.inject(Some(Fault::Away));
    desk.log.doubt(&stream());
    assert!(timeout(A_WHILE, watcher.frames.recv()).await.is_err(), "nothing can be said yet");
    desk.log.inject(None);
    watcher.until(&[1]).await;
    assert_eq!(watcher.reasons(), [Reason::Ahead; 2]);
}

#[tokio::test]
async fn a_view_that_cannot_be_read_comes_once_the_log_answers_again() {
    let desk = Desk::new();
    desk.append(1).await;
    desk.log.inject(Some(Fault::Away));
    let mut watcher = desk.watch().await;
    assert!(timeout(A_WHILE, watcher.frames.recv()).await.is_err(), "it is neither there nor refused");
    desk.log.inject(None);
    watcher.until(&[1]).await;
}

#[tokio::test]
async fn a_position_is_judged_once_the_log_answers_again() {
    let desk = Desk::new();
    let mut before = desk.watch().await;
    desk.append(1).await;
    before.until(&[1]).await;
    desk.log.inject(Some(Fault::Away));
    let mut after = desk.connect(before.mirror.clone()).await;
    assert!(timeout(A_WHILE, after.frames.recv()).await.is_err(), "it is neither proved nor refused");
    desk.log.inject(None);
    desk.append(2).await;
    after.until(&[1, 2]).await;
    assert_eq!(after.reasons(), [], "it was proved");
}

#[tokio::test]
async fn a_position_that_was_proved_before_the_loss_is_refused_after_it() {
    let desk = Desk::new();
    let mut before = desk.watch().await;
    for number in [1, 2] {
        desk.append(number).await;
    }
    before.until(&[1, 2]).await;
    // Proved, and remembered so.
    let mut proved = desk.connect(before.mirror.clone()).await;
    proved.until(&[1, 2]).await;
    desk.log.lose(&stream(), 1);
    desk.log.doubt(&stream());
    before.until(&[1]).await;
    let mut refused = desk.connect(proved.mirror.clone()).await;
    refused.until(&[1]).await;
    assert_eq!(refused.reasons(), [Reason::Ahead; 2]);
}
