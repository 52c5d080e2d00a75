//! What programs that watch the server ask for.

use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::Serialize;
use tideboard_access::Action;
use tideboard_model::ProblemCode;
use utoipa::ToSchema;

use super::openapi::Document;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::Caller;
use crate::health::NotReady;

/// A short answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Status {
    /// Always `ok`.
    status: &'static str,
}

/// Whether the process is up.
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "operation", security(()), responses((status = 200, body = Status)))]
pub(crate) async fn healthz() -> Json<Status> {
    Json(Status { status: "ok" })
}

/// Whether requests should come here: the events can be reached and storage takes writes, and no stop is planned.
#[utoipa::path(
    get, path = "/readyz", operation_id = "readyz", tag = "operation", security(()),
    responses((status = 200, body = Status), (status = 503, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn readyz(State(app): State<AppState>) -> Result<Json<Status>, ApiError> {
    match app.health.check() {
        Ok(()) if !app.engine.is_alive() => {
            Err(ApiError::new(ProblemCode::Internal, "the engine has stopped: restart the server"))
        }
        Ok(()) => Ok(Json(Status { status: "ok" })),
        Err(NotReady::Stopping) => Err(ApiError::new(ProblemCode::ShuttingDown, "the server is shutting down")),
        Err(NotReady::Away) => {
            Err(ApiError::new(ProblemCode::StorageFailed, "the events can't be reached: Redis does not answer"))
        }
        Err(NotReady::Storage) => Err(ApiError::new(ProblemCode::StorageFailed, "storage refuses writes")),
    }
}

/// What the server counts about itself, in the text format of OpenMetrics. Whoever signed in and any API key may
/// see it, unless it reaches a part of the events only.
#[utoipa::path(get, path = "/metrics", operation_id = "metrics", tag = "operation", responses((status = 200, body = String)))]
pub(crate) async fn metrics(State(app): State<AppState>, caller: Caller) -> Result<impl IntoResponse, ApiError> {
    caller.require(Action::SeeMetrics)?;
    let text = app.metrics.encode().map_err(|error| ApiError::internal(&error))?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

/// This description. A session or any API key opens it.
#[utoipa::path(get, path = "/api/openapi.json", operation_id = "openapi", tag = "operation", responses((status = 200, body = Object)))]
pub(crate) async fn document(Extension(document): Extension<Document>, _: Caller) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, "application/json")], document.json())
}
