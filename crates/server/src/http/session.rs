//! Signing in, going on, and signing out.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use serde::{Deserialize, Serialize};
use tideboard_access::{Login, Password, TokenKind};
use tideboard_model::ProblemCode;
use tokio::time::Instant;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::{User, check_intent};
use super::people::ReachBody;
use super::problem::{ApiError, ProblemBody};
use crate::app::{App, AppState};
use crate::auth::{Begun, Caller, Refusal, Remote, SignedIn, cookie};
use crate::config::Config;

/// Who is signed in, and until when.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SessionBody {
    user: UserBody,
    session_id: String,
    /// When the session ends, in milliseconds since 1970.
    expires_at: i64,
}

/// A session that began or went on, with the token that opens everything else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct BegunBody {
    #[serde(flatten)]
    session: SessionBody,
    /// Goes into `Authorization: Bearer …`.
    access_token: String,
    /// How long it does; `POST /api/v1/session/refresh` gives the next.
    expires_in_seconds: u64,
}

/// Someone who can sign in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    id: String,
    name: String,
    login: Option<String>,
    /// `owner`, `admin`, `editor` or `viewer`.
    role: &'static str,
    reach: ReachBody,
    has_password: bool,
    has_totp: bool,
}

/// What signs in: a one-time token, or login and password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignInBody {
    /// The one-time token from the address that the server prints.
    #[serde(default)]
    token: Option<String>,
    #[serde(default)]
    login: Option<String>,
    #[serde(default)]
    password: Option<String>,
    /// Of the second factor: six digits, or a recovery code.
    #[serde(default)]
    code: Option<String>,
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

impl UserBody {
    pub(super) fn of(user: &tideboard_store::User) -> Self {
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            login: user.login.as_ref().map(ToString::to_string),
            role: user.role.as_str(),
            reach: ReachBody::of(&user.reach),
            has_password: user.has_password,
            has_totp: user.has_totp,
        }
    }
}

