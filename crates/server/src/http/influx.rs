//! Sending events as line protocol, the way InfluxDB's clients do.

use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tideboard_ingest::line::{self, Precision};
use tideboard_model::ProblemCode;
use utoipa::{IntoParams, ToSchema};

use super::events::idempotency_key;
use super::problem::{ApiError, status};
use crate::app::AppState;
use crate::auth::Caller;
use crate::intake::{Intake, Outcome};

/// Lines that an error names.
const NAMED_LINES: usize = 20;

/// What stands in the address.
#[derive(Deserialize, IntoParams)]
pub(crate) struct WriteParams {
    /// Unit of the times: `ns` (if left out), `us`, `ms` or `s`.
    precision: Option<String>,
}

/// An error in the shape that InfluxDB's clients read.
#[derive(Serialize, ToSchema)]
pub(crate) struct InfluxError {
    /// One of InfluxDB's codes.
    code: &'static str,
    /// What went wrong and how to mend it.
    message: String,
    /// The first refused line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
}

/// Sends events as line protocol; a measurement is a stream. Bucket and organisation play no part. 204 means that all
/// lines are kept; 400 with `partial write` that the others are, and names the refused ones. The header `Idempotency-Key`
/// makes a retry count once.
#[utoipa::path(
    post, path = "/api/v2/write", operation_id = "writeLines", tag = "ingest",
    params(
        WriteParams, ("bucket" = Option<String>, Query), ("org" = Option<String>, Query),
        ("idempotency-key" = Option<String>, Header, description = "1 to 256 bytes; names this batch")
    ),
    request_body(content = String, content_type = "text/plain"),
    responses(
        (status = 204), (status = 400, body = InfluxError), (status = 413, body = InfluxError),
        (status = 503, body = InfluxError, headers(("retry-after" = u32)))
    )
)]
pub(crate) async fn write(
    State(app): State<AppState>,
    caller: Caller,
    Query(params): Query<WriteParams>,
    request: Request,
) -> Response {
    let precision = match params.precision.as_deref() {
        None | Some("") => Precision::default(),
        Some(text) => match Precision::parse(text) {
            Some(precision) => precision,
            None => return refused(ApiError::new(ProblemCode::InvalidInput, "precision is ns, us, ms or s")),
        },
    };
    let key = match idempotency_key(request.headers()) {
        Ok(key) => key,
        Err(error) => return refused(error),
    };
    let intake = Intake { app: &app, principal: caller.principal(), key };
    match intake.take(request, move |body, now, limits| line::decode(body, precision, now, limits)).await {
        Ok(outcome) if outcome.rejected == 0 => StatusCode::NO_CONTENT.into_response(),
        Ok(outcome) => partial(&outcome),
        Err(error) => refused(error),
    }
}

fn partial(outcome: &Outcome) -> Response {
    let code = if outcome.forbidden { ProblemCode::Forbidden } else { ProblemCode::InvalidInput };
    let lines = outcome.refusals.iter().take(NAMED_LINES);
    let lines: Vec<_> = lines.map(|one| format!("line {}: {}", one.place, one.reason)).collect();
    let kept = match outcome.accepted {
        0 => "partial write: nothing was written".to_owned(),
        kept => format!("partial write: {kept} lines are kept"),
    };
    let message = format!("{kept}, dropped={}: {}", outcome.rejected, lines.join("; "));
    let line = outcome.refusals.first().map(|one| one.place);
    answer(code, InfluxError { code: word(code), message, line }, None)
}

fn refused(error: ApiError) -> Response {
    let body = InfluxError { code: word(error.code), message: error.detail.clone(), line: None };
    answer(error.code, body, error.retry_after())
}

fn answer(code: ProblemCode, body: InfluxError, retry_after: Option<HeaderValue>) -> Response {
    let mut response = (status(code), Json(body)).into_response();
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(header::RETRY_AFTER, seconds);
    }
    response
}

/// InfluxDB's word for a code.
fn word(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::Unauthorized | ProblemCode::SecondFactor => "unauthorized",
        ProblemCode::Forbidden => "forbidden",
        ProblemCode::NotFound => "not found",
        ProblemCode::MethodNotAllowed => "method not allowed",
        ProblemCode::InvalidInput => "invalid",
        ProblemCode::Conflict => "conflict",
        ProblemCode::TooLarge => "request too large",
        ProblemCode::UnsupportedMediaType => "unsupported media type",
        ProblemCode::ViewTooLarge
        | ProblemCode::TooManyViews
        | ProblemCode::TooManyFeeds
        | ProblemCode::PositionRefused
        | ProblemCode::ProtocolVersion => "unprocessable entity",
        ProblemCode::RateLimited => "too many requests",
        ProblemCode::Overloaded | ProblemCode::StorageFull | ProblemCode::StorageFailed | ProblemCode::ShuttingDown => {
            "unavailable"
        }
        ProblemCode::Internal => "internal error",
    }
}
