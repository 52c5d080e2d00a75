//! Torments the real binary by a plan that follows from a seed: kills, freezes and restarts the server under load, cuts
//! and cripples every connection, and at each checkpoint compares what producers were told with what viewers hold.
//!
//! Start reading at [`plan`], then [`run`], then [`judge`].

mod chronicle;
mod error;
mod event;
mod expect;
mod held;
mod http;
mod judge;
mod ledger;
mod link;
mod page;
mod plan;
mod producer;
mod run;
mod server;
mod viewer;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying};
use crate::plan::Plan;
use crate::run::{Run, Subject};

/// Torment a Tideboard binary.
#[derive(Debug, Parser)]
struct Cli {
    /// The binary to torment
    #[arg(long)]
    binary: PathBuf,
    /// The bundled script of the page that runs the real client; no page if absent
    #[arg(long)]
    page: Option<PathBuf>,
    /// What all follows from; any number if absent
    #[arg(long)]
    seed: Option<u64>,
    /// How long, about
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Print the plan, and do nothing
    #[arg(long)]
    plan: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    match torture(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("torture: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn torture(cli: Cli) -> Result<ExitCode, TortureError> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let seed = cli.seed.unwrap_or(u64::from(now.subsec_nanos()) ^ (now.as_secs() << 20));
    let base = i64::try_from(now.as_secs() / 60 * 60_000).unwrap_or_default();
    let plan = Plan::new(seed, Duration::from_secs(cli.seconds), base);
    let mut out = std::io::stdout();
    write!(out, "{plan}").trying("printing the plan")?;
    if cli.plan {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = std::env::temp_dir().join(format!("tideboard-torture-{seed}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).trying(format!("making {}", folder.display()))?;
    let chronicle = Chronicle::start(&folder.join("timeline.log"))?;
    let subject = Subject { binary: &cli.binary, page: cli.page.as_deref() };
    let mut run = Run::start(&plan, &subject, &folder, chronicle.clone()).await?;
    let outcome = run.go(&plan).await;
    if let Err(error) = &outcome {
        chronicle.find("run", error);
    }
    writeln!(out, "{}", run.close()?).trying("printing the outcome")?;
    let findings = chronicle.findings();
    if findings.is_empty() {
        std::fs::remove_dir_all(&folder).trying("deleting the run's folder")?;
        writeln!(out, "torture: nothing found with seed {seed}").trying("printing the outcome")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "\nThe last of the time line:\n{}", chronicle.tail().join("\n")).trying("printing the time line")?;
    writeln!(out, "\nFound with seed {seed} (all is kept in {}):", folder.display()).trying("printing findings")?;
    for finding in findings {
        writeln!(out, "- {finding}").trying("printing findings")?;
    }
    Ok(ExitCode::FAILURE)
}
