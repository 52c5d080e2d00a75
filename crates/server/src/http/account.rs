//! One's own account: name, login, password, and sessions.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, Login, Password, SessionId};
use tideboard_model::ProblemCode;
use tideboard_store::{Session, StoreError};
use utoipa::ToSchema;

use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use super::session::UserBody;
use crate::app::{App, AppState};
use crate::auth::Remote;

/// Longest name of a person or a team, in characters.
const NAME_MAX_CHARS: usize = 100;

/// One's own account.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AccountBody {
    user: UserBody,
    /// Recovery codes of the second factor that were not used yet.
    recovery_codes_left: usize,
}

/// What one is called and signs in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProfileBody {
    /// 1 to 100 characters.
    name: String,
    /// An e-mail address, or any name without spaces.
    login: Option<String>,
}

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordBody {
    /// The one until now, if there is one.
    #[serde(default)]
    current: Option<String>,
    /// 12 characters or more.
    password: String,
    /// Needed by who has none yet.
    #[serde(default)]
    login: Option<String>,
}

/// Sessions that count.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionsBody {
    /// The last used first.
    sessions: Vec<OneSession>,
}

/// One session.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct OneSession {
    id: String,
    created_at: i64,
    last_seen_at: i64,
    expires_at: i64,
    user_agent: String,
    address: String,
    /// Whether it is the one that asks.
    current: bool,
}

/// How many sessions ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct EndedBody {
    ended: usize,
}

impl SessionsBody {
    pub(super) fn of(sessions: Vec<Session>, current: Option<&SessionId>) -> Self {
        let one = |session: Session| OneSession {
            current: current == Some(&session.id),
            id: session.id.to_string(),
            created_at: session.created.0,
            last_seen_at: session.last_seen.0,
            expires_at: session.expires.0,
            user_agent: session.device.user_agent,
            address: session.device.address,
        };
        Self { sessions: sessions.into_iter().map(one).collect() }
    }
}

/// One's own account.
#[utoipa::path(get, path = "/api/v1/account", operation_id = "getAccount", tag = "account", responses((status = 200, body = AccountBody)))]
pub(crate) async fn get(State(app): State<AppState>, user: User) -> Result<Json<AccountBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let credentials = app.store.credentials_of(&user.0.user.id).await?;
    let recovery_codes_left = credentials.totp.map_or(0, |totp| totp.recovery.len());
    Ok(Json(AccountBody { user: UserBody::of(&credentials.user), recovery_codes_left }))
}

