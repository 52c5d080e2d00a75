//! The record of who did what.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::{Body as Stream, Bytes};
use axum::extract::{Query, State};
use axum::http::header;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use tideboard_access::Action;
use tideboard_store::AuditEntry;
use utoipa::{IntoParams, ToSchema};

use super::guard::User;
use super::people::names;
use super::problem::ApiError;
use crate::app::{App, AppState};

/// Entries in one answer, unless told otherwise, and at most.
const LIMIT: (usize, usize) = (100, 500);

/// Which entries.
#[derive(Deserialize, IntoParams)]
pub(crate) struct AuditParams {
    /// Only those before this number; the newest if left out.
    before: Option<i64>,
    /// How many: 1 to 500, 100 if left out.
    limit: Option<usize>,
}

/// A part of the record.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditBody {
    /// The newest first.
    entries: Vec<EntryBody>,
    /// What to ask for as `before` to go on; null: there is no more.
    next: Option<i64>,
}

/// One entry.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct EntryBody {
    /// From 1, without gaps.
    number: i64,
    at: i64,
    /// `user:ID`, `key:ID` or `console`; empty if nobody is known.
    who: String,
    /// What that is called now.
    name: Option<String>,
    address: String,
    action: String,
    target: String,
    target_name: Option<String>,
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// What ids are called now.
struct Names(BTreeMap<String, String>);

impl Names {
    async fn read(app: &App) -> Result<Self, ApiError> {
        let mut called = names(app).await?;
        let teams = app.store.teams().await?;
        called.extend(teams.into_iter().map(|team| (format!("team:{}", team.id), team.name)));
        let keys = app.store.keys().await?;
        called.extend(keys.into_iter().map(|key| (format!("key:{}", key.id), key.name)));
        let dashboards = app.store.dashboards().await?;
        called.extend(dashboards.into_iter().map(|one| (format!("dashboard:{}", one.id), one.title)));
        Ok(Self(called))
    }

    fn describe(&self, entry: AuditEntry) -> EntryBody {
        EntryBody {
            number: entry.number,
            at: entry.at.0,
            name: self.0.get(&entry.who).cloned(),
            who: entry.who,
            address: entry.address,
            action: entry.action,
            target_name: self.0.get(&entry.target).cloned(),
            target: entry.target,
            detail: entry.detail,
        }
    }
}

/// Who did what, when and from where.
#[utoipa::path(get, path = "/api/v1/audit", operation_id = "listAudit", tag = "people", params(AuditParams), responses((status = 200, body = AuditBody)))]
pub(crate) async fn list(
    State(app): State<AppState>,
    user: User,
    Query(params): Query<AuditParams>,
) -> Result<Json<AuditBody>, ApiError> {
    user.require(Action::SeeAudit)?;
    let limit = params.limit.unwrap_or(LIMIT.0).clamp(1, LIMIT.1);
    let entries = app.store.audit_entries(params.before, limit).await?;
    let next = entries.last().map(|entry| entry.number).filter(|number| *number > 1);
    let names = Names::read(&app).await?;
    Ok(Json(AuditBody { entries: entries.into_iter().map(|entry| names.describe(entry)).collect(), next }))
}

/// All of it, one entry a line, the newest first.
#[utoipa::path(get, path = "/api/v1/audit/export", operation_id = "exportAudit", tag = "people", responses((status = 200, body = String, content_type = "application/x-ndjson")))]
pub(crate) async fn export(State(app): State<AppState>, user: User) -> Result<impl IntoResponse, ApiError> {
    user.require(Action::SeeAudit)?;
    let names = Names::read(&app).await?;
    // Piece by piece: a record may be longer than memory.
    let pieces = futures_util::stream::try_unfold((app, names, None), |(app, names, before)| async move {
        if before == Some(1) {
            return Ok::<_, std::io::Error>(None);
        }
        let entries = app.store.audit_entries(before, LIMIT.1).await.map_err(std::io::Error::other)?;
        let Some(last) = entries.last().map(|entry| entry.number) else { return Ok(None) };
        let mut lines = Vec::new();
        for entry in entries {
            serde_json::to_writer(&mut lines, &names.describe(entry))?;
            lines.push(b'\n');
        }
        Ok(Some((Bytes::from(lines), (app, names, Some(last)))))
    });
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"tideboard-audit.ndjson\""),
    ];
    Ok((headers, Stream::from_stream(pieces)))
}
