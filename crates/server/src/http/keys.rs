//! Keys with which programs send and watch events.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tideboard_access::{Action, KeyId, KeyPurpose};
use tideboard_model::ProblemCode;
use tideboard_store::ApiKey;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::User;
use super::people::{ReachBody, names};
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::Remote;
use crate::new_key::{KeyError, NewKey, Wanted};

/// The list of keys.
#[derive(Serialize, ToSchema)]
pub(crate) struct KeysBody {
    /// The newest first.
    keys: Vec<KeyBody>,
}

/// A key, without its secret.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct KeyBody {
    id: String,
    name: String,
    /// The start of the secret.
    prefix: String,
    /// `write` or `read`.
    purpose: &'static str,
    /// What of the events it may send or see.
    reach: ReachBody,
    /// In milliseconds since 1970.
    created_at: i64,
    /// What who made it is called.
    created_by: String,
    /// In milliseconds since 1970; null: for good.
    expires_at: Option<i64>,
    /// In milliseconds since 1970, to the minute; null if it was never used.
    last_used_at: Option<i64>,
}

/// A key to create.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// What it is called: 1 to 100 characters.
    name: String,
    /// `write` (if left out): sends events; `read`: watches streams.
    #[serde(default)]
    purpose: Option<String>,
    /// Streams that it may send to, or watch, such as `orders` or `sensors.*`; all if left out.
    #[serde(default)]
    streams: Vec<String>,
    /// Values that tags must have: of what it sends (put there where one is missing and there is one value), or of what it sees.
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
    /// 1 to 3650; for good if left out.
    #[serde(default)]
    expires_in_days: Option<i64>,
}

/// A key that was created.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedBody {
    id: String,
    name: String,
    prefix: String,
    /// The secret: shown now and never again.
    key: String,
}

/// All keys that open something.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "listKeys", tag = "keys", responses((status = 200, body = KeysBody)))]
pub(crate) async fn list(State(app): State<AppState>, user: User) -> Result<Json<KeysBody>, ApiError> {
    user.require(Action::ManageKeys)?;
    let (names, now) = (names(&app).await?, (app.clock)());
    let counts = |key: &ApiKey| key.revoked.is_none() && key.expires.is_none_or(|expires| now < expires);
    let one = |key: ApiKey| KeyBody {
        id: key.id.to_string(),
        name: key.name,
        prefix: key.prefix,
        purpose: key.purpose.as_str(),
        reach: ReachBody::of(&key.reach),
        created_at: key.created.0,
        created_by: names.get(&format!("user:{}", key.created_by)).cloned().unwrap_or_default(),
        expires_at: key.expires.map(|at| at.0),
        last_used_at: key.last_used.map(|at| at.0),
    };
    Ok(Json(KeysBody { keys: app.store.keys().await?.into_iter().filter(counts).map(one).collect() }))
}

/// Creates a key. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/api/v1/keys", operation_id = "createKey", tag = "keys", request_body = CreateBody,
    responses((status = 201, body = CreatedBody), (status = 400, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Body(body): Body<CreateBody>,
) -> Result<(StatusCode, Json<CreatedBody>), ApiError> {
    user.require(Action::ManageKeys)?;
    let purpose = match &body.purpose {
        None => KeyPurpose::Write,
        Some(text) => text
            .parse()
            .map_err(|error: tideboard_access::UnknownPurpose| ApiError::invalid("/purpose", error.to_string()))?,
    };
    let reach = ReachBody { streams: body.streams, tags: body.tags }.checked("")?;
    let wanted = Wanted { name: &body.name, purpose, reach, days: body.expires_in_days };
    let new = NewKey::draw(wanted, &user.0.user.id, (app.clock)())?;
    let key = new.key;
    let detail =
        json!({"name": key.name, "purpose": key.purpose, "reach": key.reach, "expires": key.expires.map(|at| at.0)});
    let entry = user.entry(&app, &from, "key.create", format!("key:{}", key.id), detail);
    app.store.add_key(key.clone(), entry).await?;
    tracing::info!(user = %user.0.user.id, key = %key.id, "an API key was created");
    let (id, prefix, secret) = (key.id.to_string(), key.prefix, new.secret.reveal().to_owned());
    Ok((StatusCode::CREATED, Json(CreatedBody { id, name: key.name, prefix, key: secret })))
}

/// Revokes a key at once, on open connections too.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", operation_id = "revokeKey", tag = "keys", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    user: User,
    from: Remote,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    user.require(Action::ManageKeys)?;
    let unknown = || ApiError::new(ProblemCode::NotFound, "there is no such key");
    let id: KeyId = id.parse().map_err(|_no_id| unknown())?;
    let entry = user.entry(&app, &from, "key.revoke", format!("key:{id}"), json!({}));
    app.store.revoke_key(&id, entry).await?;
    app.auth.key_revoked(&id);
    tracing::info!(user = %user.0.user.id, key = %id, "an API key was revoked");
    Ok(StatusCode::NO_CONTENT)
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Name => Self::invalid("/name", error.to_string()),
            KeyError::Days => Self::invalid("/expiresInDays", error.to_string()),
            KeyError::Random(_) => Self::internal(&error),
        }
    }
}
