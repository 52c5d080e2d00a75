//! What someone can see and do, and why: the policy's own answers, asked one by one.

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use tideboard_access::{Ability, Action, Ground, Level, Subject, abilities, allows, level};
use utoipa::ToSchema;

use super::{ReachBody, person};
use crate::app::AppState;
use crate::auth::principal_of;
use crate::http::guard::User;
use crate::http::problem::ApiError;

/// What someone can see and do, and why.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccessBody {
    role: &'static str,
    reach: ReachBody,
    /// What the role and the reach allow, by names such as `send_events`.
    abilities: Vec<&'static str>,
    /// Every dashboard, seen or not.
    dashboards: Vec<DashboardAccess>,
    /// Every stream, seen or not.
    streams: Vec<StreamAccess>,
}

/// What someone may do with a dashboard.
#[derive(Serialize, ToSchema)]
struct DashboardAccess {
    id: String,
    title: String,
    /// `view` or `edit`; null: nothing.
    level: Option<&'static str>,
    because: Because,
}

/// On what ground.
#[derive(Serialize, ToSchema)]
struct Because {
    /// `role`, `everyone`, `user`, `team` or `none`.
    kind: &'static str,
    /// What the team is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<String>,
}

/// Whether someone may watch a stream.
#[derive(Serialize, ToSchema)]
struct StreamAccess {
    name: String,
    allowed: bool,
}

/// What someone can see and do, and why.
#[utoipa::path(
    get, path = "/api/v1/users/{id}/access", operation_id = "explainAccess", tag = "people", params(("id" = String, Path)),
    responses((status = 200, body = AccessBody))
)]
pub(crate) async fn explain(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> Result<Json<AccessBody>, ApiError> {
    let person = person(&app, &user, &id).await?;
    let principal = principal_of(&person);
    let teams = app.store.teams().await?;
    let called = |subject: &Subject| match subject {
        Subject::Team(id) => teams.iter().find(|team| team.id == *id).map(|team| team.name.clone()),
        Subject::Everyone | Subject::User(_) => None,
    };
    let dashboards = app.store.dashboards().await?.into_iter().map(|summary| {
        let found = level(&principal, &summary.grants);
        let because = match found.as_ref().map(|(_, ground)| ground) {
            None => Because { kind: "none", team: None },
            Some(Ground::Role) => Because { kind: "role", team: None },
            Some(Ground::Grant(subject)) => Because { kind: kind(subject), team: called(subject) },
        };
        let level = found.map(|(level, _)| Level::as_str(level));
        DashboardAccess { id: summary.id.to_string(), title: summary.title, level, because }
    });
    let streams = app.log.streams().await?.into_iter().map(|stream| StreamAccess {
        allowed: allows(&principal, Action::WatchStream(&stream.name)).is_allowed(),
        name: stream.name.to_string(),
    });
    Ok(Json(AccessBody {
        role: person.role.as_str(),
        reach: ReachBody::of(&person.reach),
        abilities: abilities(&principal).into_iter().map(Ability::as_str).collect(),
        dashboards: dashboards.collect(),
        streams: streams.collect(),
    }))
}

fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Everyone => "everyone",
        Subject::User(_) => "user",
        Subject::Team(_) => "team",
    }
}
