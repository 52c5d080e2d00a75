//! What came of a stage.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Run;
use crate::error::TortureError;
use crate::plan::Action;

/// Counts of a stage.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Resident memory of each server at the first checkpoint, in bytes.
    pub(super) warm: BTreeMap<usize, u64>,
    /// The most that any server had.
    pub(super) most: u64,
    /// Checkpoints at which all agreed.
    pub(super) agreed: u64,
    acts: BTreeMap<String, u64>,
}

impl Counts {
    /// An action was begun.
    pub(super) fn act(&mut self, action: &Action) {
        let name = match action {
            Action::Viewer(..) => return,
            Action::Fault(fault) => word(fault),
            Action::Block(_, block, _) => word(block),
            Action::Kill(_)
            | Action::Restart(_)
            | Action::Freeze(..)
            | Action::Wipe
            | Action::CutViewer(_)
            | Action::StallViewer(..)
            | Action::RefuseViewer(..)
            | Action::CutViewers
            | Action::CutProducers
            | Action::StallProducers(_)
            | Action::CutPage
            | Action::HidePage(_)
            | Action::WakePage => word(action),
        };
        *self.acts.entry(name).or_default() += 1;
    }
}

fn word<T: fmt::Debug>(of: &T) -> String {
    let text = format!("{of:?}");
    text.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

impl Run {
    /// What the logs of the servers tell, and what came of it all.
    pub(crate) async fn close(&mut self) -> Result<String, TortureError> {
        for server in self.nodes.each().await {
            for alarm in server.alarms()? {
                self.chronicle.find("server", alarm);
            }
        }
        let tally = &self.tally;
        let read = |count: &AtomicU64| count.load(Ordering::SeqCst);
        let acts: Vec<_> = self.counts.acts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        Ok(format!(
            "{} checkpoints agreed; {}; {} starts of servers, {} MiB at most; {} batches acknowledged ({} attempts with an \
             unknown end, {} put off, {} sent again though acknowledged, {} while PostgreSQL was away); {} events in the ledger, {} lost as they may be; {}",
            self.counts.agreed,
            acts.join(", "),
            self.nodes.starts(),
            self.counts.most >> 20,
            read(&tally.batches),
            read(&tally.unknown),
            read(&tally.put_off),
            read(&tally.repeated),
            read(&tally.without_metadata),
            self.ledger.len(),
            self.ledger.lost(),
            self.company.returns
        ))
    }

    /// What Redis and PostgreSQL wrote to their logs, if there are any.
    pub(crate) fn logs(&self) -> Option<String> {
        self.backing.as_ref().map(|backing| backing.logs())
    }
}
