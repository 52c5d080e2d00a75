//! Why something did not work. For viewers and producers that is everyday life; for the run itself it is the end.

/// Why something did not work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TortureError {
    /// Something could not be read, written or connected to.
    #[error("{what}: {source}")]
    Io {
        /// What was tried.
        what: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// An answer, a message or a file is not as expected.
    #[error("{0}")]
    Unexpected(String),
    /// A message is not JSON of the expected form.
    #[error("not the JSON that was expected: {0}")]
    Json(#[from] serde_json::Error),
    /// The WebSocket failed.
    #[error("the socket failed: {0}")]
    Socket(#[from] Box<tokio_tungstenite::tungstenite::Error>),
    /// Redis or PostgreSQL did not do as told.
    #[error(transparent)]
    Service(#[from] tideboard_services::ServiceError),
    /// Something did not come in time.
    #[error("waited in vain for {0}")]
    Late(String),
}

/// Names what was tried.
pub(crate) trait Trying<T> {
    /// Names what was tried when it failed.
    fn trying(self, what: impl Into<String>) -> Result<T, TortureError>;
}

impl<T> Trying<T> for Result<T, std::io::Error> {
    fn trying(self, what: impl Into<String>) -> Result<T, TortureError> {
        self.map_err(|source| TortureError::Io { what: what.into(), source })
    }
}

/// Something that is not as expected.
pub(crate) fn unexpected<T>(what: impl Into<String>) -> Result<T, TortureError> {
    Err(TortureError::Unexpected(what.into()))
}

/// Waits for something no longer than this.
pub(crate) async fn within<T>(
    time: std::time::Duration,
    what: &str,
    work: impl Future<Output = Result<T, TortureError>>,
) -> Result<T, TortureError> {
    tokio::time::timeout(time, work).await.unwrap_or_else(|_| Err(TortureError::Late(what.to_owned())))
}
