//! What a key recognises.

use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{AppendError, Batch, Receipt};
use tideboard_model::FieldValue;

use crate::batches::{batch, event, key, keyed, of};
use crate::{Kind, Subject, contents};

/// A retry gets the first receipt and counts once.
pub async fn a_retry_gets_the_first_receipt_and_counts_once(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.log.append(batch("s", [0])).await.unwrap();
    let events = vec![
        event("s", 1, "value", FieldValue::Int(1)),
        event("s", 2, "value", FieldValue::Bool(true)),
        event("other", 3, "value", FieldValue::Int(3)),
    ];
    let batch = Batch { key: Some(key("p", "k").1), ..of("s", events) };
    let first = subject.log.append(batch.clone()).await.unwrap();
    assert_eq!((first.accepted, first.refused.len(), first.replayed), (1, 2, false));
    subject.log.append(crate::batches::batch("s", [9])).await.unwrap();
    let mut listener = subject.listen("s").await;
    let retry = subject.log.append(batch).await.unwrap();
    assert_eq!(retry, Receipt { replayed: true, ..first });
    assert_eq!(contents(&*subject.log, "s").await, [(1, 0), (2, 1), (3, 9)]);
    assert!(listener.told().await.is_empty());
}

/// A retry that was stamped at another arrival is the same batch.
pub async fn a_retry_that_was_stamped_at_another_arrival_is_the_same_batch(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let arriving =
        |time| Batch { key: Some(key("p", "k").1), ..of("s", vec![event("s", time, "value", FieldValue::Int(4))]) };
    subject.log.append(arriving(100)).await.unwrap();
    assert!(subject.log.append(arriving(200)).await.unwrap().replayed);
}

/// Other content under a used key is refused.
pub async fn other_content_under_a_used_key_is_refused(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.log.append(keyed("s", [1, 2], key("p", "k"))).await.unwrap();
    for other in [vec![1], vec![1, 3], vec![2, 1], vec![1, 2, 3]] {
        assert_eq!(subject.log.append(keyed("s", other, key("p", "k"))).await, Err(AppendError::KeyReused));
    }
    assert_eq!(contents(&*subject.log, "s").await, [(1, 1), (2, 2)]);
}

/// Keys are scoped by principal and stream.
pub async fn keys_are_scoped_by_principal_and_stream(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    for (name, principal) in [("s", "p"), ("s", "q"), ("t", "p")] {
        let receipt = subject.log.append(keyed(name, [1], key(principal, "k"))).await.unwrap();
        assert!(!receipt.replayed, "{name} {principal}");
    }
}

/// A key is forgotten with age.
pub async fn a_key_is_forgotten_with_age(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.keys.age = Duration::from_millis(100)).await;
    subject.clock.set(1_000);
    subject.log.append(keyed("s", [1], key("p", "k"))).await.unwrap();
    subject.clock.set(1_100);
    assert!(subject.log.append(keyed("s", [1], key("p", "k"))).await.unwrap().replayed);
    subject.clock.set(1_101);
    assert!(!subject.log.append(keyed("s", [1], key("p", "k"))).await.unwrap().replayed);
    assert!(subject.log.append(keyed("s", [1], key("p", "k"))).await.unwrap().replayed);
}

/// A key is forgotten with count.
pub async fn a_key_is_forgotten_with_count(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.keys.count = 3).await;
    for n in 0..4 {
        subject.log.append(keyed("s", [n], key("p", &n.to_string()))).await.unwrap();
    }
    for n in 1..4 {
        assert!(subject.log.append(keyed("s", [n], key("p", &n.to_string()))).await.unwrap().replayed, "{n}");
    }
    assert!(!subject.log.append(keyed("s", [0], key("p", "0"))).await.unwrap().replayed);
}

/// Retries that race append once.
pub async fn retries_that_race_append_once(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let log = Arc::clone(&subject.log);
            tokio::spawn(async move { log.append(keyed("s", [1, 2], key("p", "k"))).await.unwrap() })
        })
        .collect();
    let mut firsts = 0;
    for racer in racers {
        firsts += usize::from(!racer.await.unwrap().replayed);
    }
    assert_eq!(firsts, 1);
    assert_eq!(contents(&*subject.log, "s").await.len(), 2);
}
