//! Retention: a mark moves at once, and the entries behind it go in slices.

use redis::{Cmd, Pipeline};
use tideboard_log::implement::random;
use tideboard_log::{LogError, Mark};
use tideboard_model::{Nanos, Offset, StreamName};

use crate::answer::{list, number, text};
use crate::link::{Call, Link};
use crate::number::{from_ordered, hex, ordered};
use crate::pages::one;
use crate::scripts::Script;
use crate::shared::Shared;
use crate::trouble::Trouble;

/// Entries removed at once: short enough for an append to wait behind.
const SLICE: usize = 1_000;

impl Shared {
    pub(crate) async fn trim(&self, before: Nanos) -> Result<Vec<Mark>, LogError> {
        let mut marks = Vec::new();
        for stream in self.registry().await? {
            if let Some(mark) = self.move_mark(&stream, before).await? {
                self.sweep(&stream, mark.first_retained).await?;
                marks.push(mark);
            }
        }
        marks.sort_unstable_by(|one, two| one.stream.cmp(&two.stream));
        Ok(marks)
    }

    async fn move_mark(&self, stream: &StreamName, before: Nanos) -> Result<Option<Mark>, LogError> {
        let layout = &self.layout;
        let keys = [layout.meta(stream), layout.log(stream), layout.state(layout.partition(stream))];
        let nonce = hex(random().map_err(|error| LogError::Failed(error.to_string()))?);
        let answers = self
            .ask(stream, |link: &Link| {
                let arguments = vec![
                    ordered(before.0).into(),
                    nonce.clone().into(),
                    self.publish().into(),
                    layout.channel(stream).into(),
                ];
                one(link.command(&Call { script: Script::Trim, keys: &keys, arguments }))
            })
            .await?;
        let moved = list(answers.into_iter().next().unwrap_or_default())?;
        let [base, _proof, retained] = moved.as_slice() else { return Ok(None) };
        let base = text(base)?.and_then(|base| base.parse().ok()).map(Offset);
        let retained = text(retained)?.and_then(from_ordered).map(Nanos);
        let (base, retained_from) = base.zip(retained).ok_or_else(|| Trouble::odd("a mark"))?;
        Ok(Some(Mark { stream: stream.clone(), first_retained: base.next(), retained_from }))
    }

    /// Removes what lies behind a mark. Entries lie in nodes: whole nodes go in slices, what is left in the last at once.
    async fn sweep(&self, stream: &StreamName, first: Offset) -> Result<(), LogError> {
        let (log, first) = (self.layout.log(stream), format!("{}-0", first.0));
        let trimmed = |exactly: &'static str| {
            let mut command = Cmd::new();
            command.arg("XTRIM").arg(&log).arg("MINID").arg(exactly).arg(&first);
            if exactly == "~" {
                command.arg("LIMIT").arg(SLICE);
            }
            command
        };
        loop {
            let answers = self.ask(stream, |_: &Link| -> Pipeline { one(trimmed("~")) }).await?;
            if answers.first().map_or(Ok(0), number)? == 0 {
                break;
            }
        }
        self.ask(stream, |_: &Link| one(trimmed("="))).await?;
        Ok(())
    }
}
