//! Dashboards, and personal views over them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tideboard_access::{Action, level};
use tideboard_boards::{Dashboard, DashboardId, PersonalView, merge};
use tideboard_model::ProblemCode;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;

/// The list of dashboards.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardsBody {
    /// In their order.
    dashboards: Vec<SummaryBody>,
}

/// One line of the list.
#[derive(Serialize, ToSchema)]
struct SummaryBody {
    id: String,
    title: String,
    /// Whether the user has a personal view over it.
    personal: bool,
    /// `view` or `edit`: what the user may do with it.
    level: &'static str,
}

/// A dashboard as one user sees it, and what that is made of.
#[derive(Serialize, ToSchema)]
pub(crate) struct DashboardBody {
    /// What the user sees.
    #[schema(value_type = Object)]
    dashboard: Dashboard,
    /// What all see.
    #[schema(value_type = Object)]
    shared: Dashboard,
    /// What the user changed, if anything.
    personal: Option<PersonalBody>,
}

/// A personal view and its revision.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonalBody {
    /// The revision that was read; 0 before the first save.
    revision: u32,
    /// The view as a document.
    #[schema(value_type = Object)]
    view: PersonalView,
}

/// The revision that a save made.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevisionBody {
    revision: u32,
}

impl From<PersonalView> for PersonalBody {
    fn from(view: PersonalView) -> Self {
        Self { revision: view.revision, view }
    }
}

/// All dashboards.
#[utoipa::path(get, path = "/api/v1/dashboards", operation_id = "listDashboards", tag = "dashboards", responses((status = 200, body = DashboardsBody)))]
pub(crate) async fn list(State(app): State<AppState>, user: User) -> Result<Json<DashboardsBody>, ApiError> {
    user.require(Action::ListDashboards)?;
    let principal = user.0.principal();
    let mut dashboards = Vec::new();
    for summary in app.store.dashboards().await? {
        // What was not shared is not even listed.
        let Some((level, _)) = level(&principal, &summary.grants) else { continue };
        let personal = app.store.personal_view(&user.0.user.id, &summary.id).await?.is_some();
        let (id, title) = (summary.id.to_string(), summary.title);
        dashboards.push(SummaryBody { id, title, personal, level: level.as_str() });
    }
    Ok(Json(DashboardsBody { dashboards }))
}

/// A dashboard as the user sees it.
#[utoipa::path(
    get, path = "/api/v1/dashboards/{id}", operation_id = "getDashboard", tag = "dashboards", params(("id" = String, Path)),
    responses((status = 200, body = DashboardBody), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn get(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> Result<Json<DashboardBody>, ApiError> {
    let id = dashboard_id(&id)?;
    user.require(Action::ViewDashboard(&app.store.grants(&id).await?))?;
    let shared = app.store.dashboard(&id).await?;
    let view = app.store.personal_view(&user.0.user.id, &id).await?;
    let dashboard = view.as_ref().map_or_else(|| shared.clone(), |view| merge(&shared, view));
    Ok(Json(DashboardBody { dashboard, shared, personal: view.map(Into::into) }))
}

/// Saves the user's view over a dashboard. The revision is the one that was read.
#[utoipa::path(
    put, path = "/api/v1/dashboards/{id}/personal-view", operation_id = "savePersonalView", tag = "dashboards", params(("id" = String, Path)),
    request_body = PersonalBody,
    responses((status = 200, body = RevisionBody), (status = 409, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn save_personal(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
    Body(body): Body<PersonalBody>,
) -> Result<Json<RevisionBody>, ApiError> {
    let id = dashboard_id(&id)?;
    user.require(Action::ArrangeOwnView(&app.store.grants(&id).await?))?;
    let mut view = body.view;
    if view.dashboard != id {
        return Err(ApiError::invalid("/view/dashboard", "names another dashboard than the address"));
    }
    view.revision = body.revision;
    let saved = app.store.save_personal_view(&user.0.user.id, view, (app.clock)()).await?;
    Ok(Json(RevisionBody { revision: saved.revision }))
}

/// Deletes the user's view: the dashboard is seen as shared again.
#[utoipa::path(
    delete, path = "/api/v1/dashboards/{id}/personal-view", operation_id = "deletePersonalView", tag = "dashboards", params(("id" = String, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete_personal(
    State(app): State<AppState>,
    user: User,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let id = dashboard_id(&id)?;
    user.require(Action::ArrangeOwnView(&app.store.grants(&id).await?))?;
    app.store.delete_personal_view(&user.0.user.id, &id, (app.clock)()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What cannot be an id names nothing.
pub(super) fn dashboard_id(text: &str) -> Result<DashboardId, ApiError> {
    text.parse().map_err(|_no_id| ApiError::new(ProblemCode::NotFound, "there is no such dashboard"))
}
