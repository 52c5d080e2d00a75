//! What comes out of a body: events, and refusals by name.

use tideboard_model::{Event, Serial};

use crate::{BodyError, Limits};

/// What a body held. Accepted and refused parts together are the whole body.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded {
    /// Accepted events in the body's order.
    pub events: Vec<Sent>,
    /// The first refusals, at most [`Limits::max_named_rejections`].
    pub rejected: Vec<Rejected>,
    /// How many events or lines were refused, the unnamed ones included.
    pub rejected_total: usize,
}

/// One accepted event.
#[derive(Debug, Clone, PartialEq)]
pub struct Sent {
    /// See [`Rejected::place`].
    pub place: usize,
    /// The event.
    pub event: Event,
    /// Its place in its producer's count, if the producer gave it one.
    pub serial: Option<Serial>,
}

/// One refused event or line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// JSON: the event's index among the events sent, from 0. Line protocol: the line's number, from 1.
    pub place: usize,
    /// JSON: where the trouble is, as a JSON Pointer (RFC 6901) into the body, NDJSON being read as an array of its
    /// events. Empty for line protocol.
    pub pointer: String,
    /// What is wrong and how to mend it. Says the place only where `place` does not: the line of an NDJSON event.
    pub reason: String,
    /// The refused text from its start, at most 120 characters.
    pub excerpt: Option<String>,
}

/// Gathers a [`Decoded`] within the limits.
pub(crate) struct Gather<'a> {
    decoded: Decoded,
    limits: &'a Limits,
    values: usize,
}

impl<'a> Gather<'a> {
    pub(crate) fn new(limits: &'a Limits) -> Self {
        Self { decoded: Decoded::default(), limits, values: 0 }
    }

    /// How many events were seen so far, refused ones included.
    pub(crate) fn seen(&self) -> usize {
        self.decoded.events.len() + self.decoded.rejected_total
    }

    /// Takes one event, or the refusal of one. The refusal is described only while there is room for it.
    pub(crate) fn take<R>(
        &mut self,
        place: usize,
        event: Result<(Event, Option<Serial>), R>,
        describe: impl FnOnce(R) -> Rejected,
    ) -> Result<(), BodyError> {
        if self.seen() >= self.limits.max_events_per_request {
            return Err(BodyError::TooManyEvents { limit: self.limits.max_events_per_request });
        }
        match event {
            Ok((event, serial)) => {
                self.values = self.values.saturating_add(event.tags.len() + event.fields.len());
                if self.values > self.limits.max_values_per_request {
                    return Err(BodyError::TooManyValues { limit: self.limits.max_values_per_request });
                }
                self.decoded.events.push(Sent { place, event, serial });
            }
            Err(refusal) => {
                self.decoded.rejected_total += 1;
                if self.decoded.rejected.len() < self.limits.max_named_rejections {
                    self.decoded.rejected.push(describe(refusal));
                }
            }
        }
        Ok(())
    }

    pub(crate) fn done(self) -> Decoded {
        self.decoded
    }
}
