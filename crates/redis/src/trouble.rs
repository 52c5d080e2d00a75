//! What the answers of a server mean to whoever asked.

use redis::{ErrorKind, ServerError, ServerErrorKind};
use tideboard_log::{AppendError, LogError};

use crate::RedisError;
use crate::address::Host;
use crate::fitness::Unfit;

/// How the operating system says that a file can't grow: its disk, a quota or a limit is used up.
const FULL: [&str; 3] = ["No space left on device", "quota exceeded", "File too large"];

/// Why something was not answered as it should be.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// No answer: what was asked may have been done or not.
    Lost(String),
    /// Not done, and may be asked again on this or another connection in a moment.
    Later(String),
    /// Not done: another server of the Cluster has it.
    Moved,
    /// Not done: another server is taking it over, and has to be asked for it this once.
    Ask(Host),
    /// Not done: the server's memory or disk is full.
    Full,
    /// Not done, and won't be.
    Refused(String),
    /// Not done: the server must not be used as it is set up.
    Unfit(Unfit),
}

impl Trouble {
    /// What does not fit into an answer.
    pub(crate) fn odd(what: &str) -> Self {
        Self::Lost(format!("Redis answered something else than expected: {what}"))
    }

    pub(crate) fn reason(self) -> String {
        match self {
            Self::Lost(reason) | Self::Later(reason) | Self::Refused(reason) => reason,
            Self::Moved => "Redis moves its keys to another server".to_owned(),
            Self::Ask(to) => format!("Redis moves its keys to {to}"),
            Self::Full => "Redis's memory or disk is full".to_owned(),
            Self::Unfit(unfit) => RedisError::from(unfit).to_string(),
        }
    }
}

impl From<redis::RedisError> for Trouble {
    #[allow(
        clippy::wildcard_enum_match_arm,
        reason = "the library may add kinds; whatever is not said to be harmless is a lost answer"
    )]
    fn from(error: redis::RedisError) -> Self {
        match error.kind() {
            ErrorKind::Server(kind) => of_server(Some(kind), error.code(), error.detail()),
            ErrorKind::Extension => of_server(None, error.code(), error.detail()),
            ErrorKind::AuthenticationFailed | ErrorKind::InvalidClientConfig | ErrorKind::RESP3NotSupported => {
                Self::Refused(error.to_string())
            }
            // More kinds may come.
            _ => Self::Lost(error.to_string()),
        }
    }
}

impl From<ServerError> for Trouble {
    fn from(error: ServerError) -> Self {
        of_server(error.kind(), Some(error.code()), error.details())
    }
}

fn of_server(kind: Option<ServerErrorKind>, code: Option<&str>, detail: Option<&str>) -> Trouble {
    let (code, detail) = (code.unwrap_or_default(), detail.unwrap_or_default());
    let told = || format!("Redis answers: {code} {detail}");
    match kind {
        Some(ServerErrorKind::Moved) => Trouble::Moved,
        Some(ServerErrorKind::Ask) => {
            detail.split(' ').nth(1).and_then(Host::told).map_or_else(|| Trouble::Later(told()), Trouble::Ask)
        }
        Some(
            ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::BusyLoading
            | ServerErrorKind::ReadOnly
            | ServerErrorKind::NoScript,
        ) => Trouble::Later(told()),
        // In a moment the slot lies on one server again.
        _ if detail.contains("non local key") => Trouble::Later(told()),
        _ => match code {
            "OOM" => Trouble::Full,
            // It cannot write to its disk; its words are the operating system's.
            "MISCONF" if FULL.iter().any(|words| detail.contains(words)) => Trouble::Full,
            "MISCONF" | "NOREPLICAS" | "BUSY" | "UNBLOCKED" | "FAILOVER" => Trouble::Later(told()),
            _ => Trouble::Refused(told()),
        },
    }
}

impl From<Trouble> for LogError {
    fn from(trouble: Trouble) -> Self {
        if matches!(trouble, Trouble::Full) { Self::Full } else { Self::Failed(trouble.reason()) }
    }
}

impl From<Trouble> for AppendError {
    fn from(trouble: Trouble) -> Self {
        if matches!(trouble, Trouble::Full) { Self::Full } else { Self::Failed(trouble.reason()) }
    }
}
