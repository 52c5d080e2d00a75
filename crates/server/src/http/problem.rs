//! Problems as answers: the one map from codes to statuses, and the one shape of an error body (RFC 9457).

use std::time::Duration;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tideboard_model::{ProblemCode, Retry};
use utoipa::ToSchema;

/// The media type of every error body.
pub(crate) const MEDIA_TYPE: &str = "application/problem+json";

/// The status that each code answers with.
pub(crate) fn status(code: ProblemCode) -> StatusCode {
    match code {
        ProblemCode::Unauthorized | ProblemCode::SecondFactor => StatusCode::UNAUTHORIZED,
        ProblemCode::Forbidden => StatusCode::FORBIDDEN,
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ProblemCode::InvalidInput => StatusCode::BAD_REQUEST,
        ProblemCode::Conflict | ProblemCode::PositionRefused => StatusCode::CONFLICT,
        ProblemCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ProblemCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ProblemCode::ViewTooLarge | ProblemCode::TooManyViews | ProblemCode::TooManyFeeds => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
        ProblemCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ProblemCode::Overloaded | ProblemCode::StorageFull | ProblemCode::StorageFailed | ProblemCode::ShuttingDown => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ProblemCode::ProtocolVersion => StatusCode::UPGRADE_REQUIRED,
        ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// One bad place in the input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct BadPlace {
    /// JSON: where, as a JSON Pointer (RFC 6901) into the body; NDJSON is read as an array of its events.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) pointer: Option<String>,
    /// Line protocol: the line, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<usize>,
    /// What is wrong and how to mend it.
    pub(crate) detail: String,
    /// The start of what was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) excerpt: Option<String>,
}

/// The body of every error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct ProblemBody {
    /// Names the kind of problem.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind of problem in a sentence.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// What went wrong this time, and how to mend it.
    pub(crate) detail: String,
    /// The kind of problem for programs; stable.
    pub(crate) code: String,
    /// Whether trying again helps: `never`, `after_sign_in`, `after_delay` or `resync`.
    pub(crate) retry: String,
    /// Each bad place in the input.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) errors: Vec<BadPlace>,
    /// Ingest: how many events were kept nevertheless.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) accepted: Option<usize>,
    /// Ingest: how many events had been kept before, by their producers' sequences; absent if none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) duplicates: Option<usize>,
    /// Ingest: how many events were refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) rejected: Option<usize>,
}

/// A problem on its way to becoming an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: ProblemCode,
    pub(crate) detail: String,
    pub(crate) errors: Vec<BadPlace>,
    pub(crate) counts: Option<Counts>,
    /// When trying again may help, if that is known better than by the code.
    pub(crate) wait: Option<Duration>,
}

/// What became of the events of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) accepted: usize,
    pub(crate) duplicates: usize,
    pub(crate) rejected: usize,
}

impl ApiError {
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), errors: Vec::new(), counts: None, wait: None }
    }

    /// The input is wrong in one place.
    pub(crate) fn invalid(pointer: &str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        let place = BadPlace { pointer: Some(pointer.to_owned()), line: None, detail: detail.clone(), excerpt: None };
        Self { errors: vec![place], ..Self::new(ProblemCode::InvalidInput, detail) }
    }

    /// Too many attempts: the next one counts after so many seconds.
    pub(crate) fn rate_limited(seconds: u64) -> Self {
        let detail = format!("too many failed attempts: wait {seconds} s");
        Self { wait: Some(Duration::from_secs(seconds)), ..Self::new(ProblemCode::RateLimited, detail) }
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(ProblemCode::Unauthorized, "sign in, or send an API key as `Authorization: Bearer …`")
    }

    /// A failure whose cause is for the log alone.
    pub(crate) fn internal(cause: &(dyn std::error::Error + 'static)) -> Self {
        tracing::error!(error = cause, "a request failed");
        Self::new(ProblemCode::Internal, "something went wrong on the server: its log says what")
    }

    /// The error as its body.
    pub(crate) fn body(&self) -> ProblemBody {
        let code = self.code.as_str();
        ProblemBody {
            kind: format!("urn:tideboard:problem:{code}"),
            title: self.code.title().to_owned(),
            status: status(self.code).as_u16(),
            detail: self.detail.clone(),
            code: code.to_owned(),
            retry: retry_word(self.code.retry()).to_owned(),
            errors: self.errors.clone(),
            accepted: self.counts.map(|counts| counts.accepted),
            duplicates: self.counts.map(|counts| counts.duplicates).filter(|duplicates| *duplicates > 0),
            rejected: self.counts.map(|counts| counts.rejected),
        }
    }

    /// Whole seconds after which trying again may help.
    pub(crate) fn retry_after(&self) -> Option<HeaderValue> {
        if let Some(wait) = self.wait {
            // Rounded up: a moment too early is one refusal more.
            return Some(HeaderValue::from(wait.as_millis().div_ceil(1_000).max(1).try_into().unwrap_or(u64::MAX)));
        }
        match self.code {
            ProblemCode::Overloaded | ProblemCode::ShuttingDown => Some(HeaderValue::from_static("1")),
            ProblemCode::StorageFull | ProblemCode::StorageFailed => Some(HeaderValue::from_static("10")),
            ProblemCode::RateLimited => Some(HeaderValue::from_static("60")),
            ProblemCode::Unauthorized
            | ProblemCode::SecondFactor
            | ProblemCode::Forbidden
            | ProblemCode::NotFound
            | ProblemCode::MethodNotAllowed
            | ProblemCode::InvalidInput
            | ProblemCode::Conflict
            | ProblemCode::TooLarge
            | ProblemCode::UnsupportedMediaType
            | ProblemCode::ViewTooLarge
            | ProblemCode::TooManyViews
            | ProblemCode::TooManyFeeds
            | ProblemCode::PositionRefused
            | ProblemCode::ProtocolVersion
            | ProblemCode::Internal => None,
        }
    }
}

fn retry_word(retry: Retry) -> &'static str {
    match retry {
        Retry::Never => "never",
        Retry::AfterSignIn => "after_sign_in",
        Retry::AfterDelay => "after_delay",
        Retry::Resync => "resync",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (status(self.code), Json(self.body())).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        if let Some(seconds) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, seconds);
        }
        if matches!(self.code, ProblemCode::Unauthorized | ProblemCode::SecondFactor) {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"tideboard\""));
        }
        response
    }
}
