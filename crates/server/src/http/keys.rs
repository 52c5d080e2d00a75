//! Keys with which programs send events.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tideboard_access::{Action, KeyId, Scope};
use tideboard_model::ProblemCode;
use tideboard_store::ApiKey;
use utoipa::ToSchema;

use super::body::Body;
use super::guard::User;
use super::problem::{ApiError, ProblemBody};
use crate::app::AppState;
use crate::auth::Caller;
use crate::new_key::{KeyError, NewKey};

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
    /// In milliseconds since 1970.
    created_at: i64,
    /// In milliseconds since 1970, to the minute; null if it was never used.
    last_used_at: Option<i64>,
    /// Streams that it may write to, such as `orders` or `sensors.*`; all if empty.
    #[schema(value_type = Vec<String>)]
    streams: Scope,
}

/// A key to create.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateBody {
    /// What it is for: 1 to 100 characters.
    name: String,
    /// Streams that it may write to, such as `orders` or `sensors.*`; all if left out.
    #[serde(default)]
    streams: Vec<String>,
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

impl From<ApiKey> for KeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name,
            prefix: key.prefix,
            created_at: key.created.0,
            last_used_at: key.last_used.map(|at| at.0),
            streams: key.scope,
        }
    }
}

/// All keys that open something.
#[utoipa::path(get, path = "/api/v1/keys", operation_id = "listKeys", tag = "keys", responses((status = 200, body = KeysBody)))]
pub(crate) async fn list(State(app): State<AppState>, User(user): User) -> Result<Json<KeysBody>, ApiError> {
    Caller::User(user).require(&Action::ManageKeys)?;
    let keys = app.store.keys().await?.into_iter().filter(|key| key.revoked.is_none());
    Ok(Json(KeysBody { keys: keys.map(Into::into).collect() }))
}

/// Creates a key. Its secret is in this answer and nowhere else.
#[utoipa::path(
    post, path = "/api/v1/keys", operation_id = "createKey", tag = "keys", request_body = CreateBody,
    responses((status = 201, body = CreatedBody), (status = 400, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn create(
    State(app): State<AppState>,
    User(user): User,
    Body(body): Body<CreateBody>,
) -> Result<(StatusCode, Json<CreatedBody>), ApiError> {
    Caller::User(user.clone()).require(&Action::ManageKeys)?;
    let new = NewKey::draw(&body.name, &body.streams, &user.user.id, (app.clock)())?;
    let key = new.key;
    app.store.add_key(key.clone()).await?;
    tracing::info!(user = %user.user.id, key = %key.id, "an API key was created");
    let (id, prefix, secret) = (key.id.to_string(), key.prefix, new.secret.reveal().to_owned());
    Ok((StatusCode::CREATED, Json(CreatedBody { id, name: key.name, prefix, key: secret })))
}

/// Revokes a key at once.
#[utoipa::path(
    delete, path = "/api/v1/keys/{id}", operation_id = "revokeKey", tag = "keys", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemBody, content_type = "application/problem+json"))
)]
pub(crate) async fn revoke(
    State(app): State<AppState>,
    User(user): User,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    Caller::User(user.clone()).require(&Action::ManageKeys)?;
    let unknown = || ApiError::new(ProblemCode::NotFound, "there is no such key");
    let id: KeyId = id.parse().map_err(|_no_id| unknown())?;
    app.store.revoke_key(&id, (app.clock)()).await?;
    app.auth.key_revoked(&id);
    tracing::info!(user = %user.user.id, key = %id, "an API key was revoked");
    Ok(StatusCode::NO_CONTENT)
}

impl From<KeyError> for ApiError {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Name => Self::invalid("/name", error.to_string()),
            KeyError::Scope(_) => Self::invalid("/streams", error.to_string()),
            KeyError::Random(_) => Self::internal(&error),
        }
    }
}
