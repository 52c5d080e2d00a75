//! Who may see or edit a dashboard.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, GRANTS_MAX, Grant};
use utoipa::ToSchema;

use super::body::Body;
use super::dashboards::dashboard_id;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::Remote;

/// The grants of a dashboard.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantsBody {
    grants: Vec<GrantBody>,
}

/// One grant.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    /// `everyone`, `user:ID` or `team:ID`.
    to: String,
    /// `view` or `edit`.
    level: String,
}

impl GrantsBody {
    fn of(grants: Vec<Grant>) -> Self {
        let one = |grant: Grant| GrantBody { to: grant.to.to_string(), level: grant.level.as_str().to_owned() };
        Self { grants: grants.into_iter().map(one).collect() }
    }

    fn checked(&self) -> Result<Vec<Grant>, ApiError> {
        if self.grants.len() > GRANTS_MAX {
            return Err(ApiError::invalid("/grants", format!("a dashboard has at most {GRANTS_MAX} grants")));
        }
        let wrong = |place: usize, member: &str, detail: String| {
            ApiError::invalid(&format!("/grants/{place}/{member}"), detail)
        };
        let one = |(place, grant): (usize, &GrantBody)| {
            let to = grant
                .to
                .parse()
                .map_err(|error: tideboard_access::SubjectError| wrong(place, "to", error.to_string()))?;
            let level = grant
                .level
                .parse()
                .map_err(|error: tideboard_access::UnknownLevel| wrong(place, "level", error.to_string()))?;
            Ok(Grant { to, level })
        };
        self.grants.iter().enumerate().map(one).collect()
    }
}

/// Who may see or edit a dashboard, besides owners and admins.
#[utoipa::path(
    get, path = "/api/v1/dashboards/{id}/grants", operation_id = "listGrants", tag = "dashboards", params(("id" = String, Path)),
    responses((status = 200, body = GrantsBody), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn list(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> Result<Json<GrantsBody>, ApiError> {
    user.require(Action::ShareDashboards)?;
    Ok(Json(GrantsBody::of(app.store.grants(&dashboard_id(&id)?).await?)))
}

/// Replaces the grants of a dashboard. Those to users and teams that don't exist are left out.
#[utoipa::path(
    put, path = "/api/v1/dashboards/{id}/grants", operation_id = "saveGrants", tag = "dashboards", params(("id" = String, Path)),
    request_body = GrantsBody,
    responses((status = 200, body = GrantsBody), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn save(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
    Body(body): Body<GrantsBody>,
) -> Result<Json<GrantsBody>, ApiError> {
    user.require(Action::ShareDashboards)?;
    let (id, grants) = (dashboard_id(&id)?, body.checked()?);
    let entry = user.entry(&app, &from, "dashboard.share", format!("dashboard:{id}"), json!({"grants": grants}));
    app.store.set_grants(&id, grants, entry).await?;
    Ok(Json(GrantsBody::of(app.store.grants(&id).await?)))
}
