//! What can be wrong with a configuration.

use std::path::PathBuf;

use super::{Key, Source};

/// Why a configuration was refused. The text says where, what and how to mend it.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("the configuration file {} can't be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("the configuration file {} is not valid TOML: {reason}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Where and why.
        reason: String,
    },
    /// The file sets something that does not exist.
    #[error("the configuration file {} sets `{name}`, which does not exist{}", file.display(), suggestion(*nearest))]
    UnknownKey {
        /// The file.
        file: PathBuf,
        /// The key as written.
        name: String,
        /// The key that was probably meant.
        nearest: Option<Key>,
    },
    /// A value is not of its kind, or out of its bounds.
    #[error("{} is `{text}` ({}): expected {expected}", key.name(), set_by.describe(*key))]
    Invalid {
        /// Which value.
        key: Key,
        /// Where it was set.
        set_by: Source,
        /// The value as written.
        text: String,
        /// What would be accepted.
        expected: String,
    },
    /// A value is set that means nothing without another.
    #[error("{} is set ({}), but {} is not: TLS needs both, plain HTTP neither", key.name(), set_by.describe(*key), missing.name())]
    Alone {
        /// Which value is set.
        key: Key,
        /// Where it was set.
        set_by: Source,
        /// Which value is missing.
        missing: Key,
    },
    /// An environment variable is not text.
    #[error("the environment variable {variable} is not valid UTF-8")]
    NotText {
        /// The variable.
        variable: String,
    },
}

fn suggestion(nearest: Option<Key>) -> String {
    match nearest {
        Some(key) => format!(": did you mean `{}`?", key.name()),
        None => {
            let names: Vec<_> = Key::ALL.iter().map(|key| key.name()).collect();
            format!("; these exist: {}", names.join(", "))
        }
    }
}
