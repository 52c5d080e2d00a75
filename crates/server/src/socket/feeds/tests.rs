use std::sync::Arc;
use std::time::Duration;

use serde_json::value::RawValue;
use serde_json::{Value, json};
use tideboard_log::{Batch, Fault, Log, MemoryLog, Options};
use tideboard_model::{Event, FieldName, FieldValue, Limits, Millis, Nanos, StreamName};
use tideboard_sync::wire::{Followed, Page, ProblemMessage};
use tideboard_sync::{Feed, FeedSettings};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::timeout;

use super::run::{Outbox, Source, run};
use super::wakes::{Wake, Wakes};
use crate::engine::Undelivered;

/// Far longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection with room for so many messages.
struct Narrow(mpsc::Sender<Value>);

impl Outbox for Narrow {
    fn followed(&mut self, message: &Followed) {
        self.0.try_send(serde_json::to_value(message).unwrap()).unwrap();
    }
    fn page(&self, message: &Page<Box<RawValue>>) -> Result<(), Undelivered> {
        self.0.try_send(serde_json::to_value(message).unwrap()).map_err(|error| match error {
            TrySendError::Full(_) => Undelivered::Full,
            TrySendError::Closed(_) => Undelivered::Gone,
        })
    }
    fn over(&self, message: &ProblemMessage) {
        self.0.try_send(serde_json::to_value(message).unwrap()).unwrap();
    }
}

/// A feed that runs on a log in memory.
struct Desk {
    log: Arc<MemoryLog>,
    _wakes: Arc<Wakes>,
    grants: watch::Sender<u64>,
    said: mpsc::Receiver<Value>,
    written: i64,
}

impl Desk {
    async fn follow(after: &str, until: u64) -> Self {
        // The log's own channel is outrun too.
        let options = Options { commits_kept: 4, ..Options::new(Arc::new(|| Millis(0))) };
        let log = Arc::new(MemoryLog::new(options));
        let wakes = Wakes::start(&*log);
        let message = json!({"id": "f", "stream": "s", "after": after, "until": until});
        let message = serde_json::from_value(message).unwrap();
        let feed = Feed::new(message, std::iter::empty(), FeedSettings::default(), &Limits::default()).unwrap();
        let (grants, granted) = watch::channel(until);
        let (hear, said) = mpsc::channel(1);
        let (log_of_feed, turns) = (Arc::clone(&log), Arc::new(Semaphore::new(1)));
        let (wakes_of_feed, attention) = (wakes.of(feed.stream()), log.attend(feed.stream()));
        let source = Source { log: log_of_feed, turns, wakes: wakes_of_feed, _attention: attention };
        tokio::spawn(run(feed, source, granted, Narrow(hear)));
        let mut desk = Self { log, _wakes: wakes, grants, said, written: 0 };
        assert_eq!(desk.next().await, json!({"id": "f", "position": null}));
        desk
    }

    /// Appends one event per time, numbered on.
    async fn append(&mut self, times: impl IntoIterator<Item = i64>) {
        let stream = StreamName::new("s").unwrap();
        let mut event = |time| {
            self.written += 1;
            let fields = [(FieldName::new("n").unwrap(), FieldValue::Int(self.written))].into_iter().collect();
            Event { stream: stream.clone(), time: Nanos(time), tags: Default::default(), fields }
        };
        let events = times.into_iter().map(&mut event).collect();
        let batch = Batch { stream: stream.clone(), principal: "p".into(), events, serials: Vec::new(), key: None };
        self.log.append(batch).await.unwrap();
    }

    async fn next(&mut self) -> Value {
        timeout(PATIENCE, self.said.recv()).await.expect("nothing was said").expect("the feed has ended")
    }

    /// Numbers of the events of the pages until there are so many.
    async fn events(&mut self, count: usize) -> Vec<i64> {
        let mut events = Vec::new();
        while events.len() < count {
            let page = self.next().await;
            events
                .extend(page["events"].as_array().unwrap().iter().map(|event| event["fields"]["n"].as_i64().unwrap()));
        }
        events
    }
}

