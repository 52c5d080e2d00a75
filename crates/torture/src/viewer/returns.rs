//! What coming back brought, over all viewers.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tideboard_model::ShapeSpec;
use tideboard_sync::wire::Reason;

/// Counts over all viewers.
#[derive(Debug, Clone, Default)]
pub(crate) struct Returns(Arc<Mutex<Counts>>);

#[derive(Debug, Default)]
struct Counts {
    connections: u64,
    by_difference: u64,
    replaced: BTreeMap<Reason, u64>,
    refused: BTreeMap<Reason, u64>,
    stale: u64,
}

impl Returns {
    /// A connection was greeted.
    pub(crate) fn connected(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).connections += 1;
    }

    /// A follower was told that its position is none of the log's.
    pub(crate) fn refused(&self, reason: Reason) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).refused.entry(reason).or_default() += 1;
    }

    /// A server said that it is cut off.
    pub(crate) fn stale(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).stale += 1;
    }

    /// A view that was held was resumed; the reason, if it was replaced.
    pub(crate) fn resumed(&self, reason: Option<Reason>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match reason {
            Some(reason) => *counts.replaced.entry(reason).or_default() += 1,
            None => counts.by_difference += 1,
        }
    }
}

impl fmt::Display for Returns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counts { connections, by_difference, replaced, refused, stale } = &*counts;
        write!(f, "{connections} connections; views resumed by difference {by_difference}, replaced {replaced:?}")?;
        if !refused.is_empty() {
            write!(f, "; feeds started anew {refused:?}")?;
        }
        if *stale > 0 { write!(f, "; told {stale} times that a server is cut off") } else { Ok(()) }
    }
}

/// How a view came to be resumed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    /// What it comes out as.
    pub(crate) shape: ShapeSpec,
    /// The data was wiped since its position was told.
    pub(crate) wiped: bool,
    /// The log may have lost its latest events since.
    pub(crate) lossy: bool,
    /// A moment ago, and the same process served it until then.
    pub(crate) plain: bool,
}

/// What is wrong with how a view was resumed.
pub(crate) fn fault(reason: Option<Reason>, circumstances: Circumstances) -> Option<&'static str> {
    let Circumstances { shape, wiped, lossy, plain } = circumstances;
    match reason {
        Some(Reason::Epoch | Reason::Ahead | Reason::Unproved) if lossy => None,
        None if wiped => Some("its position is of a log that was wiped, and was honoured"),
        None | Some(Reason::Smaller) => None,
        Some(Reason::Epoch | Reason::New) if wiped => None,
        Some(_) if wiped => Some("its position is of a log that was wiped: `epoch` is due"),
        Some(Reason::Floor) if shape == ShapeSpec::Series => Some("every change of a series is known"),
        Some(Reason::Floor) if plain && shape == ShapeSpec::Table => Some("the server knew every change since"),
        Some(Reason::Floor) => None,
        Some(Reason::New) => Some("it claimed to hold it"),
        Some(Reason::Query) => Some("its query has not changed"),
        Some(Reason::Window) => Some("no clock went back"),
        Some(Reason::Epoch) => Some("the log is the same"),
        Some(Reason::Ahead) => Some("the log lost what it had told"),
        Some(Reason::Unproved) => Some("the log issued its position"),
        Some(Reason::Expired) => Some("its position is minutes old"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wiped_log_is_told_and_an_unwiped_one_never() {
        let circumstances = |wiped| Circumstances { shape: ShapeSpec::Series, wiped, lossy: false, plain: true };
        for (reason, wiped, fine) in [
            (None, false, true),
            (None, true, false),
            (Some(Reason::Epoch), true, true),
            (Some(Reason::Epoch), false, false),
            (Some(Reason::Unproved), true, false),
            (Some(Reason::Floor), false, false),
            (Some(Reason::Smaller), false, true),
        ] {
            assert_eq!(fault(reason, circumstances(wiped)).is_none(), fine, "{reason:?} {wiped}");
        }
    }
    #[test]
    fn a_lost_tail_may_be_told_but_excuses_nothing_else() {
        let lossy = Circumstances { shape: ShapeSpec::Series, wiped: false, lossy: true, plain: false };
        for (reason, fine) in [
            (None, true),
            (Some(Reason::Ahead), true),
            (Some(Reason::Unproved), true),
            (Some(Reason::Floor), false),
            (Some(Reason::Query), false),
            (Some(Reason::Expired), false),
        ] {
            assert_eq!(fault(reason, lossy).is_none(), fine, "{reason:?}");
        }
    }
}
