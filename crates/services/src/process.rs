//! One run of a server's program, and signals to it.

use crate::error::{ServiceError, Trying};
use crate::folder::PID_FILE;
use crate::wait::wait_until;
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

// The program's own id is on disk before the program runs: there is no moment in which a killed test process leaves a server
// that the janitor does not know. A limit on the size of its files is an error to it, as a full disk is, and not its end.
const RECORD_AND_RUN: &str = r#"echo $$ >"$0" && trap '' XFSZ && exec "$@""#;
const LOG_FILE: &str = "log";
const LOG_LINES: usize = 30;
/// Nothing survives SIGKILL, but a busy machine can take its time over it.
const DEATH_LIMIT: Duration = Duration::from_secs(30);

/// How a server is run, as often as it takes.
#[derive(Debug)]
pub(crate) struct Launch {
    /// What people call it.
    pub(crate) what: String,
    /// Its folder: the working directory.
    pub(crate) folder: PathBuf,
    /// The program and its arguments.
    pub(crate) line: Vec<OsString>,
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    what: String,
    pid_file: PathBuf,
}

impl Launch {
    /// Starts the program; it is not ready yet.
    pub(crate) fn spawn(&self) -> Result<Process, ServiceError> {
        let trying = || format!("starting {}", self.what);
        let log = OpenOptions::new().create(true).append(true).open(self.log_path()).trying(trying())?;
        let errors = log.try_clone().trying(trying())?;
        let pid_file = self.folder.join(PID_FILE);
        let child = Command::new("/bin/sh")
            .args(["-c", RECORD_AND_RUN])
            .arg(&pid_file)
            .args(&self.line)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .trying(trying())?;
        Ok(Process { child, what: self.what.clone(), pid_file })
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join(LOG_FILE)
    }

    /// All that the server wrote to its output so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read(self.log_path()).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// The last lines that the server wrote.
    pub(crate) fn end_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines.get(lines.len().saturating_sub(LOG_LINES)..).unwrap_or_default().join("\n")
    }
}

impl Process {
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub(crate) fn has_ended(&mut self) -> Result<bool, ServiceError> {
        Ok(self.child.try_wait().trying(format!("looking after {}", self.what))?.is_some())
    }

    /// Signals the program itself.
    pub(crate) fn signal(&self, signal: &str) -> Result<(), ServiceError> {
        send(signal, &[self.pid()]).trying(format!("sending {signal} to {}", self.what))
    }

    /// Signals the program and everything it started, it first: so that a stopped one starts no more.
    pub(crate) fn signal_all(&self, signal: &str) -> Result<(), ServiceError> {
        self.signal(signal)?;
        // Those that are gone by now are no failure.
        send(signal, &descendants(self.pid())).ok();
        Ok(())
    }

    /// Waits for its end.
    pub(crate) fn await_end(&mut self, limit: Duration) -> Result<Duration, ServiceError> {
        let what = format!("the end of {}", self.what);
        let waited = wait_until(&what, limit, || self.has_ended())?;
        std::fs::remove_file(&self.pid_file).ok();
        Ok(waited)
    }

    /// Ends it and everything it started at once, as the loss of a machine would.
    pub(crate) fn kill(&mut self) -> Result<(), ServiceError> {
        let children = descendants(self.pid());
        self.signal("KILL")?;
        send("KILL", &children).ok();
        self.await_end(DEATH_LIMIT)?;
        wait_until(&format!("the end of what {} started", self.what), DEATH_LIMIT, || {
            Ok(!children.iter().any(|child| is_alive(*child)))
        })?;
        Ok(())
    }
}

// The shell's own `kill`: a signal needs either that or unsafe code.
fn send(signal: &str, pids: &[u32]) -> std::io::Result<()> {
    if pids.is_empty() {
        return Ok(());
    }
    let ids = pids.iter().map(u32::to_string);
    let status = Command::new("/bin/sh")
        .args(["-c", r#"kill -s "$@""#, "kill", signal])
        .args(ids)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other("no such process")) }
}

/// State and parent of a process, as Linux tells them.
fn state_and_parent(pid: &Path) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(pid.join("stat")).ok()?;
    // The name before may hold spaces and brackets of its own.
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn is_alive(pid: u32) -> bool {
    state_and_parent(&Path::new("/proc").join(pid.to_string())).is_some_and(|(state, _)| state != 'Z')
}

/// Whether a process has a handler for a signal, by its number, and lets it through.
pub(crate) fn catches(pid: u32, signal: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let has = |field: &str| {
        let mask = status.lines().find_map(|line| line.strip_prefix(field)).map(str::trim);
        mask.and_then(|mask| u64::from_str_radix(mask, 16).ok()).is_some_and(|mask| mask >> (signal - 1) & 1 == 1)
    };
    has("SigCgt:") && !has("SigBlk:")
}

/// Everything that a process started and that still runs, at any depth.
pub(crate) fn descendants(of: u32) -> Vec<u32> {
    let processes: Vec<(u32, u32)> = std::fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, state_and_parent(&entry.path())?.1))
        })
        .collect();
    let mut found = vec![of];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        found.extend(processes.iter().filter(|(_, its)| *its == parent).map(|(pid, _)| *pid));
        next += 1;
    }
    found.split_off(1)
}
