//! Teams: people who are granted things together.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, TeamId, UserId};
use tideboard_model::ProblemCode;
use tideboard_store::{StoreError, Team};
use utoipa::ToSchema;

use super::account::name;
use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use crate::app::{App, AppState};
use crate::auth::Remote;
use crate::random;

/// Most people in one team.
const MEMBERS_MAX: usize = 10_000;

/// All teams.
#[derive(Serialize, ToSchema)]
pub(crate) struct TeamsBody {
    /// By name.
    teams: Vec<TeamBody>,
}

/// A team.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TeamBody {
    id: String,
    name: String,
    /// Ids of users.
    members: Vec<String>,
    created_at: i64,
}

/// What a team is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SaveTeamBody {
    name: String,
    /// Ids of users; those who are none are left out.
    #[serde(default)]
    members: Vec<String>,
}

impl From<Team> for TeamBody {
    fn from(team: Team) -> Self {
        Self {
            id: team.id.to_string(),
            name: team.name,
            members: team.members.iter().map(ToString::to_string).collect(),
            created_at: team.created.0,
        }
    }
}

/// All teams.
#[utoipa::path(get, path = "/api/v1/teams", operation_id = "listTeams", tag = "people", responses((status = 200, body = TeamsBody)))]
pub(crate) async fn list(State(app): State<AppState>, user: User) -> Result<Json<TeamsBody>, ApiError> {
    user.require(Action::SeePeople)?;
    Ok(Json(TeamsBody { teams: app.store.teams().await?.into_iter().map(Into::into).collect() }))
}

/// Makes a team.
#[utoipa::path(
    post, path = "/api/v1/teams", operation_id = "createTeam", tag = "people", request_body = SaveTeamBody,
    responses((status = 201, body = TeamBody), (status = 409, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<SaveTeamBody>,
) -> Result<(StatusCode, Json<TeamBody>), ApiError> {
    user.require(Action::ManageTeams)?;
    let id = TeamId::generate(random::bytes().map_err(|error| ApiError::internal(&error))?);
    let (name, members) = (name("/name", &body.name)?, user_ids(&body.members)?);
    let team = Team { id: id.clone(), name, members, created: (app.clock)() };
    let detail = json!({"name": team.name, "members": team.members});
    let entry = user.entry(&app, &from, "team.create", format!("team:{id}"), detail);
    app.store.add_team(team, entry).await.map_err(name_taken)?;
    let team = found(&app, &id).await?;
    team.members.iter().for_each(|member| app.auth.user_changed(member));
    Ok((StatusCode::CREATED, Json(team.into())))
}

/// Gives a team another name and other members.
#[utoipa::path(
    put, path = "/api/v1/teams/{id}", operation_id = "saveTeam", tag = "people", params(("id" = String, Path)), request_body = SaveTeamBody,
    responses((status = 200, body = TeamBody), (status = 409, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn save(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
    Body(body): Body<SaveTeamBody>,
) -> Result<Json<TeamBody>, ApiError> {
    user.require(Action::ManageTeams)?;
    let before = found(&app, &team_id(&id)?).await?;
    let (name, members) = (name("/name", &body.name)?, user_ids(&body.members)?);
    let detail = json!({"name": name, "members": members});
    let entry = user.entry(&app, &from, "team.change", format!("team:{}", before.id), detail);
    app.store.save_team(&before.id, name, members, entry).await.map_err(name_taken)?;
    let after = found(&app, &before.id).await?;
    let moved = before.members.symmetric_difference(&after.members);
    moved.for_each(|member| app.auth.user_changed(member));
    Ok(Json(after.into()))
}

/// Dissolves a team, with all that was granted to it.
#[utoipa::path(
    delete, path = "/api/v1/teams/{id}", operation_id = "deleteTeam", tag = "people", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn delete(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::ManageTeams)?;
    let team = found(&app, &team_id(&id)?).await?;
    let entry = user.entry(&app, &from, "team.delete", format!("team:{}", team.id), json!({"name": team.name}));
    app.store.delete_team(&team.id, entry).await?;
    team.members.iter().for_each(|member| app.auth.user_changed(member));
    Ok(StatusCode::NO_CONTENT)
}

fn unknown() -> ApiError {
    ApiError::new(ProblemCode::NotFound, "there is no such team")
}

fn team_id(text: &str) -> Result<TeamId, ApiError> {
    text.parse().map_err(|_no_id| unknown())
}

async fn found(app: &App, id: &TeamId) -> Result<Team, ApiError> {
    app.store.teams().await?.into_iter().find(|team| team.id == *id).ok_or_else(unknown)
}

fn user_ids(ids: &[String]) -> Result<BTreeSet<UserId>, ApiError> {
    if ids.len() > MEMBERS_MAX {
        return Err(ApiError::invalid("/members", format!("a team has at most {MEMBERS_MAX} members")));
    }
    let one = |(place, id): (usize, &String)| {
        id.parse().map_err(|error: tideboard_access::IdError| {
            ApiError::invalid(&format!("/members/{place}"), error.to_string())
        })
    };
    ids.iter().enumerate().map(one).collect()
}

fn name_taken(error: StoreError) -> ApiError {
    if !matches!(error, StoreError::Exists { .. }) {
        return error.into();
    }
    let taken = ApiError::invalid("/name", "there is already a team of this name");
    ApiError { code: ProblemCode::Conflict, ..taken }
}
