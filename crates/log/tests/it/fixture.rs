//! What the tests write, where, and at what time.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tideboard_log::{Batch, Clock, Commit, IdempotencyKey, Log, Options};
use tideboard_model::{
    Event, FieldName, FieldValue, Millis, Nanos, Offset, ProducerId, Sequence, Serial, StreamName, TagName,
};
use tokio::sync::broadcast::Receiver;

pub(crate) fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

pub(crate) fn key(principal: &str, key: &str) -> (Arc<str>, IdempotencyKey) {
    (principal.into(), IdempotencyKey::new(key).unwrap())
}

pub(crate) fn serial(producer: &str, sequence: u64) -> Serial {
    Serial { producer: ProducerId::new(producer).unwrap(), sequence: Sequence::new(sequence).unwrap() }
}

pub(crate) fn event(name: &str, time: i64, field: &str, value: FieldValue) -> Event {
    Event {
        stream: stream(name),
        time: Nanos(time),
        tags: [(TagName::new("host").unwrap(), Arc::from("a"))].into(),
        fields: [(FieldName::new(field).unwrap(), value)].into(),
    }
}

/// One event per time, whose value is the time.
pub(crate) fn batch(name: &str, times: impl IntoIterator<Item = i64>) -> Batch {
    let events = times.into_iter().map(|time| event(name, time, "value", FieldValue::Int(time))).collect();
    of(name, events)
}

/// A batch of one principal, without anything that would recognise it.
pub(crate) fn of(name: &str, events: Vec<Event>) -> Batch {
    Batch { stream: stream(name), principal: "p".into(), events, serials: Vec::new(), key: None }
}

pub(crate) fn keyed(
    name: &str,
    times: impl IntoIterator<Item = i64>,
    (principal, key): (Arc<str>, IdempotencyKey),
) -> Batch {
    Batch { principal, key: Some(key), ..batch(name, times) }
}

/// One event per sequence, whose value is the sequence.
pub(crate) fn produced(name: &str, producer: &str, sequences: impl IntoIterator<Item = u64>) -> Batch {
    let sequences: Vec<u64> = sequences.into_iter().collect();
    let serials = sequences.iter().map(|sequence| Some(serial(producer, *sequence))).collect();
    Batch { serials, ..batch(name, sequences.iter().map(|sequence| i64::try_from(*sequence).unwrap())) }
}

/// A clock that stands until it is set.
#[derive(Clone, Default)]
pub(crate) struct ManualClock(Arc<AtomicI64>);

impl ManualClock {
    pub(crate) fn set(&self, millis: i64) {
        self.0.store(millis, Ordering::SeqCst);
    }

    pub(crate) fn options(&self) -> Options {
        let time = Arc::clone(&self.0);
        let clock: Clock = Arc::new(move || Millis(time.load(Ordering::SeqCst)));
        Options::new(clock)
    }
}

/// Offset and value of every event of a stream, read in small pages.
pub(crate) async fn contents(log: &dyn Log, name: &str) -> Vec<(u64, i64)> {
    let (stream, mut after, mut all) = (stream(name), Offset::ZERO, Vec::new());
    loop {
        let page = log.read(&stream, after, 7).await.unwrap();
        let Some(last) = page.last() else { return all };
        after = last.position.offset;
        all.extend(page.iter().flat_map(|append| append.offsets()).map(|(offset, event)| (offset.0, value(event))));
    }
}

pub(crate) fn value(event: &Event) -> i64 {
    let FieldValue::Int(value) = event.fields["value"] else { panic!("not what was written: {event:?}") };
    value
}

/// What has been told so far.
pub(crate) fn told(commits: &mut Receiver<Commit>) -> Vec<Commit> {
    std::iter::from_fn(|| commits.try_recv().ok()).collect()
}

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tideboard-log-{:016x}", getrandom::u64().unwrap()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
