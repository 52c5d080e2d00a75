//! What a log keeps in memory of each stream.

use std::sync::Arc;

use tideboard_model::{Epoch, Event, Millis, Nanos, Offset, Position, Proof, StreamName};

use crate::admission::Schema;
use crate::{Append, Mark, StreamInfo, Verdict};

/// A stream's ends and names.
#[derive(Debug, Clone)]
pub struct StreamState {
    /// The end of the last append; the start if there was none.
    pub end: Position,
    /// The last append that retention took; the start if it took none.
    pub base: Position,
    /// See [`Mark::retained_from`]; `None` if nothing was ever dropped.
    pub retained_from: Option<Nanos>,
    /// The latest event time of any append ever, retained or not.
    pub high_time: Nanos,
    /// When the last append was taken.
    pub last_accepted: Option<Millis>,
    /// The names it has seen.
    pub schema: Schema,
}

/// What a stream's state alone can say of a position.
pub enum Judgement {
    /// The verdict.
    Settled(Verdict),
    /// The append that ends at this offset must be looked up.
    LookUp,
}

impl StreamState {
    /// A stream that nothing was appended to yet.
    #[must_use]
    pub fn new(epoch: Epoch) -> Self {
        let start = Position::start(epoch);
        Self {
            end: start,
            base: start,
            retained_from: None,
            high_time: Nanos(i64::MIN),
            last_accepted: None,
            schema: Schema::default(),
        }
    }

    /// Gives the next offsets to events (at least one), and moves the end.
    pub(crate) fn extend(
        &mut self,
        stream: &StreamName,
        events: Arc<[Event]>,
        proof: Proof,
        accepted: Millis,
    ) -> Append {
        let (first, previous) = (self.end.offset.next(), self.end.proof);
        self.end = Position { epoch: self.end.epoch, offset: self.end.offset.plus(events.len()), proof };
        self.last_accepted = Some(accepted);
        self.high_time = self.high_time.max(max_time(&events));
        Append { stream: stream.clone(), first, previous, position: self.end, accepted, events }
    }

    /// Moves the start to just after `base`.
    pub(crate) fn trim(&mut self, stream: &StreamName, base: Position, retained_from: Nanos) -> Mark {
        self.base = base;
        self.retained_from = Some(retained_from);
        Mark { stream: stream.clone(), first_retained: base.offset.next(), retained_from }
    }

    /// Retention only moves forward.
    #[must_use]
    pub fn trim_before(&self, before: Nanos) -> Nanos {
        self.retained_from.map_or(before, |earlier| earlier.max(before))
    }

    /// Judges a position by the stream's ends.
    #[must_use]
    pub fn judge(&self, position: Position) -> Judgement {
        let settled = |proof| if proof == position.proof { Verdict::Proved } else { Verdict::Unproved };
        Judgement::Settled(if position.epoch != self.end.epoch {
            Verdict::WrongEpoch
        } else if position.offset > self.end.offset {
            Verdict::Ahead
        } else if position.offset == self.end.offset {
            settled(self.end.proof)
        } else if position.offset < self.base.offset {
            Verdict::Expired
        } else if position.offset == Offset::ZERO {
            settled(Proof(0))
        } else if position.offset == self.base.offset {
            settled(self.base.proof)
        } else {
            return Judgement::LookUp;
        })
    }

    /// What is told of the stream.
    #[must_use]
    pub fn info(&self, name: &StreamName) -> StreamInfo {
        StreamInfo {
            name: name.clone(),
            end: self.end,
            first_retained: self.base.offset.next(),
            retained_from: self.retained_from,
            fields: (*self.schema.fields).clone(),
            tags: (*self.schema.tags).clone(),
            last_accepted: self.last_accepted,
        }
    }
}

/// The verdict once the append that ends at the position's offset was looked up.
#[must_use]
pub fn judge_found(position: Position, found: Option<(Proof, Millis)>, proofs_open: Millis) -> Verdict {
    match found {
        Some((proof, accepted)) if proof == position.proof => {
            if accepted < proofs_open {
                Verdict::Expired
            } else {
                Verdict::Proved
            }
        }
        Some(_) | None => Verdict::Unproved,
    }
}

/// The latest time of events; the earliest there is if there are none.
#[must_use]
pub fn max_time(events: &[Event]) -> Nanos {
    events.iter().map(|event| event.time).max().unwrap_or(Nanos(i64::MIN))
}
