//! Batches that fail half way, and what sending them again makes of it.

use std::path::{Path, PathBuf};

use tideboard_log::{Options, SqliteLog};
use tideboard_model::{FieldName, FieldValue, Millis, Nanos, ProducerId, Sequence, Tags};
use tokio_util::sync::CancellationToken;

use super::*;

/// A log on a disk that has little space, and ingest into it.
struct Stage {
    log: Arc<SqliteLog>,
    ingest: Ingest,
    folder: PathBuf,
}

impl Drop for Stage {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

const LITTLE: Option<u64> = Some(300_000);

impl Stage {
    async fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("tideboard-ingest-{}-{name}", std::process::id()));
        let log = Self::open(&folder);
        log.limit_size(LITTLE).await.unwrap();
        let health = Arc::new(Health::new(Arc::new(|| Millis(0)), log.standing(), CancellationToken::new()));
        let ingest = Ingest::new(log.clone(), Arc::new(Metrics::new("n")), health);
        Self { log, ingest, folder }
    }

    fn open(folder: &Path) -> Arc<SqliteLog> {
        Arc::new(SqliteLog::open(folder, Options::new(Arc::new(|| Millis(0)))).unwrap())
    }

    async fn send(&self, sending: Sending, key: Option<&str>) -> Result<Accepted, AcceptError> {
        let principal = Principal::System(Source::Machine);
        self.ingest.accept(sending, &principal, key.map(ToOwned::to_owned)).await
    }

    async fn counts(&self) -> [u64; 2] {
        let mut counts = [0; 2];
        for (count, name) in counts.iter_mut().zip(["small", "large"]) {
            *count = self.log.end(&StreamName::new(name).unwrap()).await.unwrap().map_or(0, |end| end.offset.0);
        }
        counts
    }

    fn accepted(&self) -> u64 {
        let labels = crate::metrics::IngestLabels { result: IngestResult::accepted };
        self.ingest.metrics.ingest_events.get_or_create(&labels).get()
    }
}

fn event(stream: &str, bytes: usize) -> Event {
    Event {
        stream: StreamName::new(stream).unwrap(),
        time: Nanos(1),
        tags: Tags::default(),
        fields: [(FieldName::new("text").unwrap(), FieldValue::Text("x".repeat(bytes).into()))].into(),
    }
}

/// Three events for a stream that finds space, two for one that does not.
fn batch(numbered: bool) -> Sending {
    let mut sending = Sending::default();
    let events = [("small", 1), ("large", 600_000), ("small", 2), ("large", 600_000), ("small", 3)];
    for (sequence, (stream, bytes)) in (0..).zip(events) {
        let producer = ProducerId::new("p").unwrap();
        let serial = Serial { producer, sequence: Sequence::new(sequence).unwrap() };
        sending.push(event(stream, bytes), numbered.then_some(serial));
    }
    sending
}

#[tokio::test]
async fn the_retry_of_a_batch_that_failed_half_way_completes_the_rest_and_counts_nothing_twice() {
    for (name, numbered, key) in [("key", false, Some("k")), ("sequence", true, None), ("both", true, Some("k"))] {
        let stage = Stage::new(name).await;
        for _ in 0..2 {
            assert_eq!(stage.send(batch(numbered), key).await, Err(AcceptError::Append(AppendError::Full)));
            assert_eq!(stage.counts().await, [3, 0], "{name}: streams stand for themselves");
        }
        stage.log.limit_size(None).await.unwrap();
        let whole = stage.send(batch(numbered), key).await.unwrap();
        let (accepted, duplicates) = if key.is_some() { (5, 0) } else { (2, 3) };
        assert_eq!((whole.accepted, whole.duplicates, whole.refused.len()), (accepted, duplicates, 0), "{name}");
        stage.send(batch(numbered), key).await.unwrap();
        assert_eq!(stage.counts().await, [3, 2], "{name}");
        assert_eq!(stage.accepted(), 5, "{name}: the metric too counts each event once");
    }
}

#[tokio::test]
async fn without_key_and_sequence_what_was_kept_of_a_failed_batch_counts_again() {
    let stage = Stage::new("neither").await;
    stage.send(batch(false), None).await.unwrap_err();
    stage.log.limit_size(None).await.unwrap();
    stage.send(batch(false), None).await.unwrap();
    assert_eq!(stage.counts().await, [6, 2], "as the guide for producers warns");
}

#[tokio::test]
async fn a_key_used_for_other_content_costs_only_the_streams_where_it_differs() {
    let stage = Stage::new("reused").await;
    let first = vec![event("small", 1), event("large", 1)];
    stage.send(first.into(), Some("k")).await.unwrap();
    let other = vec![event("small", 1), event("large", 2), event("other", 1)];
    let answer = stage.send(other.into(), Some("k")).await.unwrap();
    assert_eq!(answer.accepted, 2, "what was kept under the name before, and what is new under it");
    let refused: Vec<_> = answer.refused.iter().map(|one| (one.place, one.reason.as_str())).collect();
    assert_eq!(refused, [(1, AppendError::KeyReused.to_string().as_str())]);
    assert_eq!(stage.counts().await, [1, 1]);
}

#[test]
fn serials_stay_with_their_events_when_streams_are_told_apart() {
    let mut sending = Sending::default();
    let serial =
        |sequence| Serial { producer: ProducerId::new("p").unwrap(), sequence: Sequence::new(sequence).unwrap() };
    for (stream, sequence) in [("a", None), ("b", Some(1)), ("a", Some(2)), ("b", None), ("a", None)] {
        sending.push(event(stream, 1), sequence.map(serial));
    }
    let groups = by_stream(sending);
    let found = |stream: &str| {
        let group = &groups[&StreamName::new(stream).unwrap()];
        (group.places.clone(), group.sending.serials.clone(), group.sending.events.len())
    };
    assert_eq!(found("a"), (vec![0, 2, 4], vec![None, Some(serial(2))], 3));
    assert_eq!(found("b"), (vec![1, 3], vec![Some(serial(1))], 2));
    let plain = by_stream(vec![event("a", 1), event("b", 1), event("a", 1)].into());
    assert!(plain.values().all(|group| group.sending.serials.is_empty()), "nothing is kept for those without");
}

#[test]
fn events_of_one_stream_stay_together_with_their_serials() {
    let mut sending = Sending::default();
    let serial = Serial { producer: ProducerId::new("p").unwrap(), sequence: Sequence::new(1).unwrap() };
    for serial in [None, Some(serial.clone()), None] {
        sending.push(event("a", 1), serial);
    }
    let groups = by_stream(sending);
    assert_eq!(groups.len(), 1);
    let group = &groups[&StreamName::new("a").unwrap()];
    assert_eq!((group.places.as_slice(), group.sending.events.len()), ([0, 1, 2].as_slice(), 3));
    assert_eq!(group.sending.serials, [None, Some(serial)]);
    assert!(by_stream(Sending::default()).is_empty());
}
