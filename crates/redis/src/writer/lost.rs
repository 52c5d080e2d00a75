//! Finding out what became of calls whose answers were lost.

use std::sync::Arc;

use redis::{Pipeline, Value};
use tideboard_model::{Offset, Position, Proof};

use super::Writer;
use crate::answer::{list, text};
use crate::link::Call;
use crate::number::{from_hex, hex};
use crate::request::{Pending, Sent};
use crate::scripts::Script;
use crate::trouble::Trouble;

impl Writer {
    /// Answers those that were done; the others are known not to have been, and may be sent again.
    pub(super) async fn settle_lost(&mut self, group: &mut Vec<Pending>) -> Result<(), Trouble> {
        if group.iter().all(|pending| pending.sent.is_none()) {
            return Ok(());
        }
        let mut pipeline = Pipeline::new();
        pipeline.add_command(self.fence());
        let Some(lane) = &self.lane else { return Ok(()) };
        for Pending { request, sent } in &*group {
            let Some(sent) = sent else { continue };
            let keys = [self.shared.layout.log(&request.stream)];
            let arguments = vec![hex(sent.proof.0).into(), format!("({}-0", sent.after.0).into()];
            pipeline.add_command(lane.link.command(&Call { script: Script::Find, keys: &keys, arguments }));
        }
        let mut answers = self.ask(pipeline).await?.into_iter();
        // Without the fence, what was not found may still be done.
        text(&answers.next().map(as_text).unwrap_or_default())?;
        let mut outcomes = Vec::new();
        for sent in group.iter().filter_map(|pending| pending.sent.as_ref()) {
            outcomes.push(found(sent, answers.next().unwrap_or_default())?);
        }
        let mut outcomes = outcomes.into_iter();
        for pending in std::mem::take(group) {
            let Pending { request, sent } = pending;
            let outcome = if sent.is_some() { outcomes.next().flatten() } else { None };
            match (sent, outcome) {
                (Some(sent), Some((position, first, previous))) => {
                    self.done(request, sent, (position, first, previous));
                }
                (_, _) => group.push(Pending { request, sent: None }),
            }
        }
        Ok(())
    }
}

/// A number is as good as a text here: only an error matters.
fn as_text(value: Value) -> Value {
    if let Value::Int(_) = value { Value::Nil } else { value }
}

type Found = Option<(Position, Offset, Proof)>;

fn found(sent: &Sent, answer: Value) -> Result<Found, Trouble> {
    let parts = list(answer)?;
    if parts.is_empty() {
        return Ok(None);
    }
    let part = |index: usize| parts.get(index).map(text).transpose().map(Option::flatten);
    let (first, last, previous) = (part(0)?, part(1)?, part(2)?);
    let offset = |text: Option<&str>| text.and_then(|text| text.parse().ok()).map(Offset);
    let position = offset(last).map(|offset| Position { epoch: sent.epoch, offset, proof: sent.proof });
    let previous = previous.and_then(from_hex).map(Proof);
    let all = position.zip(offset(first)).zip(previous);
    all.map(|((position, first), previous)| Some((position, first, previous))).ok_or_else(|| Trouble::odd("a place"))
}

/// Kept apart so that what is told is told in one way.
pub(super) fn append_of(
    request: &crate::request::Request,
    sent: &Sent,
    (position, first, previous): (Position, Offset, Proof),
) -> Arc<tideboard_log::Append> {
    Arc::new(tideboard_log::Append {
        stream: request.stream.clone(),
        first,
        previous,
        position,
        accepted: sent.accepted,
        events: Arc::clone(&sent.events),
    })
}
