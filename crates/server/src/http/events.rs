//! Sending events as JSON.

use axum::Json;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde::Serialize;
use tideboard_ingest::Rejected;
use tideboard_ingest::json::{self, Format};
use tideboard_model::ProblemCode;
use utoipa::ToSchema;

use super::body::media_type;
use super::problem::{ApiError, BadPlace, Counts, ProblemBody};
use crate::app::AppState;
use crate::auth::Caller;
use crate::intake::{Intake, Outcome};

/// All events of a request are kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct AcceptedBody {
    /// How many were appended.
    accepted: usize,
    /// How many had been appended before, by their producers' sequences; absent if none.
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicates: Option<usize>,
    /// Always 0.
    rejected: usize,
    /// Always empty.
    errors: Vec<BadPlace>,
}

/// Sends one event, an array of events (JSON) or one event a line (NDJSON), gzip too. A 200 means that all of them
/// are kept. A 400 `invalid_input` with `accepted` means that the others are kept, and names the refused ones. The
/// header `Idempotency-Key`, or a `producer` and `sequence` in each event, makes a retry count once.
#[utoipa::path(
    post, path = "/api/v1/events", operation_id = "sendEvents", tag = "ingest",
    params(("idempotency-key" = Option<String>, Header, description = "1 to 256 bytes; names this batch")),
    request_body(content(
        (Object = "application/json"),
        (String = "application/x-ndjson")
    )),
    responses(
        (status = 200, body = AcceptedBody),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, body = ProblemBody, content_type = "application/problem+json", headers(("retry-after" = u32)))
    )
)]
pub(crate) async fn post(
    State(app): State<AppState>,
    caller: Caller,
    request: Request,
) -> Result<Json<AcceptedBody>, ApiError> {
    let format = format(request.headers())?;
    let key = idempotency_key(request.headers())?;
    let intake = Intake { app: &app, principal: caller.principal(), key };
    let outcome = intake.take(request, move |body, now, limits| json::decode(body, format, now, limits)).await?;
    match refusal(&outcome) {
        None => Ok(Json(AcceptedBody {
            accepted: outcome.accepted,
            duplicates: Some(outcome.duplicates).filter(|duplicates| *duplicates > 0),
            rejected: 0,
            errors: Vec::new(),
        })),
        Some(error) => Err(error),
    }
}

fn format(headers: &HeaderMap) -> Result<Format, ApiError> {
    match media_type(headers).as_str() {
        // What curl and others send unless told otherwise.
        "application/json" | "text/json" | "" | "application/x-www-form-urlencoded" => Ok(Format::Json),
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" | "application/x-jsonlines" => {
            Ok(Format::Ndjson)
        }
        _ => Err(ApiError::new(
            ProblemCode::UnsupportedMediaType,
            "send events as `Content-Type: application/json` or `application/x-ndjson`",
        )),
    }
}

/// The name of a batch, by which a retry is recognised.
pub(super) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let unreadable = || ApiError::new(ProblemCode::InvalidInput, "the header Idempotency-Key is not plain text");
    value.to_str().map(|key| Some(key.to_owned())).map_err(|_not_text| unreadable())
}

/// Some events were refused: what of it is to be told.
fn refusal(outcome: &Outcome) -> Option<ApiError> {
    let Outcome { accepted, duplicates, rejected, .. } = *outcome;
    if rejected == 0 {
        return None;
    }
    let detail = match accepted + duplicates {
        0 => format!("none of the {rejected} events was kept: see errors"),
        kept => format!("{rejected} events were refused, the other {kept} are kept: see errors"),
    };
    let code = if outcome.forbidden { ProblemCode::Forbidden } else { ProblemCode::InvalidInput };
    let errors = outcome.refusals.iter().map(place).collect();
    let counts = Some(Counts { accepted, duplicates, rejected });
    Some(ApiError { errors, counts, ..ApiError::new(code, detail) })
}

fn place(rejected: &Rejected) -> BadPlace {
    BadPlace {
        pointer: Some(rejected.pointer.clone()),
        line: None,
        detail: rejected.reason.clone(),
        excerpt: rejected.excerpt.clone(),
    }
}
