//! A data folder that `initdb` has filled, made once and copied for each server: making one takes seconds.

use crate::error::{ServiceError, Trying};
use crate::folder::Folder;
use crate::program::{find, find_postgres, run};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The superuser of every server, and its password.
pub(super) const SUPERUSER: &str = "tideboard";
pub(super) const PASSWORD: &str = "tideboard";
const LIMIT: Duration = Duration::from_secs(120);
/// Raised when what `initdb` is told below changes.
const EDITION: u32 = 1;

/// What runs a program as a user that PostgreSQL accepts: it refuses root.
pub(super) fn as_accepted_user(folder: &Folder) -> Result<Vec<OsString>, ServiceError> {
    if !folder.owned_by_root() {
        return Ok(Vec::new());
    }
    let setpriv = find("setpriv", "util-linux")?;
    let words = ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"];
    Ok(std::iter::once(setpriv.into_os_string()).chain(words.map(OsString::from)).collect())
}

/// Gives a path and all below to the user that the server runs as.
pub(super) fn hand_over(folder: &Folder, path: &Path) -> Result<(), ServiceError> {
    if !folder.owned_by_root() {
        return Ok(());
    }
    let mut chown = Command::new("chown");
    chown.args(["-R", "postgres:postgres", "--"]).arg(path);
    run("handing a folder to the user postgres", LIMIT, &mut chown, &folder.join("output"))?;
    Ok(())
}

/// Fills `data`, which does not exist yet.
pub(super) fn fill(folder: &Folder, data: &Path) -> Result<(), ServiceError> {
    let initdb = find_postgres("initdb")?;
    let Some(template) = template_path(&initdb) else { return initialise(folder, &initdb, data) };
    if !template.exists() {
        initialise(folder, &initdb, data)?;
        // Without it the next server is only slower: a home that cannot be written to is no failure.
        keep(folder, data, &template).ok();
        return Ok(());
    }
    copy(folder, &template, data)?;
    hand_over(folder, data)
}

fn initialise(folder: &Folder, initdb: &Path, data: &Path) -> Result<(), ServiceError> {
    let password = folder.write("password", PASSWORD)?;
    hand_over(folder, folder.path())?;
    let mut line = as_accepted_user(folder)?;
    line.push(initdb.as_os_str().to_owned());
    let [program, arguments @ ..] = line.as_slice() else { return Ok(()) };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .arg("--pgdata")
        .arg(data)
        .arg("--pwfile")
        .arg(&password)
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"])
        .args(["--no-sync", "--no-instructions", "--wal-segsize", "1"])
        .current_dir(folder.path());
    run("initdb", LIMIT, &mut command, &folder.join("output"))?;
    Ok(())
}

/// Where the template lies: with what the project keeps between runs, by version of PostgreSQL.
fn template_path(initdb: &Path) -> Option<PathBuf> {
    let version = initdb.parent()?.parent()?.file_name()?.to_str()?;
    Some(std::env::home_dir()?.join(".cache/tideboard").join(format!("postgres-{version}-template-{EDITION}")))
}

/// Copies beside the template and renames: whoever looks finds all of it or nothing, and of two that do this one wins.
fn keep(folder: &Folder, data: &Path, template: &Path) -> Result<(), ServiceError> {
    let parent = template.parent().unwrap_or(template);
    std::fs::create_dir_all(parent).trying(format!("making {}", parent.display()))?;
    let beside = template.with_extension(std::process::id().to_string());
    let kept = copy(folder, data, &beside)
        .and_then(|()| std::fs::rename(&beside, template).trying(format!("making {}", template.display())));
    if kept.is_err() {
        std::fs::remove_dir_all(&beside).ok();
    }
    kept
}

fn copy(folder: &Folder, from: &Path, to: &Path) -> Result<(), ServiceError> {
    let mut cp = Command::new("cp");
    cp.args(["-a", "--reflink=auto", "--"]).arg(from).arg(to);
    run("copying a data folder", LIMIT, &mut cp, &folder.join("output"))?;
    Ok(())
}
