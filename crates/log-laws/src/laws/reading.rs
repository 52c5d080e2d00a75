//! Pages of appends.

use std::sync::Arc;

use tideboard_log::{Append, ScanRange};
use tideboard_model::{Nanos, Offset, Proof};

use crate::batches::{batch, stream};
use crate::{Kind, Subject};

fn ends(appends: &[Arc<Append>]) -> Vec<u64> {
    appends.iter().map(|append| append.position.offset.0).collect()
}

/// Appends of three events that end at 3, 6, 9 and so on.
async fn threes(kind: &dyn Kind, starts: &[i64]) -> Subject {
    let subject = Subject::new(kind).await;
    for start in starts {
        subject.log.append(batch("s", [*start, start + 1, start + 2])).await.unwrap();
    }
    subject.log.append(batch("other", [0])).await.unwrap();
    subject
}

/// A read gives whole appends and at least one.
pub async fn a_read_gives_whole_appends_and_at_least_one(kind: &dyn Kind) {
    let subject = threes(kind, &[0, 10, 20]).await;
    let read = async |after, max| ends(&subject.log.read(&stream("s"), Offset(after), max).await.unwrap());
    assert_eq!(read(0, 100).await, [3, 6, 9]);
    assert_eq!(read(0, 6).await, [3, 6]);
    assert_eq!(read(0, 5).await, [3]);
    assert_eq!(read(0, 0).await, [3]);
    assert_eq!(read(3, 1).await, [6]);
    assert_eq!(read(9, 1).await, [0_u64; 0]);
    assert_eq!(read(u64::MAX, 1).await, [0_u64; 0]);
}

/// A read from inside an append gives it whole.
pub async fn a_read_from_inside_an_append_gives_it_whole(kind: &dyn Kind) {
    let subject = threes(kind, &[0, 10]).await;
    let read = subject.log.read(&stream("s"), Offset(4), 100).await.unwrap();
    assert_eq!((read[0].first, read[0].before(), read[0].events.len()), (Offset(4), Offset(3), 3));
    let read = subject.log.read(&stream("s"), Offset(5), 100).await.unwrap();
    assert_eq!((read[0].first, read[0].events.len()), (Offset(4), 3));
}

/// A scan finds by time within offsets in order.
pub async fn a_scan_finds_by_time_within_offsets_in_order(kind: &dyn Kind) {
    let subject = threes(kind, &[0, 50, 10, 60, -90]).await;
    let scan = async |since, after, upto| {
        let range = ScanRange { since: Nanos(since), after: Offset(after), upto: Offset(upto) };
        ends(&subject.log.scan(&stream("s"), range, 1_000).await.unwrap())
    };
    assert_eq!(scan(i64::MIN, 0, u64::MAX).await, [3, 6, 9, 12, 15]);
    assert_eq!(scan(3, 0, 15).await, [6, 9, 12], "late events are passed over one by one");
    assert_eq!(scan(2, 0, 15).await, [3, 6, 9, 12], "an event at the time itself counts");
    assert_eq!(scan(13, 0, 15).await, [6, 12]);
    assert_eq!(scan(13, 6, 15).await, [12]);
    assert_eq!(scan(13, 0, 11).await, [6]);
    assert_eq!(scan(63, 0, 15).await, [0_u64; 0]);
}

/// A scan in pages finds what one scan finds.
pub async fn a_scan_in_pages_finds_what_one_scan_finds(kind: &dyn Kind) {
    let starts: Vec<i64> = (0..40).map(|n| (n * 37) % 101).collect();
    let subject = threes(kind, &starts).await;
    let scan = async |after, max| {
        let range = ScanRange { since: Nanos(40), after, upto: Offset(100) };
        subject.log.scan(&stream("s"), range, max).await.unwrap()
    };
    let whole = scan(Offset::ZERO, usize::MAX).await;
    let expected = starts.iter().zip((3_u64..).step_by(3)).filter(|(start, end)| **start + 2 >= 40 && *end <= 100);
    assert_eq!(ends(&whole), expected.map(|(_, end)| end).collect::<Vec<_>>());
    let (mut paged, mut after) = (Vec::new(), Offset::ZERO);
    loop {
        let page = scan(after, 7).await;
        let Some(last) = page.last() else { break };
        assert!(page.len() <= 2);
        after = last.position.offset;
        paged.extend(page);
    }
    assert_eq!(paged, whole);
}

/// Every append names the proof of the one before it.
pub async fn every_append_names_the_proof_of_the_one_before_it(kind: &dyn Kind) {
    let subject = threes(kind, &[0, 50, 10, 60, 20]).await;
    let name = stream("s");
    let all = subject.log.read(&name, Offset::ZERO, 100).await.unwrap();
    assert_eq!(all[0].previous, Proof(0), "the proof of the start");
    let follow = |pair: &[Arc<Append>]| assert_eq!(pair[1].previous, pair[0].position.proof);
    all.windows(2).for_each(follow);
    let late = ScanRange { since: Nanos(52), after: Offset::ZERO, upto: Offset(15) };
    let (read, scanned) =
        (subject.log.read(&name, Offset(4), 1).await.unwrap(), subject.log.scan(&name, late, 100).await);
    let back = subject.log.read_back(&name, Offset(15), 100).await.unwrap();
    assert_eq!((&read[..], &scanned.unwrap()[..]), (&all[1..2], &[Arc::clone(&all[1]), Arc::clone(&all[3])][..]));
    assert!(back.iter().rev().eq(&all));
    subject.log.trim(Nanos(51)).await.unwrap();
    let left = subject.log.read(&name, Offset::ZERO, 100).await.unwrap();
    assert_eq!(left, all[1..], "also of one that retention took");
}

/// Reading back gives the newest first.
pub async fn reading_back_gives_the_newest_first(kind: &dyn Kind) {
    let subject = threes(kind, &[0, 10, 20]).await;
    let back = async |upto, max| ends(&subject.log.read_back(&stream("s"), Offset(upto), max).await.unwrap());
    assert_eq!(back(u64::MAX, 100).await, [9, 6, 3]);
    assert_eq!(back(9, 4).await, [9]);
    assert_eq!(back(9, 6).await, [9, 6]);
    assert_eq!(back(8, 100).await, [6, 3], "whole appends at or before");
    assert_eq!(back(0, 100).await, [0_u64; 0]);
}
