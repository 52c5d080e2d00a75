//! The commands.

mod key;
mod migrate;
mod serve;

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::builtin::Demo;
use crate::cli::{Cli, Command};
use crate::config::{Config, ConfigError, Raw};
use crate::open::{self, OpenError};
use crate::telemetry;

/// Runs a command line to its end.
#[must_use]
pub fn run(args: impl IntoIterator<Item = OsString>, env: impl IntoIterator<Item = (OsString, OsString)>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    match execute(cli, env) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The last resort where standard error is closed: the exit code.
            writeln!(std::io::stderr(), "tideboard: {error}").ok();
            ExitCode::FAILURE
        }
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Key(#[from] key::Error),
    #[error(transparent)]
    Migrate(#[from] migrate::Error),
    #[error("the runtime could not start: {0}")]
    Runtime(std::io::Error),
    #[error("could not write the answer: {0}")]
    Print(std::io::Error),
}

fn execute(cli: Cli, env: impl IntoIterator<Item = (OsString, OsString)>) -> Result<(), CommandError> {
    let raw = Raw::gather(cli.flags.values, env, cli.flags.file)?;
    let config = Config::resolve(&raw)?;
    let command = cli.command.unwrap_or(Command::Serve);
    if command == Command::Config {
        return print(&raw);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(CommandError::Runtime)?;
    match command {
        Command::Serve | Command::Demo => {
            telemetry::start(&config.log_level, config.log_format);
            for variable in raw.unknown_variables() {
                tracing::warn!(variable, "this variable looks like a setting but sets nothing: is it mistyped?");
            }
            let demo = if command == Command::Demo { Demo::On } else { Demo::Off };
            let served = runtime.block_on(serve::serve(config, demo));
            // All that must be finished is finished: what still reads or measures is not waited for.
            runtime.shutdown_background();
            served
        }
        Command::Key(command) => runtime.block_on(key::run(&config, command)),
        Command::RotateSigningKey => runtime.block_on(rotate_signing_key(&config)),
        Command::SignIn => runtime.block_on(sign_in(&config)),
        Command::Migrate { to } => {
            telemetry::start(&config.log_level, config.log_format);
            runtime.block_on(migrate::run(&config, to))
        }
        Command::Config => Ok(()),
    }
}

async fn rotate_signing_key(config: &Config) -> Result<(), CommandError> {
    let clock = open::system_clock();
    let store = open::store(config, &clock).await?;
    let key = open::new_signing_key()?;
    let detail = serde_json::json!({"key": key.id()});
    let entry = open::on_console(clock(), "signing_key.rotate", String::new(), detail);
    store.rotate_signing_key(key, entry).await.map_err(OpenError::from)?;
    print(&"tokens are signed with a new key from now on\n")
}

async fn sign_in(config: &Config) -> Result<(), CommandError> {
    let clock = open::system_clock();
    let store = open::store(config, &clock).await?;
    let secret = open::offer_sign_in(store.as_ref(), &clock).await?;
    print(&format_args!("{}\n", open::sign_in_url(&open::base_url(config, config.listen), &secret)))
}

/// Writes an answer to standard output.
fn print(answer: &dyn fmt::Display) -> Result<(), CommandError> {
    let mut out = std::io::stdout().lock();
    write!(out, "{answer}").and_then(|()| out.flush()).map_err(CommandError::Print)
}
