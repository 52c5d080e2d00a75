//! The guard before every handler: nobody passes without a session or a key, except where it says so.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use std::sync::Arc;
use tideboard_access::{Action, allows};
use tideboard_model::ProblemCode;

use super::problem::ApiError;
use super::{same_origin, session};
use crate::app::{App, AppState};
use crate::auth::{Caller, Presented, SignedIn, presented};

/// The header that our own pages send with every change. Pages of other origins can't, without being asked for leave
/// (a preflight), which is never given.
pub(crate) const CHANGE_HEADER: &str = "x-tideboard";

/// Finds out who is asking and puts a [`Caller`] beside the request, or refuses.
pub(crate) async fn guard(State(app): State<AppState>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    if is_open(request.method(), route) {
        return Ok(next.run(request).await);
    }
    let cookie = session::cookie_name(&app.config);
    let presented = presented(request.headers(), cookie).ok_or_else(ApiError::unauthorized)?;
    let caller = app.auth.caller(&presented).await?.ok_or_else(ApiError::unauthorized)?;
    if matches!(presented, Presented::Session(_)) && !request.method().is_safe() {
        check_intent(&app, request.headers())?;
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The addresses that need neither session nor key.
fn is_open(method: &Method, route: &str) -> bool {
    match route {
        "/healthz" | "/readyz" => true,
        "/api/v1/session" => method == Method::POST,
        _ => false,
    }
}

/// Refuses a change that a page of another origin may have started with this browser's cookie.
pub(crate) fn check_intent(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    if !headers.contains_key(CHANGE_HEADER) {
        let detail = format!("a change with a session's cookie needs the header `{CHANGE_HEADER}: 1`");
        return Err(ApiError::new(ProblemCode::Forbidden, detail));
    }
    if !same_origin::is_own(&app.config, headers) {
        return Err(ApiError::new(ProblemCode::Forbidden, "the request comes from a page of another origin"));
    }
    Ok(())
}

impl Caller {
    /// Goes on only if the caller may do this.
    pub(crate) fn require(&self, action: &Action) -> Result<(), ApiError> {
        Ok(allows(&self.principal(), action).require()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(ApiError::unauthorized)
    }
}

/// Someone who signed in; a key does not do.
pub(crate) struct User(pub(crate) Arc<SignedIn>);

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Caller::from_request_parts(parts, state).await? {
            Caller::User(signed_in) => Ok(Self(signed_in)),
            Caller::Key { .. } => {
                Err(ApiError::new(ProblemCode::Forbidden, "an API key can only write events: sign in to do this"))
            }
        }
    }
}
