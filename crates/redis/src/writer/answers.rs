//! What the server made of each call.

use redis::Value;
use tideboard_log::{AppendError, Receipt};
use tideboard_model::{Epoch, Offset, Position, Proof};

use super::Writer;
use super::lost::append_of;
use crate::answer::{list, number, text};
use crate::number::from_hex;
use crate::records::read_key;
use crate::request::{Pending, Request, Sent};
use crate::settings::Acknowledge;
use crate::trouble::Trouble;

/// What became of one call.
enum Outcome {
    Done {
        position: Position,
        first: Offset,
        previous: Proof,
    },
    /// A batch with this key was appended before.
    Known {
        record: String,
        epoch: Epoch,
    },
    /// What it was judged on no longer holds.
    Stale,
}

impl Writer {
    /// Answers what is settled, and keeps what is to be tried again.
    pub(super) async fn settle(&mut self, group: &mut Vec<Pending>, answers: Vec<Value>) -> Result<(), Trouble> {
        let mut answers = answers.into_iter();
        let outcomes: Vec<_> = answers.by_ref().take(group.len()).map(outcome).collect();
        let short = self.shortfall(answers)?;
        let (mut trouble, mut left) = (None, Vec::new());
        for (pending, outcome) in std::mem::take(group).into_iter().zip(outcomes) {
            let Pending { request, sent } = pending;
            match (outcome, sent) {
                (Ok(Outcome::Done { .. } | Outcome::Known { .. }), _) if short.is_some() => {
                    let reason = short.clone().unwrap_or_default();
                    request.answer(Err(AppendError::Failed(reason)));
                }
                (Ok(Outcome::Done { position, first, previous }), Some(sent)) => {
                    self.advance(&request, position);
                    self.done(request, sent, (position, first, previous));
                }
                (Ok(Outcome::Known { record, epoch }), _) => {
                    // What it was judged on counted it as new.
                    self.streams.remove(&request.stream);
                    let answer = replayed(&request, &record, epoch);
                    request.answer(answer);
                }
                (Ok(_), _) => {
                    self.streams.remove(&request.stream);
                    left.push(Pending { request, sent: None });
                }
                (Err(refused @ (Trouble::Full | Trouble::Refused(_))), _) => {
                    self.streams.remove(&request.stream);
                    request.answer(Err(refused.into()));
                }
                (Err(Trouble::Lost(reason)), sent) => {
                    left.push(Pending { request, sent });
                    trouble = Some(Trouble::Lost(reason));
                }
                (Err(other), _) => {
                    left.push(Pending { request, sent: None });
                    trouble = Some(other);
                }
            }
        }
        *group = left;
        trouble.map_or(Ok(()), Err)
    }

    /// Why what was done may not be acknowledged, if too few replicas have it.
    fn shortfall(&self, mut answers: impl Iterator<Item = Value>) -> Result<Option<String>, Trouble> {
        let Acknowledge::Replicas(wanted) = self.shared.acknowledge else { return Ok(None) };
        let reached = answers.nth(1).map_or(Ok(0), |answer| number(&answer))?;
        Ok((reached < i64::from(wanted)).then(|| {
            format!(
                "{reached} of {wanted} replicas have the batch: it is in the primary and may be kept, retry under the \
                 same key"
            )
        }))
    }

    fn advance(&mut self, request: &Request, position: Position) {
        if let Some(stored) = self.streams.get_mut(&request.stream) {
            stored.state.end = position;
        }
    }

    /// Answers a batch that was appended, and hands it to the tail.
    pub(super) fn done(&self, request: Request, sent: Sent, (position, first, previous): (Position, Offset, Proof)) {
        let accepted = sent.events.len();
        if accepted > 0 && self.shared.attended.contains(self.partition, &request.stream) {
            // A tail that is busy reads it.
            drop(self.appended.try_send(append_of(&request, &sent, (position, first, previous))));
        }
        let Sent { duplicates, refused, .. } = sent;
        request.answer(Ok(Receipt { position, accepted, duplicates, refused, replayed: false }));
    }
}

fn replayed(request: &Request, record: &str, epoch: Epoch) -> Result<Receipt, AppendError> {
    let damaged = || AppendError::Failed("what is remembered of the key is damaged".to_owned());
    let (digest, receipt) = read_key(record, epoch).ok_or_else(damaged)?;
    let is_same = request.key.as_ref().is_some_and(|(_, own)| *own == digest);
    if is_same { Ok(receipt) } else { Err(AppendError::KeyReused) }
}

fn outcome(answer: Value) -> Result<Outcome, Trouble> {
    let odd = || Trouble::odd("what became of an append");
    let parts = list(answer)?;
    let part = |index: usize| parts.get(index).map_or(Ok(None), text)?.ok_or_else(odd);
    match part(0)? {
        "done" => {
            let (first, last, before, epoch, proof) = (part(1)?, part(2)?, part(3)?, part(4)?, part(5)?);
            let offset = |text: &str| text.parse().map(Offset).map_err(|_no_number| odd());
            let epoch = Epoch(from_hex(epoch).ok_or_else(odd)?);
            let proof = Proof(from_hex(proof).ok_or_else(odd)?);
            let position = Position { epoch, offset: offset(last)?, proof };
            Ok(Outcome::Done { position, first: offset(first)?, previous: Proof(from_hex(before).ok_or_else(odd)?) })
        }
        "known" => {
            let (record, epoch) = (part(1)?.to_owned(), part(2)?);
            Ok(Outcome::Known { record, epoch: Epoch(from_hex(epoch).ok_or_else(odd)?) })
        }
        // Came late, behind calls sent after it: what became of it must be looked up.
        "seen" => Err(Trouble::Lost("a call overtook another".to_owned())),
        _ => Ok(Outcome::Stale),
    }
}