#[tokio::test]
async fn a_feed_that_is_outrun_reads_what_went_by_and_waits_for_a_full_connection() {
    let mut desk = Desk::follow("end", 1_000).await;
    for burst in [1, 3, 40, 100] {
        // Without a pause: neither the feed nor what wakes it has a turn in between.
        let before = desk.written;
        for _ in 0..burst {
            desk.append([0, 0]).await;
        }
        let events = desk.events(2 * burst).await;
        assert_eq!(events, (before + 1..=desk.written).collect::<Vec<_>>(), "a burst of {burst}");
    }
}

#[tokio::test]
async fn retention_while_a_feed_waits_for_credit_is_told_by_its_range() {
    let mut desk = Desk::follow("start", 1).await;
    desk.append([1, 2]).await;
    assert_eq!(desk.events(2).await, [1, 2]);
    for time in [3, 4, 5, 100, 101] {
        desk.append([time]).await;
    }
    desk.log.trim(Nanos(50)).await.unwrap();
    desk.grants.send_replace(3);
    let page = desk.next().await;
    assert_eq!((&page["gone"], page["events"].as_array().unwrap().len()), (&json!({"from": 3, "to": 6}), 2));
    desk.append([102]).await;
    assert_eq!(desk.events(1).await, [8]);
    for time in [103, 104] {
        desk.append([time]).await;
    }
    desk.log.trim(Nanos(1_000)).await.unwrap();
    desk.grants.send_replace(4);
    let page = desk.next().await;
    assert_eq!((&page["gone"], &page["events"]), (&json!({"from": 9, "to": 11}), &json!([])), "all there was");
    let end = desk.log.end(&StreamName::new("s").unwrap()).await.unwrap().unwrap();
    assert_eq!(page["to"], end.to_string());
}

#[tokio::test]
async fn a_feed_whose_viewer_has_gone_ends() {
    let mut desk = Desk::follow("start", 1_000).await;
    desk.append([1]).await;
    assert_eq!(desk.events(1).await, [1]);
    desk.said.close();
    desk.append([2]).await;
    timeout(PATIENCE, desk.grants.closed()).await.expect("it listens for grants no more");
}

#[tokio::test]
async fn what_wakes_feeds_forgets_streams_that_nobody_follows() {
    let log = MemoryLog::new(Options::new(Arc::new(|| Millis(0))));
    let wakes = Wakes::start(&log);
    let stream = StreamName::new("s").unwrap();
    let event = Event { stream: stream.clone(), time: Nanos(0), tags: Default::default(), fields: Default::default() };
    let batch =
        Batch { stream: stream.clone(), principal: "p".into(), events: vec![event], serials: Vec::new(), key: None };
    let mut follower = wakes.of(&stream);
    log.append(batch.clone()).await.unwrap();
    assert!(matches!(timeout(PATIENCE, follower.recv()).await, Ok(Ok(Wake::Append(_)))));
    drop(follower);
    log.append(batch).await.unwrap();
    let forgotten = async {
        while wakes.followed() > 0 {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, forgotten).await.expect("it is still kept");
}

#[tokio::test]
async fn a_feed_of_which_the_log_lost_events_ends_with_the_reason() {
    for (lost, instead) in [(1, 0), (2, 1), (1, 1), (1, 2)] {
        let mut desk = Desk::follow("end", 1_000).await;
        for _ in 0..3 {
            desk.append([1]).await;
        }
        assert_eq!(desk.events(3).await, [1, 2, 3]);
        let stream = StreamName::new("s").unwrap();
        desk.log.lose(&stream, lost);
        for _ in 0..instead {
            desk.append([1]).await;
        }
        desk.log.doubt(&stream);
        let message = desk.next().await;
        assert_eq!(message["problem"]["code"], "position_refused", "{lost} lost, {instead} came instead: {message}");
    }
}

#[tokio::test]
async fn a_feed_goes_on_once_a_log_that_was_away_answers_again() {
    let mut desk = Desk::follow("start", 1_000).await;
    desk.append([1]).await;
    assert_eq!(desk.events(1).await, [1]);
    let stream = StreamName::new("s").unwrap();
    desk.log.inject(Some(Fault::Away));
    desk.log.doubt(&stream);
    assert!(timeout(Duration::from_millis(500), desk.said.recv()).await.is_err(), "it has not ended");
    desk.log.inject(None);
    desk.append([1]).await;
    assert_eq!(desk.events(1).await, [2]);
}
