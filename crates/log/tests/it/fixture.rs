//! What the tests write, where, and at what time.

use std::path::{Path, PathBuf};

pub(crate) use tideboard_log_laws::batches::{batch, event, key, keyed, of, produced, serial, stream};
pub(crate) use tideboard_log_laws::{ManualClock, contents, told};

/// A folder of its own, removed at the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("tideboard-log-{:016x}", getrandom::u64().unwrap()));
        std::fs::create_dir(&path).unwrap();
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}
