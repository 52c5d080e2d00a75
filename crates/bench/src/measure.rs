//! What is measured: one file per figure.

mod bundle;
mod footprint;
mod idle;
mod ingest;
mod latency;
mod nodes;
mod restart;
mod resume;
mod scale;
mod stall;
mod start;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use self::ingest::histogram;
use crate::error::BenchError;
use crate::report::Figure;

/// What is measured, and what belongs to it.
pub(crate) struct Subject {
    /// The server's binary.
    pub(crate) binary: PathBuf,
    /// The built web app.
    pub(crate) web: PathBuf,
    /// The document of the first dashboard.
    pub(crate) dashboard: PathBuf,
    /// How long viewers stall, if not as usual.
    pub(crate) stall: Option<Duration>,
    /// How many viewers the contest of fan-out is held with, if not as usual.
    pub(crate) viewers: Option<usize>,
    /// Where the costs are written that plans are made with.
    pub(crate) coefficients: PathBuf,
}

/// How long to measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effort {
    /// A few minutes for all.
    Short,
    /// For figures to be published.
    Long,
}

impl Effort {
    /// A time as it is in the short form, or four times it.
    fn time(self, short: Duration) -> Duration {
        match self {
            Self::Short => short,
            Self::Long => short * 4,
        }
    }
}

/// The figures that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Measurement {
    /// Events taken in per second.
    Ingest,
    /// From accepted to received.
    Latency,
    /// Resident memory.
    Footprint,
    /// From the start of the process to a chart that moves.
    Start,
    /// JavaScript that the first page loads.
    Bundle,
    /// Memory per viewer that watches a dashboard on which nothing happens.
    Idle,
    /// Many viewers that come back at once.
    Resume,
    /// Many viewers that find another process.
    Restart,
    /// Viewers that take nothing for a long time.
    Stall,
    /// What nodes that share Redis add, beside one that is alone.
    Nodes,
    /// What each kind of work costs, on nodes that share Redis and PostgreSQL.
    Scale,
}

impl Measurement {
    /// All, in the order in which they are measured.
    pub(crate) const ALL: [Self; 11] = [
        Self::Ingest,
        Self::Latency,
        Self::Footprint,
        Self::Start,
        Self::Bundle,
        Self::Idle,
        Self::Resume,
        Self::Restart,
        Self::Stall,
        Self::Nodes,
        Self::Scale,
    ];

    /// Whether it is measured when nothing is named. Costs that plans are made with are not the business of every day.
    pub(crate) fn is_usual(self, effort: Effort) -> bool {
        match self {
            Self::Scale => false,
            Self::Restart | Self::Nodes => effort == Effort::Long,
            Self::Ingest
            | Self::Latency
            | Self::Footprint
            | Self::Start
            | Self::Bundle
            | Self::Idle
            | Self::Resume
            | Self::Stall => true,
        }
    }

    /// Measures.
    pub(crate) async fn run(self, subject: &Subject, effort: Effort) -> Result<Vec<Figure>, BenchError> {
        match self {
            Self::Ingest => ingest::measure(subject, effort).await,
            Self::Latency => latency::measure(subject, effort).await,
            Self::Footprint => footprint::measure(subject, effort).await,
            Self::Start => start::measure(subject).await,
            Self::Bundle => bundle::measure(subject),
            Self::Idle => idle::measure(subject, effort).await,
            Self::Resume => resume::measure(subject, effort).await,
            Self::Restart => restart::measure(subject, effort).await,
            Self::Stall => stall::measure(subject, effort).await,
            Self::Nodes => nodes::measure(subject, effort).await,
            Self::Scale => scale::measure(subject, effort).await,
        }
    }
}
