//! Invitations, and links for choosing a new password: what someone holds who can't sign in yet.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, InviteId, Reach, Secret, SecretHash, SecretKind, TeamId, UserId};
use tideboard_model::{Millis, ProblemCode};
use tideboard_store::{Actor, Invite, NewAccount, NewAudit, StoreError};
use utoipa::ToSchema;

use super::account::{login, login_taken, name, new_password};
use super::body::Body;
use super::guard::{User, check_intent};
use super::people::{ReachBody, names, role};
use super::problem::{ApiError, ProblemBody};
use super::same_origin::own_address;
use super::session::{BegunBody, answer};
use crate::app::{App, AppState};
use crate::auth::{Attempt, Remote};
use crate::random;

/// Longest reminder of whom an invitation is for, in characters.
const NOTE_MAX_CHARS: usize = 200;
const DAY_MS: i64 = 86_400_000;
/// Days that an invitation is good for unless told otherwise, and at most.
const DAYS: (i64, i64) = (7, 30);

/// Invitations that can still be accepted.
#[derive(Serialize, ToSchema)]
pub(crate) struct InvitesBody {
    /// The newest first.
    invites: Vec<InviteBody>,
}

/// An invitation, without its link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct InviteBody {
    id: String,
    note: String,
    role: &'static str,
    reach: ReachBody,
    teams: Vec<String>,
    created_at: i64,
    /// What who made it is called.
    created_by: String,
    expires_at: i64,
}

/// Someone to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewInviteBody {
    /// For whom, as a reminder.
    #[serde(default)]
    note: String,
    role: String,
    #[serde(default)]
    reach: ReachBody,
    /// Ids of teams.
    #[serde(default)]
    teams: Vec<String>,
    /// How long it is good for: 1 to 30, 7 if left out.
    #[serde(default)]
    days: Option<i64>,
}

/// An invitation with its link.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct InvitedBody {
    id: String,
    /// Shown now and never again: hand it over.
    url: String,
    expires_at: i64,
}

/// The end of a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TokenBody {
    token: String,
}

/// What an invitation offers.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OfferBody {
    role: &'static str,
    note: String,
    invited_by: String,
}

/// The account that an invitation becomes.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcceptBody {
    token: String,
    name: String,
    login: String,
    password: String,
}

/// Invitations that can still be accepted.
#[utoipa::path(get, path = "/api/v1/invites", operation_id = "listInvites", tag = "people", responses((status = 200, body = InvitesBody)))]
pub(crate) async fn list(State(app): State<AppState>, user: User) -> Result<Json<InvitesBody>, ApiError> {
    user.require(Action::SeePeople)?;
    let names = names(&app).await?;
    let one = |invite: Invite| InviteBody {
        id: invite.id.to_string(),
        note: invite.note,
        role: invite.role.as_str(),
        reach: ReachBody::of(&invite.reach),
        teams: invite.teams.iter().map(ToString::to_string).collect(),
        created_at: invite.created.0,
        created_by: names.get(&format!("user:{}", invite.created_by)).cloned().unwrap_or_default(),
        expires_at: invite.expires.0,
    };
    Ok(Json(InvitesBody { invites: app.store.invites((app.clock)()).await?.into_iter().map(one).collect() }))
}

