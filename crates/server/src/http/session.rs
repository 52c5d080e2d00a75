//! Signing in and out.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr};
use tideboard_access::LIFETIME_SECONDS;
use tideboard_model::ProblemCode;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::{User, check_intent};
use super::observe::Peer;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::SignedIn;
use crate::config::{Config, Origin};
use crate::random;

/// Who is signed in, and until when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    user: UserBody,
    /// In milliseconds since 1970.
    expires_at: i64,
}

/// Someone who can sign in.
#[derive(Debug, Serialize, ToSchema)]
struct UserBody {
    id: String,
    name: String,
    /// `owner`, `editor` or `viewer`.
    role: &'static str,
}

/// What signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// The one-time token from the address that the server prints.
    token: String,
}

/// What a socket connects with.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SocketTokenBody {
    token: String,
    expires_in_seconds: u64,
    /// How long to wait before connecting: 0 while few come, more for each when many return at once.
    connect_after_ms: u64,
}

impl SessionBody {
    fn of(signed_in: &SignedIn) -> Self {
        let user = &signed_in.user;
        let user = UserBody { id: user.id.to_string(), name: user.name.clone(), role: user.role.as_str() };
        Self { user, expires_at: signed_in.expires.0 }
    }
}

/// Who is signed in.
#[utoipa::path(
    get, path = "/api/v1/session", operation_id = "getSession", tag = "session",
    responses((status = 200, body = SessionBody), (status = 401, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn current(User(signed_in): User) -> Json<SessionBody> {
    Json(SessionBody::of(&signed_in))
}

/// Exchanges a one-time token for a session, kept in a cookie.
#[utoipa::path(
    post, path = "/api/v1/session", operation_id = "signIn", tag = "session", security(()), request_body = SignInBody,
    responses(
        (status = 200, body = SessionBody, headers(("set-cookie" = String))),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sign_in(
    State(app): State<AppState>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
    Body(body): Body<SignInBody>,
) -> Result<impl IntoResponse, ApiError> {
    check_intent(&app, &headers)?;
    let address = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |Extension(Peer(address))| address);
    let now = (app.clock)();
    if !app.auth.attempts.may_try(address, now) {
        return Err(ApiError::new(ProblemCode::RateLimited, "too many failed attempts: wait a minute"));
    }
    let random = random::bytes().map_err(|error| ApiError::internal(&error))?;
    let Some((secret, signed_in)) = app.auth.sign_in(&body.token, user_agent(&headers), random).await? else {
        app.auth.attempts.failed(address, now);
        tracing::warn!(%address, "an attempt to sign in failed");
        let detail = "the sign-in address was used before or is too old: `tideboard sign-in` prints a new one";
        return Err(ApiError::new(ProblemCode::Unauthorized, detail));
    };
    tracing::info!(%address, user = %signed_in.user.id, "signed in");
    let seconds = signed_in.expires.0.saturating_sub(now.0).max(0) / 1_000;
    let cookie = set_cookie(&app.config, secret.reveal(), seconds)?;
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(SessionBody::of(&signed_in))))
}

/// Ends the session, on every open socket too.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "signOut", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(
    State(app): State<AppState>,
    User(signed_in): User,
) -> Result<impl IntoResponse, ApiError> {
    app.auth.sign_out(&signed_in).await?;
    tracing::info!(user = %signed_in.user.id, "signed out");
    let cookie = set_cookie(&app.config, "", 0)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

/// A short-lived token for connecting a socket.
#[utoipa::path(
    post, path = "/api/v1/session/socket-token", operation_id = "createSocketToken", tag = "session",
    responses(
        (status = 200, body = SocketTokenBody),
        (status = 503, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn socket_token(
    State(app): State<AppState>,
    User(signed_in): User,
) -> Result<Json<SocketTokenBody>, ApiError> {
    let Some(wait) = app.slots.take(Instant::now()) else {
        return Err(ApiError::new(ProblemCode::Overloaded, "too many viewers return at once: ask again in a moment"));
    };
    let token = app.auth.socket_token(&signed_in)?;
    // Rounded up: a slot is no earlier than it was given for.
    let connect_after_ms = u64::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
    Ok(Json(SocketTokenBody { token, expires_in_seconds: LIFETIME_SECONDS, connect_after_ms }))
}

fn is_secure(config: &Config) -> bool {
    config.public_url.as_ref().is_some_and(Origin::is_secure)
}

/// The cookie's name: behind TLS one that only this host can have set, for all its paths.
pub(super) fn cookie_name(config: &Config) -> &'static str {
    if is_secure(config) { "__Host-tideboard_session" } else { "tideboard_session" }
}

fn set_cookie(config: &Config, value: &str, max_age_seconds: i64) -> Result<HeaderValue, ApiError> {
    let (name, secure) = (cookie_name(config), if is_secure(config) { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}{secure}");
    let mut cookie = HeaderValue::from_str(&text).map_err(|error| ApiError::internal(&error))?;
    cookie.set_sensitive(true);
    Ok(cookie)
}

fn user_agent(headers: &HeaderMap) -> String {
    headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default().to_owned()
}
