//! Finding the programs, and running the short ones.

use crate::error::{ServiceError, Trying};
use crate::wait::wait_until;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Where Debian puts programs. Not PATH: that of a plain user often lacks the second half.
const FOLDERS: [&str; 6] = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"];
const POSTGRES_VERSIONS: &str = "/usr/lib/postgresql";

/// The path of a program, or which package to install.
pub(crate) fn find(program: &'static str, package: &'static str) -> Result<PathBuf, ServiceError> {
    FOLDERS
        .iter()
        .map(|folder| Path::new(folder).join(program))
        .find(|path| path.is_file())
        .ok_or(ServiceError::Missing { program, package })
}

/// The path of one of PostgreSQL's programs, of the newest version that has it.
pub(crate) fn find_postgres(program: &'static str) -> Result<PathBuf, ServiceError> {
    let versions = std::fs::read_dir(POSTGRES_VERSIONS).into_iter().flatten().flatten();
    versions
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path().join("bin").join(program)))
        })
        .filter(|(_, path)| path.is_file())
        .max_by_key(|(version, _)| *version)
        .map(|(_, path)| path)
        .ok_or(ServiceError::Missing { program, package: "postgresql" })
}

/// Runs a program to its end and returns what it wrote to its output.
///
/// The output goes through a file: a pipe would have to be read while waiting, and is held open by whatever the program leaves
/// running.
pub(crate) fn run(what: &str, limit: Duration, command: &mut Command, output: &Path) -> Result<String, ServiceError> {
    let file = File::create(output).trying(format!("creating {}", output.display()))?;
    let errors = file.try_clone().trying("sharing an output file")?;
    let mut child =
        command.stdin(Stdio::null()).stdout(file).stderr(errors).spawn().trying(format!("starting {what}"))?;
    let mut status = None;
    let waited = wait_until(what, limit, || {
        status = child.try_wait().trying(format!("waiting for {what}"))?;
        Ok(status.is_some())
    });
    if waited.is_err() {
        child.kill().trying(format!("ending {what}"))?;
        child.wait().trying(format!("ending {what}"))?;
    }
    waited?;
    let output = std::fs::read_to_string(output).trying(format!("reading what {what} wrote"))?;
    if status.is_some_and(|status| status.success()) {
        Ok(output)
    } else {
        Err(ServiceError::Failed { what: what.to_owned(), output })
    }
}
