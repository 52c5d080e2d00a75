//! One folder for each server, and the janitor that sees to it that nothing is left.
//!
//! A server that is dropped ends, and its folder goes. That covers tests that pass and tests that panic, but neither a test
//! process that is killed nor servers in a `static`, which Rust never drops. So each process that uses this crate keeps one
//! shell beside it, the janitor, which reads from a pipe that only this process holds open. When the process is gone, however
//! that came, the pipe ends: the janitor then ends every server whose process id stands in the folder, and removes it all.

use crate::error::{ServiceError, Trying};
use std::fs::DirBuilder;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

/// The file in a server's folder that holds its process id while it runs.
pub(crate) const PID_FILE: &str = "pid";

// A paused server hears no signal until it is continued, and PostgreSQL's children are paused one by one. SIGINT lets
// PostgreSQL return its shared memory to the system, and is a quick end to the others too.
const JANITOR: &str = r#"
cat >/dev/null
pids=$(cat "$1"/*/pid)
with_children() { echo "$1"; cat "/proc/$1/task/$1/children"; }
is_alive() { case $(cat "/proc/$1/stat") in "" | *") Z "*) return 1 ;; esac; }
for pid in $pids; do
  all=$(with_children "$pid")
  kill -INT "$pid"
  kill -CONT $all
done
for pid in $pids; do
  turns=0
  while [ "$turns" -lt 100 ] && is_alive "$pid"; do turns=$((turns + 1)); sleep 0.02; done
  kill -KILL $(with_children "$pid")
done
rm -rf "$1"
"#;

/// What one process holds: its folder, and the janitor that waits for it to be gone.
#[derive(Debug)]
struct Estate {
    folder: PathBuf,
    // Held, never written to: what ends with this process is its standard input.
    _janitor: Child,
}

static ESTATE: Mutex<Option<Estate>> = Mutex::new(None);
static COUNTER: AtomicU32 = AtomicU32::new(1);

/// A folder of its own for one server; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    owned_by_root: bool,
}

impl Folder {
    /// Makes one; `name` is what people see in it.
    pub(crate) fn create(name: &str) -> Result<Self, ServiceError> {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let path = estate()?.join(format!("{name}-{number}"));
        let owned_by_root = make_folder(&path)?;
        Ok(Self { path, owned_by_root })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file in it.
    pub(crate) fn write(&self, name: &str, content: &str) -> Result<PathBuf, ServiceError> {
        let path = self.join(name);
        std::fs::write(&path, content).trying(format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// Whether this process runs as root: some servers then need another user.
    pub(crate) fn owned_by_root(&self) -> bool {
        self.owned_by_root
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What a server still writes while it ends can get in the way; the janitor removes the rest.
        std::fs::remove_dir_all(&self.path).ok();
    }
}

fn estate() -> Result<PathBuf, ServiceError> {
    let mut estate = ESTATE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(estate) = estate.as_ref() {
        return Ok(estate.folder.clone());
    }
    let folder = new_estate_folder()?;
    let janitor = Command::new("/bin/sh")
        .args(["-c", JANITOR, "janitor"])
        .arg(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // So that Ctrl-C in a terminal ends the tests and not the janitor.
        .process_group(0)
        .spawn()
        .trying("starting the janitor")?;
    *estate = Some(Estate { folder: folder.clone(), _janitor: janitor });
    Ok(folder)
}

fn new_estate_folder() -> Result<PathBuf, ServiceError> {
    let parent = std::env::temp_dir();
    let process = std::process::id();
    // A process id comes back in time, and in a container at once.
    for turn in 0..u16::MAX {
        let folder = parent.join(format!("tideboard-services-{process}-{turn}"));
        if !folder.exists() {
            make_folder(&folder)?;
            return Ok(folder);
        }
    }
    Err(ServiceError::Unexpected(format!("{} is full of folders of servers", parent.display())))
}

/// Makes a folder that other users may pass through, and tells whether root owns it.
fn make_folder(path: &Path) -> Result<bool, ServiceError> {
    let trying = || format!("making {}", path.display());
    DirBuilder::new().mode(0o711).create(path).trying(trying())?;
    Ok(path.metadata().trying(trying())?.uid() == 0)
}
