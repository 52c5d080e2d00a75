//! What all servers have in common: a folder, a way to be run, and at most one run at a time.

use crate::error::ServiceError;
use crate::folder::Folder;
use crate::process::{Launch, Process};
use crate::program::{find, run};
use crate::wait::{START_LIMIT, wait_until};
use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Room for a clean end on a slow machine.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// How long a dropped server may take for its quick end before it is killed.
const DROP_LIMIT: Duration = Duration::from_secs(2);

/// The signals that a kind of server understands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signals {
    /// Ends it cleanly, whoever is connected.
    pub(crate) stop: &'static str,
    /// Ends it as fast as it goes without leaving things in the system.
    pub(crate) discard: &'static str,
}

/// A server that may be running.
#[derive(Debug)]
pub(crate) struct Server {
    // Before the folder: it has to be gone when the folder goes.
    process: Mutex<Option<Process>>,
    launch: Launch,
    signals: Signals,
    folder: Folder,
}

impl Server {
    /// Not started yet.
    pub(crate) fn new(what: String, folder: Folder, line: Vec<OsString>, signals: Signals) -> Self {
        let launch = Launch { what, folder: folder.path().to_owned(), line };
        Self { process: Mutex::new(None), launch, signals, folder }
    }

    pub(crate) fn what(&self) -> &str {
        &self.launch.what
    }

    pub(crate) fn folder(&self) -> &Folder {
        &self.folder
    }

    pub(crate) fn log(&self) -> String {
        self.launch.log()
    }

    pub(crate) fn end_of_log(&self) -> String {
        self.launch.end_of_log()
    }

    /// Starts it unless it runs, and waits until `ready` says so; `ready` is given the process id.
    pub(crate) fn start(&self, mut ready: impl FnMut(u32) -> bool) -> Result<(), ServiceError> {
        let mut slot = self.slot();
        if slot.is_some() {
            return Ok(());
        }
        let mut process = self.launch.spawn()?;
        let pid = process.pid();
        let waited = wait_until(&format!("{} to serve", self.what()), START_LIMIT, || {
            if process.has_ended()? {
                return Err(ServiceError::Ended { what: self.what().to_owned(), log: self.launch.end_of_log() });
            }
            Ok(ready(pid))
        });
        match waited {
            Ok(_) => {
                *slot = Some(process);
                Ok(())
            }
            Err(error) => {
                process.kill().ok();
                Err(error)
            }
        }
    }

    /// Ends it cleanly; nothing when it is not running.
    pub(crate) fn stop(&self) -> Result<(), ServiceError> {
        let mut slot = self.slot();
        if let Some(process) = slot.as_mut() {
            process.signal(self.signals.stop)?;
            process.signal_all("CONT")?;
            process.await_end(STOP_LIMIT)?;
        }
        *slot = None;
        Ok(())
    }

    /// Ends it and all it started with SIGKILL; nothing when it is not running.
    pub(crate) fn kill(&self) -> Result<(), ServiceError> {
        let mut slot = self.slot();
        if let Some(process) = slot.as_mut() {
            process.kill()?;
        }
        *slot = None;
        Ok(())
    }

    /// Signals the program itself.
    pub(crate) fn signal(&self, signal: &str) -> Result<(), ServiceError> {
        self.with_process(|process| process.signal(signal))
    }

    /// Signals the program and all it started.
    pub(crate) fn signal_all(&self, signal: &str) -> Result<(), ServiceError> {
        self.with_process(|process| process.signal_all(signal))
    }

    /// Limits the size of the files that it writes from now on; `unlimited` is possible again later.
    pub(crate) fn limit_files(&self, limit: &str) -> Result<(), ServiceError> {
        let pid = self.pid().ok_or_else(|| ServiceError::NotRunning(self.what().to_owned()))?;
        let mut prlimit = Command::new(find("prlimit", "util-linux")?);
        prlimit.arg(format!("--pid={pid}")).arg(format!("--fsize={limit}:"));
        run(&format!("limiting the files of {}", self.what()), STOP_LIMIT, &mut prlimit, &self.folder.join("output"))?;
        Ok(())
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.slot().as_ref().map(Process::pid)
    }

    fn with_process<T>(&self, act: impl FnOnce(&Process) -> Result<T, ServiceError>) -> Result<T, ServiceError> {
        let slot = self.slot();
        act(slot.as_ref().ok_or_else(|| ServiceError::NotRunning(self.what().to_owned()))?)
    }

    fn slot(&self) -> MutexGuard<'_, Option<Process>> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.slot().take() {
            process.signal(self.signals.discard).ok();
            process.signal_all("CONT").ok();
            if process.await_end(DROP_LIMIT).is_err() {
                process.kill().ok();
            }
        }
    }
}

/// A command line from pieces of any string type.
pub(crate) fn line(program: &Path, arguments: &[impl AsRef<OsStr>]) -> Vec<OsString> {
    std::iter::once(program.as_os_str()).chain(arguments.iter().map(AsRef::as_ref)).map(OsStr::to_owned).collect()
}
