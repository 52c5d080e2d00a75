//! Bodies of requests: bounded before they are read.

use std::io::{Error, ErrorKind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody, to_bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use serde::de::DeserializeOwned;
use tideboard_boards::DASHBOARD_MAX_BYTES;
use tideboard_ingest::{BodyError, ContentEncoding};
use tideboard_model::ProblemCode;
use tokio::time::Sleep;

use super::problem::ApiError;

/// How long a whole body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// Largest JSON document: a dashboard with what stands around it.
const DOCUMENT_MAX_BYTES: usize = DASHBOARD_MAX_BYTES + 4096;

/// A JSON document.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        if media_type(request.headers()) != "application/json" {
            let detail = "send the document as `Content-Type: application/json`";
            return Err(ApiError::new(ProblemCode::UnsupportedMediaType, detail));
        }
        let bytes = read(request.into_body(), DOCUMENT_MAX_BYTES).await?;
        let document = serde_json::from_slice(&bytes);
        document.map(Self).map_err(|error| ApiError::new(ProblemCode::InvalidInput, error.to_string()))
    }
}

/// The body, if it is no larger than the limit and arrives in time.
pub(crate) async fn read(body: axum::body::Body, limit_bytes: usize) -> Result<Bytes, ApiError> {
    match tokio::time::timeout(BODY_TIMEOUT, to_bytes(body, limit_bytes)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if is_too_long(&error) => Err(BodyError::TooLarge { limit_bytes, stage: "as sent" }.into()),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a body broke off");
            Err(ApiError::new(ProblemCode::InvalidInput, "the body broke off on its way"))
        }
        Err(_) => Err(ApiError::new(ProblemCode::Overloaded, "the body did not arrive within 30 seconds")),
    }
}

/// Bounds the time of bodies that are read by others than us: those of long-polling.
pub(crate) async fn in_time(request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with("/socket.io/") || request.body().is_end_stream() {
        return next.run(request).await;
    }
    let late = || Box::pin(tokio::time::sleep(BODY_TIMEOUT));
    next.run(request.map(|body| axum::body::Body::new(InTime { body, late: late() }))).await
}

/// A body that breaks off if it takes too long as a whole.
struct InTime {
    body: axum::body::Body,
    late: Pin<Box<Sleep>>,
}

impl HttpBody for InTime {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        if self.late.as_mut().poll(cx).is_ready() {
            let late = Error::new(ErrorKind::TimedOut, "the body took too long");
            return Poll::Ready(Some(Err(axum::Error::new(late))));
        }
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn is_too_long(error: &axum::Error) -> bool {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if error.is::<http_body_util::LengthLimitError>() {
            return true;
        }
        cause = error.source();
    }
    false
}

/// The media type alone, in lower case; empty if there is none.
pub(crate) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// How the body is packed.
pub(crate) fn encoding(headers: &HeaderMap) -> Result<ContentEncoding, BodyError> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(ContentEncoding::Identity) };
    let value = value.to_str().map_err(|_not_text| BodyError::UnsupportedEncoding { encoding: "?".to_owned() })?;
    ContentEncoding::parse(value)
}
