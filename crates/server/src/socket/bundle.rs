//! The stock client for browsers at `/socket.io/socket.io.js`: pages of others count on it.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tideboard_model::ProblemCode;

use crate::http::{ApiError, asset};

/// Where pages look for the client.
const ADDRESS: &str = "/socket.io/socket.io.js";
/// Where the web build puts it.
const ASSET: &str = "socket.io.js";

/// Serves the bundle; all else goes on.
pub(crate) async fn bundle(request: Request, next: Next) -> Response {
    if request.uri().path() != ADDRESS {
        return next.run(request).await;
    }
    asset(ASSET, request.headers()).unwrap_or_else(|| {
        ApiError::new(ProblemCode::NotFound, "this binary was built without the web app").into_response()
    })
}
