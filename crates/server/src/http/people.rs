//! People: who can sign in, with which rights, and what each can see and why.

pub(super) mod explained;
mod reach;

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, Reach, Role, Secret, SecretKind, UserId};
use tideboard_model::{Millis, ProblemCode};
use tideboard_store::{LinkPurpose, NewLink, User as Person};
use utoipa::ToSchema;

pub(crate) use reach::ReachBody;

use super::account::SessionsBody;
use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use super::same_origin::own_address;
use crate::app::{App, AppState};
use crate::auth::Remote;
use crate::random;

/// How long a link for choosing a new password is good for.
const RESET_MS: i64 = 24 * 60 * 60 * 1_000;

/// All who can sign in.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsersBody {
    /// The oldest first.
    users: Vec<PersonBody>,
}

/// Someone who can sign in, as those see it who look after people.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonBody {
    id: String,
    name: String,
    login: Option<String>,
    role: &'static str,
    reach: ReachBody,
    /// Ids of teams.
    teams: Vec<String>,
    created_at: i64,
    /// Since when the user is shut out.
    disabled_at: Option<i64>,
    has_password: bool,
    has_totp: bool,
    /// When one of the sessions was used last, to the minute.
    last_seen_at: Option<i64>,
    /// How many sessions there are.
    sessions: usize,
}

/// What changes about someone; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeBody {
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    reach: Option<ReachBody>,
    /// Whether the user is shut out.
    #[serde(default)]
    disabled: Option<bool>,
}

/// A link that is handed over to someone.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct LinkBody {
    /// Shown now and never again.
    url: String,
    expires_at: i64,
}

/// All who can sign in.
#[utoipa::path(get, path = "/api/v1/users", operation_id = "listUsers", tag = "people", responses((status = 200, body = UsersBody)))]
pub(crate) async fn list(State(app): State<AppState>, user: User) -> Result<Json<UsersBody>, ApiError> {
    user.require(Action::SeePeople)?;
    let mut users = Vec::new();
    for person in app.store.users().await? {
        users.push(described(&app, person).await?);
    }
    Ok(Json(UsersBody { users }))
}

/// Changes someone's role or reach, shuts someone out or lets someone in again; on open connections within a second.
#[utoipa::path(
    put, path = "/api/v1/users/{id}", operation_id = "changeUser", tag = "people", params(("id" = String, Path)), request_body = ChangeBody,
    responses((status = 200, body = PersonBody), (status = 403, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn change(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
    Body(body): Body<ChangeBody>,
) -> Result<Json<PersonBody>, ApiError> {
    let person = person(&app, &user, &id).await?;
    let role = match &body.role {
        Some(text) => role(text)?,
        None => person.role,
    };
    user.require(Action::ChangeUser { from: person.role, to: role })?;
    let reach = body.reach.map(Reach::try_from).transpose()?;
    let target = || format!("user:{}", person.id);
    if role != person.role {
        let detail = json!({"from": person.role, "to": role});
        app.store.set_role(&person.id, role, user.entry(&app, &from, "user.role", target(), detail)).await?;
    }
    if let Some(reach) = reach.filter(|reach| *reach != person.reach) {
        let detail = json!({"from": person.reach, "to": reach});
        app.store.set_reach(&person.id, reach, user.entry(&app, &from, "user.reach", target(), detail)).await?;
    }
    if let Some(disabled) = body.disabled.filter(|disabled| *disabled != person.disabled.is_some()) {
        let action = if disabled { "user.disable" } else { "user.enable" };
        let entry = user.entry(&app, &from, action, target(), json!({}));
        let ended = app.store.set_disabled(&person.id, disabled, entry).await?;
        ended.iter().for_each(|session| app.auth.session_ended(session));
    }
    app.auth.user_changed(&person.id);
    Ok(Json(described(&app, app.store.user(&person.id).await?).await?))
}

/// Someone's sessions.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/sessions", operation_id = "listSessionsOf", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = SessionsBody))
)]
pub(crate) async fn sessions(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> Result<Json<SessionsBody>, ApiError> {
    let person = person(&app, &user, &id).await?;
    let sessions = app.store.sessions(&person.id, (app.clock)()).await?;
    Ok(Json(SessionsBody::of(sessions, Some(&user.0.session.id))))
}

/// Signs someone out everywhere.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", operation_id = "signOutUser", tag = "people", params(("id" = String, Path)),
    responses((status = 204))
)]
pub(crate) async fn end_sessions(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let person = person(&app, &user, &id).await?;
    user.require(Action::ChangeUser { from: person.role, to: person.role })?;
    let entry = user.entry(&app, &from, "session.end", format!("user:{}", person.id), json!({"which": "all"}));
    let ended = app.store.revoke_other_sessions(&person.id, None, entry).await?;
    ended.iter().for_each(|session| app.auth.session_ended(session));
    Ok(StatusCode::NO_CONTENT)
}