impl SessionBody {
    fn of(signed_in: &SignedIn) -> Self {
        Self {
            user: UserBody::of(&signed_in.user),
            session_id: signed_in.session.id.to_string(),
            expires_at: signed_in.expires.0,
        }
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

/// Signs in with a one-time token, or with login and password. The answer's token opens everything else; the session goes
/// on by a cookie.
#[utoipa::path(
    post, path = "/api/v1/session", operation_id = "signIn", tag = "session", security(()), request_body = SignInBody,
    responses(
        (status = 200, body = BegunBody, headers(("set-cookie" = String))),
        (status = 401, body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn sign_in(
    State(app): State<AppState>,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<SignInBody>,
) -> Result<impl IntoResponse, ApiError> {
    check_intent(&app, &headers)?;
    let begun = match body {
        SignInBody { token: Some(token), login: None, password: None, code: None } => {
            by_link(&app, &token, &from).await?
        }
        SignInBody { token: None, login: Some(login), password: Some(password), code } => {
            by_password(&app, &login, &password, code.as_deref(), &from).await?
        }
        _ => return Err(ApiError::invalid("", "send either `token`, or `login` and `password`")),
    };
    let user = &begun.signed_in.user.id;
    tracing::info!(address = %from.address, %user, "signed in");
    answer(&app, begun)
}

async fn by_link(app: &App, token: &str, from: &Remote) -> Result<Begun, ApiError> {
    let attempt = app.auth.slowdown.attempt(None, from.address, (app.clock)())?;
    if let Some(begun) = app.auth.by_link(token, from).await? {
        attempt.succeeded();
        return Ok(begun);
    }
    tracing::warn!(address = %from.address, "an attempt to sign in by a link failed");
    let detail = "the sign-in address was used before or is too old: `tideboard sign-in` prints a new one";
    Err(ApiError::new(ProblemCode::Unauthorized, detail))
}

async fn by_password(
    app: &App,
    login: &str,
    password: &str,
    code: Option<&str>,
    from: &Remote,
) -> Result<Begun, ApiError> {
    let wrong = || ApiError::new(ProblemCode::Unauthorized, "the login or the password is wrong");
    // Whoever it names: an account that there is not is slowed down like one that there is.
    let account = login.trim().to_lowercase();
    let attempt = app.auth.slowdown.attempt(Some(&account), from.address, (app.clock)())?;
    let refused = match (login.parse::<Login>(), Password::for_check(password)) {
        (Ok(login), Some(password)) => match app.auth.by_password(&login, password, code, from).await? {
            Ok(begun) => {
                attempt.succeeded();
                return Ok(begun);
            }
            Err(Refusal::SecondFactor) if code.is_none() => {
                attempt.excused();
                Refusal::SecondFactor
            }
            Err(refusal) => {
                app.auth.note_failure(&account, from).await;
                refusal
            }
        },
        (Err(_), _) | (_, None) => Refusal::Wrong,
    };
    match refused {
        Refusal::Wrong => {
            tracing::warn!(address = %from.address, "an attempt to sign in by password failed");
            Err(wrong())
        }
        Refusal::SecondFactor => {
            let detail = match code {
                None => "enter the code that your second factor shows",
                Some(_) => "the code is wrong, or was used already: enter the next one that your second factor shows",
            };
            Err(ApiError::new(ProblemCode::SecondFactor, detail))
        }
    }
}

/// The next token of a session, by its cookie; the cookie is another one afterwards. One that was used before ends the
/// session, but for the few seconds in which an answer may have been lost.
#[utoipa::path(
    post, path = "/api/v1/session/refresh", operation_id = "refreshSession", tag = "session", security(("session" = [])),
    responses(
        (status = 200, body = BegunBody, headers(("set-cookie" = String))),
        (status = 401, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn refresh(State(app): State<AppState>, headers: HeaderMap) -> Result<impl IntoResponse, ApiError> {
    check_intent(&app, &headers)?;
    let signed_out = || ApiError::new(ProblemCode::Unauthorized, "you are signed out: sign in again");
    let presented = cookie(&headers, cookie_name(&app.config)).ok_or_else(signed_out)?;
    let begun = app.auth.go_on(presented).await?.ok_or_else(signed_out)?;
    answer(&app, begun)
}

/// Ends the session, on every open socket too.
#[utoipa::path(delete, path = "/api/v1/session", operation_id = "signOut", tag = "session", responses((status = 204)))]
pub(crate) async fn sign_out(
    State(app): State<AppState>,
    User(signed_in): User,
    from: Remote,
) -> Result<impl IntoResponse, ApiError> {
    app.auth.sign_out(&signed_in, &from).await?;
    tracing::info!(user = %signed_in.user.id, "signed out");
    let cookie = set_cookie(&app.config, "", 0)?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders([(header::SET_COOKIE, cookie)])))
}

/// A short-lived token for connecting a socket, for people and for keys that read.
#[utoipa::path(
    post, path = "/api/v1/session/socket-token", operation_id = "createSocketToken", tag = "session",
    responses(
        (status = 200, body = SocketTokenBody),
        (status = 503, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn socket_token(
    State(app): State<AppState>,
    caller: Caller,
) -> Result<Json<SocketTokenBody>, ApiError> {
    caller.require(tideboard_access::Action::ListStreams)?;
    let Some(wait) = app.slots.take(Instant::now()) else {
        return Err(ApiError::new(ProblemCode::Overloaded, "too many viewers return at once: ask again in a moment"));
    };
    let token = app.auth.token(TokenKind::Socket, &caller)?;
    // Rounded up: a slot is no earlier than it was given for.
    let connect_after_ms = u64::try_from(wait.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX);
    let expires_in_seconds = TokenKind::Socket.lifetime_seconds();
    Ok(Json(SocketTokenBody { token, expires_in_seconds, connect_after_ms }))
}

/// The public keys that tokens are checked with, as other services read them.
#[utoipa::path(get, path = "/.well-known/jwks.json", operation_id = "jwks", tag = "session", security(()), responses((status = 200, body = Object)))]
pub(crate) async fn jwks(State(app): State<AppState>) -> impl IntoResponse {
    let cached = [(header::CACHE_CONTROL, "public, max-age=300"), (header::CONTENT_TYPE, "application/jwk-set+json")];
    (cached, app.auth.jwks().to_string())
}

/// The answer that signs a page in.
pub(super) fn answer(app: &App, begun: Begun) -> Result<impl IntoResponse + use<>, ApiError> {
    let Begun { refresh, signed_in } = begun;
    let seconds = signed_in.expires.0.saturating_sub((app.clock)().0).max(0) / 1_000;
    let cookie = set_cookie(&app.config, refresh.reveal(), seconds)?;
    let session = SessionBody::of(&signed_in);
    let access_token = app.auth.token(TokenKind::Access, &Caller::User(signed_in.into()))?;
    let expires_in_seconds = TokenKind::Access.lifetime_seconds();
    Ok((AppendHeaders([(header::SET_COOKIE, cookie)]), Json(BegunBody { session, access_token, expires_in_seconds })))
}

/// The cookie's name: behind TLS one that only this host can have set, for all its paths.
fn cookie_name(config: &Config) -> &'static str {
    if config.is_secure() { "__Host-tideboard_session" } else { "tideboard_session" }
}

fn set_cookie(config: &Config, value: &str, max_age_seconds: i64) -> Result<HeaderValue, ApiError> {
    let (name, secure) = (cookie_name(config), if config.is_secure() { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age={max_age_seconds}{secure}");
    let mut cookie = HeaderValue::from_str(&text).map_err(|error| ApiError::internal(&error))?;
    cookie.set_sensitive(true);
    Ok(cookie)
}
