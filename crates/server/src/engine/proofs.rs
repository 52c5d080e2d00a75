//! Positions that viewers present, each judged once for all who present the same: many are cut off at once, stand at
//! the same position, and return at once.

use std::collections::BTreeMap;
use std::time::Duration;

use tideboard_model::{Position, StreamName};
use tideboard_sync::Verdict;
use tokio::time::Instant;

use super::ViewerId;

/// How long it is remembered that the log proved a position. It stays so for as long as the log keeps the proof, which is
/// much longer.
const REMEMBERED: Duration = Duration::from_secs(2);
/// Most positions remembered; with more, they are asked for again.
const MOST_REMEMBERED: usize = 4_096;

/// What the log was asked, and what it said.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    asked: BTreeMap<(StreamName, Position), Vec<ViewerId>>,
    proved: BTreeMap<(StreamName, Position), Instant>,
}

/// What is known of a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// The verdict.
    Known(Verdict),
    /// The log has been asked: the verdict will come.
    Already,
    /// The log has to be asked now.
    First,
}

impl Proofs {
    /// A viewer presents a position.
    pub(super) fn ask(&mut self, viewer: ViewerId, stream: &StreamName, position: Position, now: Instant) -> Asked {
        let key = (stream.clone(), position);
        if self.proved.get(&key).is_some_and(|since| now.saturating_duration_since(*since) < REMEMBERED) {
            return Asked::Known(Verdict::Proved);
        }
        let waiting = self.asked.entry(key).or_default();
        waiting.push(viewer);
        if waiting.len() == 1 { Asked::First } else { Asked::Already }
    }

    /// The log has judged. Returns the viewers that wait for it.
    pub(super) fn judged(
        &mut self,
        stream: &StreamName,
        position: Position,
        verdict: Verdict,
        now: Instant,
    ) -> Vec<ViewerId> {
        let key = (stream.clone(), position);
        let waiting = self.asked.remove(&key).unwrap_or_default();
        match verdict {
            Verdict::Proved if self.proved.len() < MOST_REMEMBERED => {
                self.proved.insert(key, now);
            }
            // What is refused now may be proved later: a position ahead of the log, or a log that could not be read.
            Verdict::Proved | Verdict::Refused(_) => {}
        }
        waiting
    }

    /// Forgets what was proved long ago.
    pub(super) fn forget(&mut self, now: Instant) {
        self.proved.retain(|_, since| now.saturating_duration_since(*since) < REMEMBERED);
    }
}

#[cfg(test)]
mod tests {
    use tideboard_model::{Epoch, Offset, Proof};
    use tideboard_sync::wire::Reason;

    use super::*;

    fn position(offset: u64) -> Position {
        Position { epoch: Epoch(1), offset: Offset(offset), proof: Proof(offset) }
    }

    #[test]
    fn the_log_is_asked_once_for_all_who_present_the_same() {
        let (mut proofs, now, stream) = (Proofs::default(), Instant::now(), StreamName::new("s").unwrap());
        let [one, two, three] = [ViewerId::next(), ViewerId::next(), ViewerId::next()];
        assert_eq!(proofs.ask(one, &stream, position(7), now), Asked::First);
        assert_eq!(proofs.ask(two, &stream, position(7), now), Asked::Already);
        assert_eq!(proofs.ask(three, &stream, position(8), now), Asked::First);
        assert_eq!(proofs.judged(&stream, position(7), Verdict::Proved, now), [one, two]);
        assert_eq!(proofs.ask(three, &stream, position(7), now), Asked::Known(Verdict::Proved));
        proofs.forget(now + REMEMBERED);
        assert_eq!(proofs.ask(three, &stream, position(7), now), Asked::First, "after a while it is asked again");
    }

    #[test]
    fn what_was_refused_is_asked_again() {
        let (mut proofs, now, stream) = (Proofs::default(), Instant::now(), StreamName::new("s").unwrap());
        let viewer = ViewerId::next();
        proofs.ask(viewer, &stream, position(7), now);
        assert_eq!(proofs.judged(&stream, position(7), Verdict::Refused(Reason::Ahead), now), [viewer]);
        assert_eq!(proofs.ask(viewer, &stream, position(7), now), Asked::First);
    }
}
