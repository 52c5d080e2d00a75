//! Contests: what else somebody might build or pick, beside this project, on the same machine in the same run.

mod back;
mod clock;
mod fanout;
mod floor;
mod growth;
mod highest;
mod influx;
mod ingest;
mod load;
pub(crate) mod measures;
mod memory;
mod order;
mod queue;
mod resume;
mod rival;
mod sample;
mod series;
mod slow;
mod turn;
mod watch;

pub(crate) use self::floor::serve as serve_floor;
pub(crate) use self::load::Phase;
pub(crate) use self::sample::Sample;

use crate::error::BenchError;
use crate::measure::{Effort, Subject};

/// Tables of which the first page of the project shows a figure.
pub(crate) mod summarised {
    /// Of fan-out.
    pub(crate) const FANOUT: &str = "12 widgets × 10 Hz, 100 viewers, in phase";
    /// Of coming back.
    pub(crate) const RESUME: &str = "12 widgets × 10 Hz, 100 viewers back after 10 s";
}

/// The contests that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Contest {
    /// Updates to many viewers.
    Fanout,
    /// Viewers that were away.
    Resume,
    /// Memory of viewers at rest.
    Memory,
    /// Viewers that stop reading.
    Slow,
    /// What more of everything costs.
    Growth,
    /// Line protocol, from the request to the disk.
    Ingest,
}

impl Contest {
    /// All, in the order in which they are held.
    pub(crate) const ALL: [Self; 6] =
        [Self::Fanout, Self::Resume, Self::Memory, Self::Slow, Self::Growth, Self::Ingest];

    /// Holds it.
    pub(crate) async fn hold(self, subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
        match self {
            Self::Fanout => fanout::measure(subject, effort).await,
            Self::Resume => resume::measure(subject, effort).await,
            Self::Memory => memory::measure(subject, effort).await,
            Self::Slow => slow::measure(subject, effort).await,
            Self::Growth => growth::measure(subject, effort).await,
            Self::Ingest => ingest::measure(subject, effort).await,
        }
    }
}
