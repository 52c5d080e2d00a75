//! The guard before every handler: nobody passes without a session or a key, except where it says so.

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;
use std::net::IpAddr;
use std::sync::Arc;
use tideboard_access::{Action, allows};
use tideboard_model::ProblemCode;
use tokio::time::Instant;

use super::observe::Peer;
use super::problem::ApiError;
use super::same_origin;
use crate::app::{App, AppState};
use crate::auth::{Caller, SignedIn, presented};

/// The header that our own pages send with every change. Pages of other origins can't, without being asked for leave
/// (a preflight), which is never given.
pub(crate) const CHANGE_HEADER: &str = "x-tideboard";

/// Finds out who is asking and puts a [`Caller`] beside the request, or refuses.
pub(crate) async fn guard(State(app): State<AppState>, mut request: Request, next: Next) -> Result<Response, ApiError> {
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str).unwrap_or_default();
    if is_open(request.method(), route) {
        return Ok(next.run(request).await);
    }
    let refuse = |request: &Request| refused(&app, Peer::of(request.extensions()));
    let presented = presented(request.headers()).ok_or_else(|| refuse(&request))?;
    let caller = app.auth.caller(&presented).await?.ok_or_else(|| refuse(&request))?;
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// A stranger is told to sign in, and one of an address where many are refused to wait as well.
fn refused(app: &App, address: IpAddr) -> ApiError {
    match app.refusals.count(address, Instant::now()) {
        Ok(()) => ApiError::unauthorized(),
        Err(wait) => {
            let detail = "too many requests of this address had no valid key or session: wait, or send one";
            ApiError { wait: Some(wait), ..ApiError::new(ProblemCode::RateLimited, detail) }
        }
    }
}

/// The addresses that need no token and no key: what says nothing, and what signs in.
fn is_open(method: &Method, route: &str) -> bool {
    match route {
        "/healthz" | "/readyz" | "/.well-known/jwks.json" => true,
        "/api/v1/session"
        | "/api/v1/session/refresh"
        | "/api/v1/session/reset-info"
        | "/api/v1/session/reset"
        | "/api/v1/invites/info"
        | "/api/v1/invites/accept" => method == Method::POST,
        _ => false,
    }
}

/// Refuses a request that a page of another origin may have started in this browser, where a cookie or a sign-in is at
/// stake. Everything else is opened by tokens, which no other page has.
pub(crate) fn check_intent(app: &App, headers: &HeaderMap) -> Result<(), ApiError> {
    if !headers.contains_key(CHANGE_HEADER) {
        let detail = format!("this request needs the header `{CHANGE_HEADER}: 1`");
        return Err(ApiError::new(ProblemCode::Forbidden, detail));
    }
    if !same_origin::is_own(&app.config, headers) {
        return Err(ApiError::new(ProblemCode::Forbidden, "the request comes from a page of another origin"));
    }
    Ok(())
}

impl Caller {
    /// Goes on only if the caller may do this.
    pub(crate) fn require(&self, action: Action<'_>) -> Result<(), ApiError> {
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

impl User {
    /// Goes on only if the user may do this.
    pub(crate) fn require(&self, action: Action<'_>) -> Result<(), ApiError> {
        Ok(allows(&self.0.principal(), action).require()?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for User {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Caller::from_request_parts(parts, state).await? {
            Caller::User(signed_in) => Ok(Self(signed_in)),
            Caller::Key(_) => Err(ApiError::new(ProblemCode::Forbidden, "an API key does not do: sign in to do this")),
        }
    }
}