/// Takes away a second factor that someone lost.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/totp", operation_id = "dropSecondFactorOf", tag = "people", params(("id" = String, Path)),
    responses((status = 204))
)]
pub(crate) async fn drop_second_factor(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let person = person(&app, &user, &id).await?;
    user.require(Action::ChangeUser { from: person.role, to: person.role })?;
    let entry = user.entry(&app, &from, "user.totp", format!("user:{}", person.id), json!({"on": false}));
    app.store.set_totp(&person.id, None, entry).await?;
    app.auth.user_changed(&person.id);
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a link by which someone chooses a new password, once. Nothing is sent: it is handed over by who asks for it.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/reset-link", operation_id = "createResetLink", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = LinkBody))
)]
pub(crate) async fn reset_link(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<LinkBody>, ApiError> {
    let person = person(&app, &user, &id).await?;
    user.require(Action::ChangeUser { from: person.role, to: person.role })?;
    let random = random::bytes().map_err(|error| ApiError::internal(&error))?;
    let secret = Secret::generate(SecretKind::Reset, random);
    let expires = Millis((app.clock)().0.saturating_add(RESET_MS));
    let link = NewLink { hash: secret.hash(), user: person.id.clone(), purpose: LinkPurpose::Reset, expires };
    let entry = user.entry(&app, &from, "link.offer", format!("user:{}", person.id), json!({"for": "reset"}));
    app.store.offer_link(link, entry).await?;
    let url = format!("{}/reset#token={}", own_address(&app.config, &headers), secret.reveal());
    Ok(Json(LinkBody { url, expires_at: expires.0 }))
}

/// Whom the address names, for those who may see people.
pub(super) async fn person(app: &App, user: &User, id: &str) -> Result<Person, ApiError> {
    user.require(Action::SeePeople)?;
    let id: UserId = id.parse().map_err(|_no_id| ApiError::new(ProblemCode::NotFound, "there is no such user"))?;
    Ok(app.store.user(&id).await?)
}

pub(super) fn role(text: &str) -> Result<Role, ApiError> {
    text.parse().map_err(|error: tideboard_access::UnknownRole| ApiError::invalid("/role", error.to_string()))
}

async fn described(app: &App, person: Person) -> Result<PersonBody, ApiError> {
    let sessions = app.store.sessions(&person.id, (app.clock)()).await?;
    Ok(PersonBody {
        id: person.id.to_string(),
        name: person.name,
        login: person.login.map(|login| login.to_string()),
        role: person.role.as_str(),
        reach: ReachBody::of(&person.reach),
        teams: person.teams.iter().map(ToString::to_string).collect(),
        created_at: person.created.0,
        disabled_at: person.disabled.map(|at| at.0),
        has_password: person.has_password,
        has_totp: person.has_totp,
        last_seen_at: sessions.iter().map(|session| session.last_seen.0).max(),
        sessions: sessions.len(),
    })
}

/// What people are called, by what stands for them in the record.
pub(super) async fn names(app: &App) -> Result<BTreeMap<String, String>, ApiError> {
    let users = app.store.users().await?;
    Ok(users.into_iter().map(|user| (format!("user:{}", user.id), user.name)).collect())
}
