//! What a producer's sequences recognise.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{AppendError, Batch, Receipt, Refusal, Refused};
use tideboard_model::{FieldValue, Offset, Position, Sequence};

use crate::batches::{batch, event, key, of, produced, serial};
use crate::{Kind, Subject, contents};

/// Accepted, duplicates and refused.
fn counts(receipt: &Receipt) -> (usize, usize, usize) {
    (receipt.accepted, receipt.duplicates, receipt.refused.len())
}

async fn send(subject: &Subject, batch: Batch) -> (usize, usize, usize) {
    counts(&subject.log.append(batch).await.unwrap())
}

async fn values(subject: &Subject, name: &str) -> Vec<i64> {
    contents(&*subject.log, name).await.into_iter().map(|(_, value)| value).collect()
}

/// An event sent again in other batches counts once.
pub async fn an_event_sent_again_in_other_batches_counts_once(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    assert_eq!(send(&subject, produced("s", "p", [1, 2, 3])).await, (3, 0, 0));
    let end = subject.log.end(&"s".to_owned().try_into().unwrap()).await.unwrap().unwrap();
    let mut listener = subject.listen("s").await;
    let retry = subject.log.append(produced("s", "p", [2, 3])).await.unwrap();
    let expected = Receipt { position: end, accepted: 0, duplicates: 2, refused: Vec::new(), replayed: false };
    assert_eq!(retry, expected, "all known: the stream's end");
    assert!(listener.told().await.is_empty());
    assert_eq!(send(&subject, produced("s", "p", [1, 4, 3, 5])).await, (2, 2, 0));
    assert_eq!(values(&subject, "s").await, [1, 2, 3, 4, 5]);
}

/// Within a batch the same rules hold event by event.
pub async fn within_a_batch_the_same_rules_hold_event_by_event(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    assert_eq!(send(&subject, produced("s", "p", [5, 5, 4, 5, 4, 2_000, 6])).await, (3, 3, 1));
    assert_eq!(values(&subject, "s").await, [5, 4, 2_000]);
}

/// What comes late is appended as far as the window reaches.
pub async fn what_comes_late_is_appended_as_far_as_the_window_reaches(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    send(&subject, produced("s", "p", [2_000])).await;
    assert_eq!(send(&subject, produced("s", "p", [976, 1_500, 1_999])).await, (3, 0, 0));
    assert_eq!(send(&subject, produced("s", "p", [976, 1_500, 1_999, 2_000])).await, (0, 4, 0));
    assert_eq!(send(&subject, produced("s", "p", [2_500])).await, (1, 0, 0), "the window moves on");
    assert_eq!(send(&subject, produced("s", "p", [1_500, 1_999, 2_000, 1_501, 2_001])).await, (2, 3, 0));
    assert_eq!(values(&subject, "s").await, [2_000, 976, 1_500, 1_999, 2_500, 1_501, 2_001]);
}

/// What lies behind the window is refused by name.
pub async fn what_lies_behind_the_window_is_refused_by_name(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    send(&subject, produced("s", "p", [0, 2_000])).await;
    let receipt = subject.log.append(produced("s", "p", [975, 976, 0])).await.unwrap();
    assert_eq!(counts(&receipt), (1, 0, 2));
    let highest = Sequence::new(2_000).unwrap();
    let behind = |index, sequence| {
        let serial = serial("p", sequence);
        let reason = Refusal::SequenceBehind { producer: serial.producer, sequence: serial.sequence, highest };
        Refused { index, reason }
    };
    assert_eq!(receipt.refused, [behind(0, 975), behind(2, 0)]);
    assert_eq!(
        receipt.refused[0].reason.to_string(),
        "sequence 975 is 1025 behind the highest of producer p, 2000: at most 1024 are told apart from repeats"
    );
    assert_eq!(values(&subject, "s").await, [0, 2_000, 976]);
}

/// Events without a producer pass between those of one.
pub async fn events_without_a_producer_pass_between_those_of_one(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let mixed = || Batch { serials: vec![None, Some(serial("p", 1)), Some(serial("q", 1))], ..batch("s", 0..5) };
    assert_eq!(send(&subject, mixed()).await, (5, 0, 0));
    assert_eq!(send(&subject, mixed()).await, (3, 2, 0));
    assert_eq!(values(&subject, "s").await, [0, 1, 2, 3, 4, 0, 3, 4]);
}

/// A refused event leaves its sequence free.
pub async fn a_refused_event_leaves_its_sequence_free(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let serials = vec![Some(serial("p", 1)), Some(serial("p", 2_000)), Some(serial("p", 2))];
    let events =
        |second| vec![event("s", 1, "value", FieldValue::Int(1)), second, event("s", 3, "value", FieldValue::Int(3))];
    let bad = event("s", 2, "value", FieldValue::Bool(true));
    let batch = Batch { serials: serials.clone(), ..of("s", events(bad)) };
    assert_eq!(send(&subject, batch.clone()).await, (2, 0, 1), "2,000 moves no window: 2 is not behind");
    assert_eq!(send(&subject, batch).await, (0, 2, 1));
    let mended = event("s", 2, "value", FieldValue::Int(2));
    assert_eq!(send(&subject, Batch { serials, ..of("s", events(mended)) }).await, (1, 1, 1));
    assert_eq!(values(&subject, "s").await, [1, 3, 2]);
}

