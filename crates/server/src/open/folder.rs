//! The data folder, held by one server at a time.

use std::fs::{File, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use super::OpenError;
use crate::config::Config;

/// A data folder that no other server uses while this lives.
#[derive(Debug)]
pub(crate) struct Folder {
    /// The operating system lets go of the lock when this is closed, however the process ends.
    _lock: File,
}

impl Folder {
    /// The data folder of a server that keeps anything in it.
    pub(crate) fn needed(config: &Config) -> Result<Option<Self>, OpenError> {
        let elsewhere = config.redis.is_some() && config.postgres.is_some();
        if elsewhere { Ok(None) } else { Self::hold(&config.data).map(Some) }
    }

    /// Makes the folder if it is missing, and takes hold of it.
    pub(crate) fn hold(path: &Path) -> Result<Self, OpenError> {
        let unwritable =
            |error: std::io::Error| OpenError::Unwritable { folder: shown(path), reason: error.to_string() };
        make(path).map_err(unwritable)?;
        let mut options = File::options();
        let mut file =
            options.read(true).write(true).create(true).truncate(false).open(path.join(".lock")).map_err(unwritable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::InUse { folder: shown(path), pid: holder(&mut file) });
            }
            Err(TryLockError::Error(error)) => return Err(unwritable(error)),
        }
        sign(&mut file).map_err(unwritable)?;
        Ok(Self { _lock: file })
    }
}

/// Readable by nobody else: it holds what was measured, and the key that signs tokens.
fn make(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Leaves word who holds the folder.
fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(32).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

fn shown(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path)).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tideboard-folder-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        path
    }

    #[test]
    fn a_folder_is_held_by_one_and_free_afterwards() {
        let path = temporary("held");
        let first = Folder::hold(&path).unwrap();
        let error = Folder::hold(&path).unwrap_err();
        assert!(matches!(error, OpenError::InUse { pid: Some(pid), .. } if pid == std::process::id()), "{error}");
        assert!(error.to_string().contains("--data FOLDER"), "{error}");
        drop(first);
        assert!(Folder::hold(&path).is_ok());
        std::fs::remove_dir_all(path).unwrap();
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let path = temporary("file");
        std::fs::write(&path, "").unwrap();
        let error = Folder::hold(&path).unwrap_err();
        assert!(matches!(error, OpenError::Unwritable { .. }), "{error}");
        std::fs::remove_file(path).unwrap();
    }
}
