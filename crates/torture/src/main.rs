//! Torments the real binary by a plan that follows from a seed: kills, freezes and restarts the server under load, cuts
//! and cripples every connection, and at each checkpoint compares what producers were told with what viewers hold.
//!
//! Start reading at [`plan`], then [`run`], then [`judge`].

mod api;
mod backing;
mod chronicle;
mod error;
mod event;
mod expect;
mod follower;
mod held;
mod http;
mod judge;
mod ledger;
mod link;
mod losses;
mod nodes;
mod page;
mod plan;
mod producer;
mod run;
mod server;
mod targets;
mod viewer;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use clap::Parser;

use crate::chronicle::Chronicle;
use crate::error::{TortureError, Trying};
use crate::plan::{Plan, Stage};
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
    /// On how many nodes that share Redis and PostgreSQL; one: a server with its folder
    #[arg(long, default_value_t = 1)]
    nodes: usize,
    /// This process has a network of its own, in which it may do as it likes
    #[arg(long)]
    own_network: bool,
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
    let plan = Plan::new(seed, Duration::from_secs(cli.seconds), base, cli.nodes.max(1));
    let mut out = std::io::stdout();
    write!(out, "{plan}").trying("printing the plan")?;
    if cli.plan {
        return Ok(ExitCode::SUCCESS);
    }
    let folder = std::env::temp_dir().join(format!("tideboard-torture-{seed}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).trying(format!("making {}", folder.display()))?;
    let chronicle = Chronicle::start(&folder.join("timeline.log"))?;
    let apart = plan.nodes > 1 && cli.own_network && can_be_apart(&chronicle).await;
    if plan.nodes > 1 && !apart {
        writeln!(out, "nodes share one network here: where packets should be dropped, a proxy stalls them")
            .trying("printing")?;
    }
    let subject = Subject { binary: &cli.binary, page: cli.page.as_deref(), apart };
    for (number, stage) in plan.stages.iter().enumerate() {
        if plan.stages.len() > 1 {
            chronicle.note("run", format!("stage {number}: {:?}", stage.ground));
            writeln!(out, "stage {number}, {:?}:", stage.ground).trying("printing")?;
        }
        let folder = if plan.nodes == 1 { folder.clone() } else { folder.join(format!("stage-{number}")) };
        writeln!(out, "{}", torment(&plan, stage, subject, &folder, &chronicle).await?)
            .trying("printing the outcome")?;
        if chronicle.found() {
            break;
        }
    }
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

/// One stage, from its start to its end; what came of it.
async fn torment(
    plan: &Plan,
    stage: &Stage,
    subject: Subject<'_>,
    folder: &Path,
    chronicle: &Chronicle,
) -> Result<String, TortureError> {
    std::fs::create_dir_all(folder).trying(format!("making {}", folder.display()))?;
    let mut run = Run::start(plan, stage, subject, folder, chronicle.clone()).await?;
    if let Err(error) = run.go(stage).await {
        chronicle.find("run", error);
    }
    let outcome = run.close().await?;
    if let Some(logs) = run.logs().filter(|_| chronicle.found()) {
        std::fs::write(folder.join("services.log"), logs).trying("keeping the logs of Redis and PostgreSQL")?;
    }
    Ok(outcome)
}

async fn can_be_apart(chronicle: &Chronicle) -> bool {
    backing::can_be_apart().await.inspect_err(|error| chronicle.note("run", error)).is_ok()
}
