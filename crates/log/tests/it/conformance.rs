//! What every log promises, whatever it is kept in.

mod appending;
mod keys;
mod names;
mod positions;
mod producers;
mod reading;
mod retention;

use std::path::Path;
use std::sync::Arc;

use tideboard_log::{Log, MemoryLog, Options, SqliteLog};

use crate::fixture::{Folder, ManualClock};

/// A log under test, its clock, and the place it lives in.
pub(crate) struct Subject {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) clock: ManualClock,
    _folder: Folder,
}

/// Begins a log of one kind.
pub(crate) type Kind = fn(&Path, Options) -> Arc<dyn Log>;

pub(crate) fn memory(_folder: &Path, options: Options) -> Arc<dyn Log> {
    Arc::new(MemoryLog::new(options))
}

pub(crate) fn sqlite(folder: &Path, options: Options) -> Arc<dyn Log> {
    Arc::new(SqliteLog::open(folder, options).unwrap())
}

impl Subject {
    pub(crate) fn new(kind: Kind) -> Self {
        Self::with(kind, |_| {})
    }

    pub(crate) fn with(kind: Kind, change: impl FnOnce(&mut Options)) -> Self {
        let (folder, clock) = (Folder::new(), ManualClock::default());
        let mut options = clock.options();
        change(&mut options);
        Self { log: kind(folder.path(), options), clock, _folder: folder }
    }
}

/// Runs each law on each kind of log.
macro_rules! laws {
    ($($law:ident)*) => {
        mod memory {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() { super::$law(crate::conformance::memory).await; })*
        }
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $law() { super::$law(crate::conformance::sqlite).await; })*
        }
    };
}
pub(crate) use laws;
