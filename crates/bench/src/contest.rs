//! Contests: what else somebody might build or pick, beside this project, on the same machine in the same run.

mod back;
mod clock;
mod fanout;
mod floor;
mod load;
pub(crate) mod measures;
mod order;
mod resume;
mod rival;
mod sample;
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
}

impl Contest {
    /// All, in the order in which they are held.
    pub(crate) const ALL: [Self; 2] = [Self::Fanout, Self::Resume];

    /// Holds it.
    pub(crate) async fn hold(self, subject: &Subject, effort: Effort) -> Result<Vec<Sample>, BenchError> {
        match self {
            Self::Fanout => fanout::measure(subject, effort).await,
            Self::Resume => resume::measure(subject, effort).await,
        }
    }
}