/// Producers are scoped by principal and stream.
pub async fn producers_are_scoped_by_principal_and_stream(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    for (name, principal, producer) in [("s", "p", "a"), ("s", "q", "a"), ("t", "p", "a"), ("s", "p", "b")] {
        let batch = || Batch { principal: principal.into(), ..produced(name, producer, [7]) };
        assert_eq!(send(&subject, batch()).await, (1, 0, 0), "{name} {principal} {producer}");
        assert_eq!(send(&subject, batch()).await, (0, 1, 0), "{name} {principal} {producer}");
    }
}

/// A key is looked at before the sequences.
pub async fn a_key_is_looked_at_before_the_sequences(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let keyed = || Batch { key: Some(key("p", "k").1), ..produced("s", "p", [1, 2, 1]) };
    let first = subject.log.append(keyed()).await.unwrap();
    assert_eq!((counts(&first), first.replayed), ((2, 1, 0), false));
    let retry = subject.log.append(keyed()).await.unwrap();
    assert_eq!(retry, Receipt { replayed: true, ..first }, "the first receipt, duplicates included");
    let other_key = Batch { key: Some(key("p", "other").1), ..keyed() };
    assert_eq!(send(&subject, other_key).await, (0, 3, 0), "a new key, the same events");
    assert_eq!(values(&subject, "s").await, [1, 2]);
}

/// Other sequences under a used key are other content.
pub async fn other_sequences_under_a_used_key_are_other_content(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let keyed = |producer: &str, sequence| Batch {
        serials: vec![Some(serial(producer, sequence))],
        key: Some(key("p", "k").1),
        ..batch("s", [5])
    };
    send(&subject, keyed("a", 1)).await;
    for other in [keyed("a", 2), keyed("b", 1), Batch { serials: Vec::new(), ..keyed("a", 1) }] {
        assert_eq!(subject.log.append(other).await, Err(AppendError::KeyReused));
    }
    assert_eq!(values(&subject, "s").await, [5]);
}

/// A producer is forgotten a while after its last use.
pub async fn a_producer_is_forgotten_a_while_after_its_last_use(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.keys.age = Duration::from_millis(100)).await;
    for (now, expected) in
        [(1_000, (1, 0, 0)), (1_100, (0, 1, 0)), (1_200, (0, 1, 0)), (1_301, (1, 0, 0)), (1_302, (0, 1, 0))]
    {
        subject.clock.set(now);
        assert_eq!(send(&subject, produced("s", "p", [1])).await, expected, "at {now}");
    }
}

/// The least recently used producer gives way.
pub async fn the_least_recently_used_producer_gives_way(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.producers = 3).await;
    for producer in ["a", "b", "c"] {
        send(&subject, produced("s", producer, [1])).await;
    }
    for _ in 0..20 {
        assert_eq!(send(&subject, produced("s", "a", [1])).await, (0, 1, 0), "using one often drops no other");
    }
    assert_eq!(send(&subject, produced("s", "d", [1])).await, (1, 0, 0), "takes the place of b");
    for (producer, expected) in [("a", (0, 1, 0)), ("c", (0, 1, 0)), ("d", (0, 1, 0)), ("b", (1, 0, 0))] {
        assert_eq!(send(&subject, produced("s", producer, [1])).await, expected, "{producer}");
    }
    let crowd: Vec<String> = (0..50).map(|n| format!("crowd-{n:02}")).collect();
    let serials = crowd.iter().map(|producer| Some(serial(producer, 1))).collect();
    assert_eq!(send(&subject, Batch { serials, ..batch("s", 0..50) }).await, (50, 0, 0));
    assert_eq!(send(&subject, produced("s", &crowd[49], [1])).await, (0, 1, 0));
    assert_eq!(send(&subject, produced("s", &crowd[46], [1])).await, (1, 0, 0), "three are remembered, not more");
}

/// Retries that race append each event once.
pub async fn retries_that_race_append_each_event_once(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let racers: Vec<_> = (0..16_u64)
        .map(|racer| {
            let log = Arc::clone(&subject.log);
            // Overlapping cuts of the same events, each in its own order.
            let first = racer % 4 * 100;
            let mut sequences: Vec<u64> = (first..first + 200).collect();
            sequences.rotate_left(usize::try_from(racer).unwrap() * 10);
            tokio::spawn(async move { log.append(produced("s", "p", sequences)).await.unwrap() })
        })
        .collect();
    let (mut accepted, mut position) = (0, None::<Position>);
    for racer in racers {
        let receipt = racer.await.unwrap();
        assert_eq!(receipt.accepted + receipt.duplicates, 200);
        accepted += receipt.accepted;
        position = position.into_iter().chain([receipt.position]).max_by_key(|position| position.offset);
    }
    assert_eq!((accepted, position.unwrap().offset), (500, Offset(500)));
    let distinct: BTreeSet<i64> = values(&subject, "s").await.into_iter().collect();
    assert_eq!(distinct, (0..500).collect());
}
