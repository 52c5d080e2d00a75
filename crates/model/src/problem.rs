//! Problems: errors as people and programs meet them, the same over HTTP and over sockets.

use serde::{Deserialize, Serialize};

/// What went wrong. Stable: clients branch on it. The text is the code in snake case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// No credentials, or credentials that are not (or no longer) valid.
    Unauthorized,
    /// The password is right, and a code of the second factor is needed too.
    SecondFactor,
    /// Signed in, but not allowed.
    Forbidden,
    /// No such thing, or none that the principal may know of.
    NotFound,
    /// The method is not offered at this address.
    MethodNotAllowed,
    /// The message or body is malformed; `errors` points to each bad place.
    InvalidInput,
    /// The document changed since it was read.
    Conflict,
    /// Over a size limit.
    TooLarge,
    /// The media type or encoding is not understood.
    UnsupportedMediaType,
    /// A view passed one of its limits (groups, cells).
    ViewTooLarge,
    /// The session has as many views as it may have.
    TooManyViews,
    /// The session has as many complete feeds as it may have.
    TooManyFeeds,
    /// A complete feed cannot go on from the position presented.
    PositionRefused,
    /// Too many requests.
    RateLimited,
    /// Busy: queues are full.
    Overloaded,
    /// The disk is full: nothing is accepted, reads go on.
    StorageFull,
    /// Storage failed.
    StorageFailed,
    /// The client's protocol version is not served: reload the page or update the client.
    ProtocolVersion,
    /// The server is shutting down.
    ShuttingDown,
    /// A defect of the server.
    Internal,
}

/// What the receiver of a problem should do about trying again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum Retry {
    /// The same request fails again.
    Never,
    /// After signing in (or fetching a new token).
    AfterSignIn,
    /// After a delay, unchanged.
    AfterDelay,
    /// After fetching the current state.
    Resync,
}

impl ProblemCode {
    /// The code's retry policy.
    #[must_use]
    pub fn retry(self) -> Retry {
        match self {
            Self::Unauthorized | Self::SecondFactor => Retry::AfterSignIn,
            Self::RateLimited | Self::Overloaded | Self::StorageFull | Self::StorageFailed | Self::ShuttingDown => {
                Retry::AfterDelay
            }
            Self::Conflict | Self::PositionRefused | Self::ProtocolVersion => Retry::Resync,
            Self::Forbidden
            | Self::NotFound
            | Self::MethodNotAllowed
            | Self::InvalidInput
            | Self::TooLarge
            | Self::UnsupportedMediaType
            | Self::ViewTooLarge
            | Self::TooManyViews
            | Self::TooManyFeeds
            | Self::Internal => Retry::Never,
        }
    }

    /// The short sentence for people; the same for every occurrence.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Unauthorized => "Not signed in",
            Self::SecondFactor => "A code is needed too",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::MethodNotAllowed => "Method not allowed",
            Self::InvalidInput => "The input is not valid",
            Self::Conflict => "Changed by someone else",
            Self::TooLarge => "Too large",
            Self::UnsupportedMediaType => "Media type not supported",
            Self::ViewTooLarge => "The view is too large",
            Self::TooManyViews => "Too many views",
            Self::TooManyFeeds => "Too many feeds",
            Self::PositionRefused => "The position cannot be honoured",
            Self::RateLimited => "Too many requests",
            Self::Overloaded => "Too busy",
            Self::StorageFull => "The disk is full",
            Self::StorageFailed => "Storage failed",
            Self::ProtocolVersion => "Protocol version not served",
            Self::ShuttingDown => "Shutting down",
            Self::Internal => "Internal error",
        }
    }

    /// The code as text, as it stands in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unauthorized => "unauthorized",
            Self::SecondFactor => "second_factor",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::InvalidInput => "invalid_input",
            Self::Conflict => "conflict",
            Self::TooLarge => "too_large",
            Self::UnsupportedMediaType => "unsupported_media_type",
            Self::ViewTooLarge => "view_too_large",
            Self::TooManyViews => "too_many_views",
            Self::TooManyFeeds => "too_many_feeds",
            Self::PositionRefused => "position_refused",
            Self::RateLimited => "rate_limited",
            Self::Overloaded => "overloaded",
            Self::StorageFull => "storage_full",
            Self::StorageFailed => "storage_failed",
            Self::ProtocolVersion => "protocol_version",
            Self::ShuttingDown => "shutting_down",
            Self::Internal => "internal",
        }
    }
}

/// A problem: code, a sentence on this occurrence, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// What went wrong, for programs.
    pub code: ProblemCode,
    /// What went wrong, for people: the code's sentence.
    pub title: String,
    /// What went wrong this time, and how to mend it.
    pub detail: String,
    /// Whether trying again helps.
    pub retry: Retry,
}

impl Problem {
    /// A problem with its code's title and retry policy.
    #[must_use]
    pub fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, title: code.title().to_owned(), detail: detail.into(), retry: code.retry() }
    }
}
