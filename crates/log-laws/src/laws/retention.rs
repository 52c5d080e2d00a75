//! What goes, and what stays.

use tideboard_log::{Commit, Mark, ScanRange};
use tideboard_model::{Nanos, Offset};

use crate::batches::{batch, stream};
use crate::{Kind, Subject, contents};

async fn filled(kind: &dyn Kind) -> Subject {
    let subject = Subject::new(kind).await;
    for times in [vec![1, 9], vec![5], vec![8, 12], vec![3]] {
        subject.log.append(batch("s", times)).await.unwrap();
    }
    subject.log.append(batch("young", [100])).await.unwrap();
    subject
}

/// The longest prefix of old appends goes.
pub async fn the_longest_prefix_of_old_appends_goes(kind: &dyn Kind) {
    let subject = filled(kind).await;
    subject.log.trim(Nanos(10)).await.unwrap();
    assert_eq!(
        contents(&*subject.log, "s").await,
        [(4, 8), (5, 12), (6, 3)],
        "an append stays whole, and all after it"
    );
    assert_eq!(contents(&*subject.log, "young").await, [(1, 100)]);
    subject.log.trim(Nanos(12)).await.unwrap();
    assert_eq!(contents(&*subject.log, "s").await.len(), 3, "the event at the time itself stays");
    subject.log.trim(Nanos(13)).await.unwrap();
    assert_eq!(contents(&*subject.log, "s").await, []);
}

/// Marks are answered told and kept.
pub async fn marks_are_answered_told_and_kept(kind: &dyn Kind) {
    let subject = filled(kind).await;
    let mut listener = subject.listen("s").await;
    let marks = subject.log.trim(Nanos(10)).await.unwrap();
    let mark = Mark { stream: stream("s"), first_retained: Offset(4), retained_from: Nanos(10) };
    assert_eq!(marks, std::slice::from_ref(&mark));
    let infos = subject.log.streams().await.unwrap();
    assert_eq!((infos[0].first_retained, infos[0].retained_from), (Offset(4), Some(Nanos(10))));
    assert_eq!((infos[1].first_retained, infos[1].retained_from), (Offset(1), None));
    assert!(subject.log.trim(Nanos(10)).await.unwrap().is_empty(), "nothing new to drop");
    let told = listener.told().await;
    assert!(matches!(told.as_slice(), [Commit::Trim(told)] if *told == mark), "{told:?}");
}

/// Retention only moves forward.
pub async fn retention_only_moves_forward(kind: &dyn Kind) {
    let subject = filled(kind).await;
    subject.log.trim(Nanos(50)).await.unwrap();
    subject.log.append(batch("s", [20])).await.unwrap();
    let marks = subject.log.trim(Nanos(10)).await.unwrap();
    assert_eq!(marks, [Mark { stream: stream("s"), first_retained: Offset(8), retained_from: Nanos(50) }]);
}

/// Reads of all kinds stop at the mark.
pub async fn reads_of_all_kinds_stop_at_the_mark(kind: &dyn Kind) {
    let subject = filled(kind).await;
    subject.log.trim(Nanos(10)).await.unwrap();
    let first = |appends: Vec<std::sync::Arc<tideboard_log::Append>>| appends.iter().map(|append| append.first).min();
    let range = ScanRange { since: Nanos(i64::MIN), after: Offset::ZERO, upto: Offset(99) };
    assert_eq!(first(subject.log.read(&stream("s"), Offset::ZERO, 99).await.unwrap()), Some(Offset(4)));
    assert_eq!(first(subject.log.scan(&stream("s"), range, 99).await.unwrap()), Some(Offset(4)));
    assert_eq!(first(subject.log.read_back(&stream("s"), Offset(99), 99).await.unwrap()), Some(Offset(4)));
}

/// A long prefix goes in one mark.
pub async fn a_long_prefix_goes_in_one_mark(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let appends = (0..700).map(|n| subject.log.append(batch("s", [n])));
    for append in appends.collect::<Vec<_>>() {
        append.await.unwrap();
    }
    let marks = subject.log.trim(Nanos(650)).await.unwrap();
    assert_eq!(marks, [Mark { stream: stream("s"), first_retained: Offset(651), retained_from: Nanos(650) }]);
    subject.log.append(batch("s", [1])).await.unwrap();
    assert_eq!(contents(&*subject.log, "s").await.len(), 51);
}
