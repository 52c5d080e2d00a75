//! Why a measurement could not be made.

/// Why a measurement could not be made. A figure that misses its target is no error.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// Something could not be read, written or connected to.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The server, or a file, is not as expected.
    #[error("{0}")]
    Unexpected(String),
    /// A message is not JSON of the expected form.
    #[error("not the JSON that was expected: {0}")]
    Json(#[from] serde_json::Error),
    /// The WebSocket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] Box<tokio_tungstenite::tungstenite::Error>),
    /// Something did not come in time.
    #[error("waited in vain for {0}")]
    Late(&'static str),
}

/// Names what was tried.
pub(crate) trait Trying<T> {
    /// Names what was tried when it failed.
    fn trying(self, what: impl Into<String>) -> Result<T, BenchError>;
}

impl<T> Trying<T> for Result<T, std::io::Error> {
    fn trying(self, what: impl Into<String>) -> Result<T, BenchError> {
        self.map_err(|source| BenchError::Io { what: what.into(), source })
    }
}

/// Something that is not as expected.
pub(crate) fn unexpected<T>(what: impl Into<String>) -> Result<T, BenchError> {
    Err(BenchError::Unexpected(what.into()))
}