/// Invites someone. Nothing is sent: who asks for the link hands it over.
#[utoipa::path(
    post, path = "/api/v1/invites", operation_id = "createInvite", tag = "people", request_body = NewInviteBody,
    responses((status = 201, body = InvitedBody), (status = 403, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<NewInviteBody>,
) -> Result<(StatusCode, Json<InvitedBody>), ApiError> {
    let role = role(&body.role)?;
    user.require(Action::Invite(role))?;
    let days = body.days.unwrap_or(DAYS.0);
    if !(1..=DAYS.1).contains(&days) {
        return Err(ApiError::invalid("/days", format!("an invitation is good for 1 to {} days", DAYS.1)));
    }
    let note = body.note.trim().to_owned();
    if note.chars().count() > NOTE_MAX_CHARS || note.chars().any(char::is_control) {
        return Err(ApiError::invalid("/note", format!("a note has at most {NOTE_MAX_CHARS} characters, on one line")));
    }
    let random = |error| ApiError::internal(&error);
    let secret = Secret::generate(SecretKind::Invite, random::bytes().map_err(random)?);
    let now = (app.clock)();
    let invite = Invite {
        id: InviteId::generate(random::bytes().map_err(random)?),
        hash: secret.hash(),
        note,
        role,
        reach: Reach::try_from(body.reach)?,
        teams: team_ids(&body.teams)?,
        created: now,
        created_by: user.0.user.id.clone(),
        expires: Millis(now.0.saturating_add(days * DAY_MS)),
    };
    let (id, expires) = (invite.id.clone(), invite.expires);
    let detail = json!({"role": invite.role, "reach": invite.reach, "note": invite.note});
    let entry = user.entry(&app, &from, "user.invite", format!("invite:{id}"), detail);
    app.store.add_invite(invite, entry).await?;
    let url = format!("{}/invite#token={}", own_address(&app.config, &headers), secret.reveal());
    Ok((StatusCode::CREATED, Json(InvitedBody { id: id.to_string(), url, expires_at: expires.0 })))
}

/// Takes an invitation back.
#[utoipa::path(
    delete, path = "/api/v1/invites/{id}", operation_id = "revokeInvite", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::SeePeople)?;
    let id: InviteId =
        id.parse().map_err(|_no_id| ApiError::new(ProblemCode::NotFound, "there is no such invitation"))?;
    let entry = user.entry(&app, &from, "invite.revoke", format!("invite:{id}"), json!({}));
    app.store.revoke_invite(&id, entry).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an invitation offers, to who holds its link.
