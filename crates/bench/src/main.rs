//! Measures a release binary from outside: starts it on a folder of its own, drives it over HTTP and Socket.IO as its
//! users do, and prints what it cost. It knows nothing of the server's insides: only its output, its protocols and `/proc`.
//!
//! Start reading at [`measure`]: one file per figure.

mod contest;
mod crowd;
mod dashboard;
mod document;
mod error;
mod flow;
mod held;
mod http;
mod machine;
mod measure;
mod numbers;
mod process;
mod report;
mod results;
mod returning;
mod scale;
mod server;
mod socket;
mod viewer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use crate::contest::Contest;
use crate::error::{BenchError, Trying};
use crate::measure::{Effort, Measurement};
use crate::report::Report;
use crate::scale::Coefficients;

/// Measure a Tideboard binary on this machine.
#[derive(Debug, Parser)]
struct Cli {
    /// The binary to measure
    #[arg(long, default_value = "target/release/tideboard")]
    binary: PathBuf,
    /// The built web app
    #[arg(long, default_value = "web/app/dist")]
    web: PathBuf,
    /// The dashboard that the memory is measured with
    #[arg(long, default_value = "crates/server/src/builtin/this-machine.json")]
    dashboard: PathBuf,
    /// Where the results are written, and where tables are filled in from
    #[arg(long, alias = "out", default_value = "bench/results/latest.json")]
    results: PathBuf,
    /// Measure only these; repeat for more
    #[arg(long = "only", value_enum)]
    only: Vec<Measurement>,
    /// Hold only these contests; repeat for more
    #[arg(long = "contest", value_enum)]
    contests: Vec<Contest>,
    /// Be the contestant that writes a script to WebSockets, and nothing else
    #[arg(long, value_name = "SCRIPT", hide = true)]
    floor: Option<PathBuf>,
    /// Measure longer, for figures to be published
    #[arg(long)]
    long: bool,
    /// How long viewers stall, in seconds [default: 20, long: 600]
    #[arg(long)]
    stall_seconds: Option<u64>,
    /// Hold the contest of fan-out with so many viewers only
    #[arg(long)]
    viewers: Option<usize>,
    /// Measure nothing: fill the tables of this document in from what was measured before; repeat for more
    #[arg(long, value_name = "DOCUMENT")]
    tables: Vec<PathBuf>,
    /// What the tables of docs/scale.md follow from; `--only scale` writes it
    #[arg(long, default_value = "bench/coefficients.json")]
    coefficients: PathBuf,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<(), BenchError> {
    if let Some(script) = cli.floor {
        return contest::serve_floor(&script).await;
    }
    if !cli.tables.is_empty() {
        return cli.tables.iter().try_for_each(|document| fill(document, &cli.results, &cli.coefficients));
    }
    let stall = cli.stall_seconds.map(Duration::from_secs);
    let Cli { binary, web, dashboard, coefficients, viewers, .. } = cli;
    let subject = measure::Subject { binary, web, dashboard, stall, viewers, coefficients };
    let effort = if cli.long { Effort::Long } else { Effort::Short };
    let mut report = Report::new(machine::describe()?, effort);
    let everything = cli.only.is_empty() && cli.contests.is_empty();
    for measurement in Measurement::ALL {
        if cli.only.contains(&measurement) || (everything && measurement.is_usual(effort)) {
            eprintln!("bench: {measurement:?}");
            report.add(measurement.run(&subject, effort).await?);
        }
    }
    for contest in Contest::ALL {
        if cli.contests.contains(&contest) || everything {
            eprintln!("bench: {contest:?}, side by side");
            report.add_samples(contest.hold(&subject, effort).await?);
        }
    }
    write!(std::io::stdout(), "{report}").trying("printing the report")?;
    report.write(&cli.results)
}

/// Each document has the tables of one of the two.
fn fill(document: &Path, results: &Path, coefficients: &Path) -> Result<(), BenchError> {
    let trying = || format!("filling in {}", document.display());
    let text = std::fs::read_to_string(document).trying(trying())?;
    let filled = if results::has_place(&text) {
        results::fill(&text, &Report::read(results)?)
    } else {
        scale::tables(&text, &Coefficients::read(coefficients)?)?
    };
    std::fs::write(document, filled).trying(trying())
}
