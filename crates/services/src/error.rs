//! Why a server could not be had, or did not do as it was told.

use std::time::Duration;

/// Why a server could not be had, or did not do as it was told.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A program is not installed.
    #[error(
        "{program} is not installed: Debian's package {package} holds it, and `make test` installs that (or `scripts/bootstrap.sh servers`)"
    )]
    Missing {
        /// The program's name.
        program: &'static str,
        /// The Debian package that holds it.
        package: &'static str,
    },
    /// A server ended instead of serving.
    #[error("{what} ended while it started; the end of its log:\n{log}")]
    Ended {
        /// Which server.
        what: String,
        /// The last lines it wrote.
        log: String,
    },
    /// Something did not come in time.
    #[error("waited {seconds} s in vain for {what}", seconds = waited.as_secs_f32())]
    Late {
        /// What did not come.
        what: String,
        /// How long was waited.
        waited: Duration,
    },
    /// A server answered a command with an error; its own words.
    #[error("refused: {0}")]
    Refused(String),
    /// A server is told something that only a running one can do.
    #[error("{0} is not running")]
    NotRunning(String),
    /// A program ran and failed.
    #[error("{what} failed:\n{output}")]
    Failed {
        /// What was run.
        what: String,
        /// What it wrote.
        output: String,
    },
    /// An answer, or a text that was handed in, is not as expected.
    #[error("{0}")]
    Unexpected(String),
    /// The operating system refused something.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
}

/// Names what was tried.
pub(crate) trait Trying<T> {
    /// Names what was tried when it failed.
    fn trying(self, what: impl Into<String>) -> Result<T, ServiceError>;
}

impl<T> Trying<T> for Result<T, std::io::Error> {
    fn trying(self, what: impl Into<String>) -> Result<T, ServiceError> {
        self.map_err(|source| ServiceError::Io { what: what.into(), source })
    }
}