#[utoipa::path(
    post, path = "/api/v1/invites/info", operation_id = "readInvite", tag = "people", security(()), request_body = TokenBody,
    responses((status = 200, body = OfferBody), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn info(
    State(app): State<AppState>,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<TokenBody>,
) -> Result<Json<OfferBody>, ApiError> {
    let (hash, attempt) = held(&app, &headers, &from, SecretKind::Invite, &body.token)?;
    let invite = app.store.invite(hash, (app.clock)()).await.map_err(no_good)?;
    attempt.succeeded();
    let invited_by = app.store.user(&invite.created_by).await?.name;
    Ok(Json(OfferBody { role: invite.role.as_str(), note: invite.note, invited_by }))
}

/// Becomes a user, and signs in.
#[utoipa::path(
    post, path = "/api/v1/invites/accept", operation_id = "acceptInvite", tag = "people", security(()), request_body = AcceptBody,
    responses(
        (status = 200, body = BegunBody, headers(("set-cookie" = String))),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn accept(
    State(app): State<AppState>,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<AcceptBody>,
) -> Result<impl IntoResponse, ApiError> {
    let (hash, attempt) = held(&app, &headers, &from, SecretKind::Invite, &body.token)?;
    let now = (app.clock)();
    // Before anything is worked out for who holds nothing.
    let invite = app.store.invite(hash, now).await.map_err(no_good)?;
    attempt.succeeded();
    let (name, login) = (name("/name", &body.name)?, login(&body.login)?);
    let password = new_password("/password", &body.password, &name, &login)?;
    let password = app.auth.passwords.hash(password).await?;
    let id = UserId::generate(random::bytes().map_err(|error| ApiError::internal(&error))?);
    let (refresh, session) = app.auth.new_session(&from)?;
    let audit = NewAudit {
        at: now,
        actor: Actor { who: format!("user:{id}"), address: from.address.to_string() },
        action: "invite.accept",
        target: format!("invite:{}", invite.id),
        detail: json!({"name": name, "login": login, "role": invite.role}),
    };
    let account = NewAccount { id: id.clone(), name, login, password };
    let accepted = app.store.accept_invite(hash, account, session, audit).await;
    let (session, user) = accepted.map_err(login_taken)?;
    tracing::info!(user = %id, "accepted an invitation");
    answer(&app, app.auth.begun(refresh, session, user))
}

/// Whom a link for choosing a new password concerns.
#[derive(Serialize, ToSchema)]
pub(crate) struct ResetOfBody {
    name: String,
    login: Option<String>,
}

/// A new password, by a link.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetBody {
    token: String,
    password: String,
}

/// Whom a link for choosing a new password concerns, to who holds it.
#[utoipa::path(
    post, path = "/api/v1/session/reset-info", operation_id = "readReset", tag = "session", security(()), request_body = TokenBody,
    responses((status = 200, body = ResetOfBody), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn reset_info(
    State(app): State<AppState>,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<TokenBody>,
) -> Result<Json<ResetOfBody>, ApiError> {
    let (hash, attempt) = held(&app, &headers, &from, SecretKind::Reset, &body.token)?;
    let user = app.store.reset_link(hash, (app.clock)()).await.map_err(no_good)?;
    attempt.succeeded();
    Ok(Json(ResetOfBody { name: user.name, login: user.login.map(|login| login.to_string()) }))
}

/// Chooses a new password by a link, and ends all sessions.
#[utoipa::path(
    post, path = "/api/v1/session/reset", operation_id = "resetPassword", tag = "session", security(()), request_body = ResetBody,
    responses(
        (status = 204),
        (status = 400, body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json")
    )
)]
pub(crate) async fn reset(
    State(app): State<AppState>,
    from: Remote,
    headers: HeaderMap,
    Body(body): Body<ResetBody>,
) -> Result<StatusCode, ApiError> {
    let (hash, attempt) = held(&app, &headers, &from, SecretKind::Reset, &body.token)?;
    let now = (app.clock)();
    let user = app.store.reset_link(hash, now).await.map_err(no_good)?;
    attempt.succeeded();
    let Some(login) = &user.login else {
        let detail = "you sign in by links, without a password: ask for one of those";
        return Err(ApiError::invalid("/token", detail));
    };
    let password = new_password("/password", &body.password, &user.name, login)?;
    let password = app.auth.passwords.hash(password).await?;
    let audit = NewAudit {
        at: now,
        actor: Actor { who: format!("user:{}", user.id), address: from.address.to_string() },
        action: "link.reset",
        target: format!("user:{}", user.id),
        detail: json!({}),
    };
    let reset = app.store.reset_password(hash, password, audit).await;
    let (user, ended) = reset.map_err(no_good)?;
    ended.iter().for_each(|session| app.auth.session_ended(session));
    app.auth.slowdown.forgive(user.login.as_ref().map_or("", |login| login.as_str()));
    app.auth.user_changed(&user.id);
    Ok(StatusCode::NO_CONTENT)
}

/// The secret that a link ends in. Slowed down like signing in.
fn held<'a>(
    app: &'a App,
    headers: &HeaderMap,
    from: &Remote,
    kind: SecretKind,
    token: &str,
) -> Result<(SecretHash, Attempt<'a>), ApiError> {
    check_intent(app, headers)?;
    let attempt = app.auth.slowdown.attempt(None, from.address, (app.clock)())?;
    let secret = Secret::parse(kind, token).ok_or_else(spent)?;
    Ok((secret.hash(), attempt))
}

fn no_good(error: StoreError) -> ApiError {
    if matches!(error, StoreError::NotFound { .. }) { spent() } else { error.into() }
}

fn spent() -> ApiError {
    ApiError::new(ProblemCode::NotFound, "this link was used before, taken back or is too old: ask for a new one")
}

pub(super) fn team_ids(ids: &[String]) -> Result<BTreeSet<TeamId>, ApiError> {
    let one = |(place, id): (usize, &String)| {
        id.parse().map_err(|error: tideboard_access::IdError| {
            ApiError::invalid(&format!("/teams/{place}"), error.to_string())
        })
    };
    ids.iter().enumerate().map(one).collect()
}
