//! Contests: what else somebody might build or pick, beside this project, on the same machine in the same run.

mod clock;
mod fanout;
mod floor;
mod influx;
mod ingest;
mod load;
mod order;
mod rival;
mod sample;
mod socket;
mod watch;

pub(crate) use self::floor::serve as serve_floor;
pub(crate) use self::sample::Sample;

use crate::error::BenchError;
use crate::measure::{Effort, Subject};

/// The contests that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Contest {
    /// Updates to many viewers.
    Fanout,
    /// Line protocol, from the request to the disk.
    Ingest,
}

impl Contest {
    /// All, in the order in which they are held.
    pub(crate) const ALL: [Self; 2] = [Self::Fanout, Self::Ingest];

    /// Holds it.
    pub(crate) async fn hold(self, subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
        match self {
            Self::Fanout => fanout::measure(subject, effort).await,
            Self::Ingest => ingest::measure(subject, effort).await,
        }
    }
}
