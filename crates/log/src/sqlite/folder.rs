//! The folder that holds the log: writable, and ours alone.

use std::fs::{File, OpenOptions, TryLockError, create_dir_all};
use std::path::Path;

use crate::LogError;

/// Keeps every other process out for as long as it lives; the operating system lifts it when the process dies.
#[derive(Debug)]
pub(super) struct FolderLock {
    file: File,
}

impl Drop for FolderLock {
    /// Closing alone would leave the lock with a process that is just being started and has not shed our files yet.
    fn drop(&mut self) {
        if let Err(error) = self.file.unlock() {
            tracing::warn!(%error, "the data folder stays locked until the process ends");
        }
    }
}

/// Two writers would each hand out the same offsets.
pub(super) fn lock(folder: &Path) -> Result<FolderLock, LogError> {
    let unwritable = |source| LogError::Unwritable { folder: folder.to_owned(), source };
    create_dir_all(folder).map_err(unwritable)?;
    let path = folder.join("log.lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(unwritable)?;
    match file.try_lock() {
        Ok(()) => Ok(FolderLock { file }),
        Err(TryLockError::WouldBlock) => Err(LogError::InUse { folder: folder.to_owned() }),
        Err(TryLockError::Error(source)) => Err(unwritable(source)),
    }
}
