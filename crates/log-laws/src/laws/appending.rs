//! What is appended, and how it is told.

use std::sync::Arc;

use tideboard_log::{AppendError, Commit};
use tideboard_model::{Offset, Position};

use crate::batches::{batch, key, keyed, stream};
use crate::{Kind, Subject, contents};

/// Offsets are dense from one.
pub async fn offsets_are_dense_from_one(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    for times in [vec![10], vec![20, 30, 40], vec![5, 50]] {
        subject.log.append(batch("s", times)).await.unwrap();
    }
    assert_eq!(contents(&*subject.log, "s").await, [(1, 10), (2, 20), (3, 30), (4, 40), (5, 5), (6, 50)]);
}

/// A receipt names the end of its append.
pub async fn a_receipt_names_the_end_of_its_append(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.clock.set(77);
    let receipt = subject.log.append(batch("s", 0..3)).await.unwrap();
    assert_eq!((receipt.position.offset, receipt.accepted, receipt.replayed), (Offset(3), 3, false));
    assert_eq!(subject.log.end(&stream("s")).await.unwrap(), Some(receipt.position));
    let read = subject.log.read(&stream("s"), Offset::ZERO, 10).await.unwrap();
    assert_eq!((read[0].first, read[0].position, read[0].accepted.0), (Offset(1), receipt.position, 77));
    assert_eq!(read[0].before(), Offset::ZERO);
    let infos = subject.log.streams().await.unwrap();
    assert_eq!(subject.log.info(&stream("s")).await.unwrap().as_ref(), infos.first());
    assert_eq!((infos[0].end, infos[0].last_accepted.unwrap().0), (receipt.position, 77));
}

/// Batches that came together are answered one by one, in their order, and the failure of one is its own.
pub async fn batches_that_came_together_are_answered_one_by_one(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.log.append(keyed("b", [1], key("p", "k"))).await.unwrap();
    let sent = vec![
        batch("a", [10, 11]),
        keyed("b", [2], key("p", "k")),
        batch("c", [30]),
        keyed("b", [1], key("p", "k")),
        batch("a", [12]),
    ];
    let answers = subject.log.append_all(sent).await;
    let told =
        answers.iter().map(|answer| answer.as_ref().map(|receipt| (receipt.position.offset.0, receipt.replayed)));
    let reused = Err(&AppendError::KeyReused);
    assert_eq!(told.collect::<Vec<_>>(), [Ok((2, false)), reused, Ok((1, false)), Ok((1, true)), Ok((3, false))]);
    assert_eq!(contents(&*subject.log, "a").await, [(1, 10), (2, 11), (3, 12)]);
    assert_eq!(contents(&*subject.log, "b").await, [(1, 1)]);
    assert_eq!(contents(&*subject.log, "c").await, [(1, 30)]);
    assert!(subject.log.append_all(Vec::new()).await.is_empty());
}

/// Commits are told in order and as they are read.
pub async fn commits_are_told_in_order_and_as_they_are_read(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let mut listener = subject.listen("s").await;
    for n in 0..20 {
        subject.log.append(batch("s", [n, n])).await.unwrap();
    }
    let end = subject.log.end(&stream("s")).await.unwrap().unwrap();
    let told: Vec<_> = listener
        .told_until(end)
        .await
        .into_iter()
        .flat_map(|commit| match commit {
            Commit::Appends(appends) => appends.to_vec(),
            other @ (Commit::Trim(_) | Commit::Uncertain(_)) => panic!("not appended: {other:?}"),
        })
        .collect();
    assert_eq!(told, subject.log.read(&stream("s"), Offset::ZERO, 1_000).await.unwrap());
    assert!(told.is_sorted_by_key(|append| append.first) && told.len() == 20);
}

/// Appenders side by side share no offset and lose none.
pub async fn appenders_side_by_side_share_no_offset_and_lose_none(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let appenders: Vec<_> = (0..8_i64)
        .map(|appender| {
            let log = Arc::clone(&subject.log);
            tokio::spawn(async move {
                let name = if appender % 2 == 0 { "even" } else { "odd" };
                for n in 0..25 {
                    let value = appender * 1_000 + n;
                    log.append(batch(name, [value, value])).await.unwrap();
                }
            })
        })
        .collect();
    for appender in appenders {
        appender.await.unwrap();
    }
    for (name, remainder) in [("even", 0), ("odd", 1)] {
        let contents = contents(&*subject.log, name).await;
        assert!(contents.iter().zip(1..).all(|((offset, _), expected)| *offset == expected), "dense");
        let mut values: Vec<i64> = contents.iter().map(|(_, value)| *value).collect();
        for appender in (0..8).filter(|appender| appender % 2 == remainder) {
            let own: Vec<i64> = values.iter().copied().filter(|value| value / 1_000 == appender).collect();
            assert!(own.is_sorted(), "each appender's batches stand in its order");
        }
        values.sort_unstable();
        let expected = (0..8).filter(|n| n % 2 == remainder).flat_map(|n| (0..50).map(move |m| n * 1_000 + m / 2));
        assert_eq!(values, expected.collect::<Vec<_>>());
    }
}

/// An empty batch moves nothing.
pub async fn an_empty_batch_moves_nothing(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let before = subject.log.append(batch("s", [1])).await.unwrap();
    let mut listener = subject.listen("s").await;
    let receipt = subject.log.append(batch("s", [])).await.unwrap();
    assert_eq!((receipt.position, receipt.accepted), (before.position, 0));
    assert!(listener.told().await.is_empty());
    let fresh = subject.log.append(batch("fresh", [])).await.unwrap();
    assert_eq!(fresh.position, Position::start(fresh.position.epoch));
}

/// A stream nobody wrote to has no end.
pub async fn a_stream_nobody_wrote_to_has_no_end(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    assert_eq!(subject.log.end(&stream("s")).await.unwrap(), None);
    assert_eq!(subject.log.info(&stream("s")).await.unwrap(), None);
    assert!(subject.log.streams().await.unwrap().is_empty());
    assert!(subject.log.read(&stream("s"), Offset::ZERO, 9).await.unwrap().is_empty());
}

/// A closed log takes no more.
pub async fn a_closed_log_takes_no_more(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    subject.log.append(batch("s", [1])).await.unwrap();
    subject.log.close().await.unwrap();
    subject.log.close().await.unwrap();
    assert_eq!(subject.log.append(batch("s", [2])).await, Err(AppendError::Closed));
}

/// One stream too many is refused.
pub async fn one_stream_too_many_is_refused(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.limits.streams = 2).await;
    for name in ["a", "b", "a"] {
        subject.log.append(batch(name, [1])).await.unwrap();
    }
    assert_eq!(subject.log.append(batch("c", [1])).await, Err(AppendError::TooManyStreams { limit: 2 }));
    assert_eq!(subject.log.streams().await.unwrap().len(), 2);
}