/// Changes what one is called and signs in with.
#[utoipa::path(
    put, path = "/api/v1/account", operation_id = "saveAccount", tag = "account", request_body = ProfileBody,
    responses((status = 200, body = UserBody), (status = 409, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn save(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<ProfileBody>,
) -> Result<Json<UserBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let (name, login) = (name("/name", &body.name)?, body.login.as_deref().map(login).transpose()?);
    if login.is_none() && user.0.user.has_password {
        return Err(ApiError::invalid("/login", "who signs in by password needs a login"));
    }
    let id = &user.0.user.id;
    let entry = user.entry(&app, &from, "user.profile", format!("user:{id}"), json!({"name": name, "login": login}));
    app.store.set_profile(id, name, login, entry).await.map_err(login_taken)?;
    app.auth.user_changed(id);
    Ok(Json(UserBody::of(&app.store.user(id).await?)))
}

/// Changes one's password, and ends all other sessions.
#[utoipa::path(
    put, path = "/api/v1/account/password", operation_id = "savePassword", tag = "account", request_body = PasswordBody,
    responses((status = 204), (status = 400, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn save_password(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<PasswordBody>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let own = &user.0.user;
    check_own_password(&app, &user, &from, body.current.as_deref(), "/current").await?;
    let login = match (&own.login, &body.login) {
        (Some(login), None) => login.clone(),
        (_, Some(text)) => self::login(text)?,
        (None, None) => return Err(ApiError::invalid("/login", "choose what you sign in with")),
    };
    let password = new_password("/password", &body.password, &own.name, &login)?;
    let hash = app.auth.passwords.hash(password).await?;
    if own.login.as_ref() != Some(&login) {
        let detail = json!({"name": own.name, "login": login});
        let entry = user.entry(&app, &from, "user.profile", format!("user:{}", own.id), detail);
        app.store.set_profile(&own.id, own.name.clone(), Some(login), entry).await.map_err(login_taken)?;
    }
    let entry = user.entry(&app, &from, "user.password", format!("user:{}", own.id), json!({}));
    let ended = app.store.set_password(&own.id, hash, Some(user.0.session.id.clone()), entry).await?;
    ended.iter().for_each(|session| app.auth.session_ended(session));
    app.auth.user_changed(&own.id);
    Ok(StatusCode::NO_CONTENT)
}

/// One's own sessions.
#[utoipa::path(get, path = "/api/v1/account/sessions", operation_id = "listOwnSessions", tag = "account", responses((status = 200, body = SessionsBody)))]
pub(crate) async fn sessions(State(app): State<AppState>, user: User) -> Result<Json<SessionsBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let sessions = app.store.sessions(&user.0.user.id, (app.clock)()).await?;
    Ok(Json(SessionsBody::of(sessions, Some(&user.0.session.id))))
}

/// Ends one of one's own sessions.
#[utoipa::path(
    delete, path = "/api/v1/account/sessions/{id}", operation_id = "endOwnSession", tag = "account", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn end_session(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let session: SessionId =
        id.parse().map_err(|_no_id| ApiError::new(ProblemCode::NotFound, "there is no such session"))?;
    let entry = user.entry(&app, &from, "session.end", format!("session:{session}"), json!({"by": "own"}));
    app.store.revoke_session(&user.0.user.id, &session, entry).await?;
    app.auth.session_ended(&session);
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of one's own sessions but the one that asks.
#[utoipa::path(delete, path = "/api/v1/account/sessions", operation_id = "endOtherSessions", tag = "account", responses((status = 200, body = EndedBody)))]
pub(crate) async fn end_others(
    State(app): State<AppState>,
    user: User,
    from: Remote,
) -> Result<Json<EndedBody>, ApiError> {
    user.require(Action::ManageOwnAccount)?;
    let id = &user.0.user.id;
    let entry = user.entry(&app, &from, "session.end", format!("user:{id}"), json!({"by": "own", "which": "others"}));
    let ended = app.store.revoke_other_sessions(id, Some(user.0.session.id.clone()), entry).await?;
    ended.iter().for_each(|session| app.auth.session_ended(session));
    Ok(Json(EndedBody { ended: ended.len() }))
}

/// Refuses unless who asks knows the password of the account, where it has one. Slowed down like signing in: a page that was
/// left open must not be of use for guessing it.
pub(super) async fn check_own_password(
    app: &App,
    user: &User,
    from: &Remote,
    password: Option<&str>,
    pointer: &str,
) -> Result<(), ApiError> {
    let own = &user.0.user;
    let Some(hash) = app.store.credentials_of(&own.id).await?.password else { return Ok(()) };
    let account = format!("user:{}", own.id);
    let attempt = app.auth.slowdown.attempt(Some(&account), from.address, (app.clock)())?;
    let right = match password.and_then(Password::for_check) {
        Some(password) => app.auth.passwords.check(password, Some(hash)).await?,
        None => false,
    };
    if right {
        attempt.succeeded();
        return Ok(());
    }
    Err(ApiError::invalid(pointer, "that is not your password"))
}

/// What a person or a team is called.
pub(super) fn name(pointer: &str, text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > NAME_MAX_CHARS || text.chars().any(char::is_control) {
        let detail = format!("a name has 1 to {NAME_MAX_CHARS} characters, none of them a control character");
        return Err(ApiError::invalid(pointer, detail));
    }
    Ok(text.to_owned())
}

pub(super) fn login(text: &str) -> Result<Login, ApiError> {
    text.parse().map_err(|error: tideboard_access::LoginError| ApiError::invalid("/login", error.to_string()))
}

/// A password that nobody guesses from what is known about its owner.
pub(super) fn new_password(pointer: &str, text: &str, name: &str, login: &Login) -> Result<Password, ApiError> {
    Password::new(text, &[name, login.as_str(), "tideboard"])
        .map_err(|error| ApiError::invalid(pointer, error.to_string()))
}

/// A login that someone else has is a conflict at its place.
pub(super) fn login_taken(error: StoreError) -> ApiError {
    if error != (StoreError::Exists { what: "login" }) {
        return error.into();
    }
    let taken = ApiError::invalid("/login", "someone else signs in with this: choose another");
    ApiError { code: ProblemCode::Conflict, ..taken }
}
