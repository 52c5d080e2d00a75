//! Which positions are honoured.

use std::time::Duration;

use tideboard_log::Verdict;
use tideboard_model::{Epoch, Nanos, Offset, Position, Proof};

use crate::batches::{batch, stream};
use crate::{Kind, Subject};

async fn verdict(subject: &Subject, position: Position) -> Verdict {
    subject.log.verify(&stream("s"), position).await.unwrap()
}

async fn appended(subject: &Subject, times: impl IntoIterator<Item = i64>) -> Position {
    subject.log.append(batch("s", times)).await.unwrap().position
}

/// Every receipt is proved and so is the start.
pub async fn every_receipt_is_proved_and_so_is_the_start(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let mut positions = Vec::new();
    for n in 0..4 {
        positions.push(appended(&subject, [n, n]).await);
    }
    positions.push(Position::start(positions[0].epoch));
    for position in positions {
        assert_eq!(verdict(&subject, position).await, Verdict::Proved, "{position}");
    }
}

/// A wiped log is another log.
pub async fn a_wiped_log_is_another_log(kind: &dyn Kind) {
    let (before, after) = (Subject::new(kind).await, Subject::new(kind).await);
    let position = appended(&before, [1]).await;
    assert_eq!(verdict(&after, position).await, Verdict::WrongEpoch, "no stream yet");
    appended(&after, [1]).await;
    assert_eq!(verdict(&after, position).await, Verdict::WrongEpoch);
    assert_eq!(verdict(&after, Position::start(position.epoch)).await, Verdict::WrongEpoch);
}

/// A position past the end is ahead.
pub async fn a_position_past_the_end_is_ahead(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let end = appended(&subject, [1]).await;
    for offset in [2, u64::MAX] {
        assert_eq!(verdict(&subject, Position { offset: Offset(offset), ..end }).await, Verdict::Ahead);
    }
}

/// A forged proof and an offset inside an append are unproved.
pub async fn a_forged_proof_and_an_offset_inside_an_append_are_unproved(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let first = appended(&subject, [1, 2, 3]).await;
    let end = appended(&subject, [4]).await;
    for forged in [
        Position { proof: Proof(first.proof.0 ^ 1), ..first },
        Position { proof: Proof(end.proof.0 ^ 1), ..end },
        Position { proof: end.proof, ..first },
        Position { offset: Offset(2), ..first },
        Position { offset: Offset(0), ..first },
    ] {
        assert_eq!(verdict(&subject, forged).await, Verdict::Unproved, "{forged}");
    }
}

/// What was trimmed is expired and its edge is proved.
pub async fn what_was_trimmed_is_expired_and_its_edge_is_proved(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let gone = appended(&subject, [1]).await;
    let edge = appended(&subject, [2]).await;
    let kept = appended(&subject, [30]).await;
    subject.log.trim(Nanos(10)).await.unwrap();
    assert_eq!(verdict(&subject, Position::start(gone.epoch)).await, Verdict::Expired);
    assert_eq!(verdict(&subject, gone).await, Verdict::Expired);
    assert_eq!(verdict(&subject, edge).await, Verdict::Proved, "everything after it is there");
    assert_eq!(verdict(&subject, Position { proof: Proof(edge.proof.0 ^ 1), ..edge }).await, Verdict::Unproved);
    assert_eq!(verdict(&subject, kept).await, Verdict::Proved);
    subject.log.trim(Nanos(100)).await.unwrap();
    assert_eq!(verdict(&subject, edge).await, Verdict::Expired);
    assert_eq!(verdict(&subject, kept).await, Verdict::Proved, "the end outlives what it ended");
    assert_eq!(appended(&subject, [200]).await.offset, Offset(4), "offsets go on");
}

/// A proof ages but the end does not.
pub async fn a_proof_ages_but_the_end_does_not(kind: &dyn Kind) {
    let subject = Subject::with(kind, |options| options.proof_window = Duration::from_millis(50)).await;
    subject.clock.set(1_000);
    let old = appended(&subject, [1]).await;
    subject.clock.set(1_050);
    let end = appended(&subject, [2]).await;
    assert_eq!(verdict(&subject, old).await, Verdict::Proved);
    subject.clock.set(9_000);
    assert_eq!(verdict(&subject, old).await, Verdict::Expired);
    assert_eq!(verdict(&subject, end).await, Verdict::Proved);
}

/// Streams and appends share no epoch and no proof.
pub async fn streams_and_appends_share_no_epoch_and_no_proof(kind: &dyn Kind) {
    let subject = Subject::new(kind).await;
    let one = appended(&subject, [1]).await;
    let two = appended(&subject, [2]).await;
    let other = subject.log.append(batch("other", [1])).await.unwrap().position;
    assert_ne!(one.proof, two.proof);
    assert_ne!((one.epoch, one.proof), (other.epoch, other.proof));
    assert_ne!(one.epoch, other.epoch);
    assert!(![one, two, other].iter().any(|p| p.epoch == Epoch(0) || p.proof == Proof(0)));
}
