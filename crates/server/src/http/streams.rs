//! What there is to show.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tideboard_access::Action;
use tideboard_log::StreamInfo;
use utoipa::ToSchema;

use super::guard::User;
use super::problem::ApiError;
use crate::app::AppState;
use crate::auth::Caller;

/// The list of streams.
#[derive(Serialize, ToSchema)]
pub(crate) struct StreamsBody {
    /// By name.
    streams: Vec<StreamBody>,
}

/// One stream.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct StreamBody {
    name: String,
    /// How many events are kept.
    events: u64,
    /// Fields with what they hold: `number`, `bool` or `string`.
    fields: BTreeMap<String, &'static str>,
    /// Names of tags.
    tags: Vec<String>,
    /// When the last event was accepted, in milliseconds since 1970; null if there is none.
    last_accepted: Option<i64>,
}

impl From<StreamInfo> for StreamBody {
    fn from(info: StreamInfo) -> Self {
        Self {
            name: info.name.to_string(),
            events: (info.end.offset.0 + 1).saturating_sub(info.first_retained.0),
            fields: info.fields.iter().map(|(name, kind)| (name.to_string(), kind.as_str())).collect(),
            tags: info.tags.iter().map(ToString::to_string).collect(),
            last_accepted: info.last_accepted.map(|at| at.0),
        }
    }
}

/// All streams with their fields and tags.
#[utoipa::path(get, path = "/api/v1/streams", operation_id = "listStreams", tag = "streams", responses((status = 200, body = StreamsBody)))]
pub(crate) async fn list(State(app): State<AppState>, User(user): User) -> Result<Json<StreamsBody>, ApiError> {
    Caller::User(user).require(&Action::ListStreams)?;
    let streams = app.log.streams().await?;
    Ok(Json(StreamsBody { streams: streams.into_iter().map(Into::into).collect() }))
}
