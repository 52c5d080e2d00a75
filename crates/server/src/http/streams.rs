//! What there is to show.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tideboard_access::{Action, allows};
use tideboard_log::StreamInfo;
use utoipa::ToSchema;

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
    /// How many events are kept; null for who may see a part of the events only.
    events: Option<u64>,
    /// Fields with what they hold: `number`, `bool` or `string`.
    fields: BTreeMap<String, &'static str>,
    /// Names of tags.
    tags: Vec<String>,
    /// When the last event was accepted, in milliseconds since 1970; null if there is none, and for who may see a part of the
    /// events only.
    last_accepted: Option<i64>,
}

impl From<StreamInfo> for StreamBody {
    fn from(info: StreamInfo) -> Self {
        Self {
            name: info.name.to_string(),
            events: Some((info.end.offset.0 + 1).saturating_sub(info.first_retained.0)),
            fields: info.fields.iter().map(|(name, kind)| (name.to_string(), kind.as_str())).collect(),
            tags: info.tags.iter().map(ToString::to_string).collect(),
            last_accepted: info.last_accepted.map(|at| at.0),
        }
    }
}

impl StreamBody {
    /// Without what would tell of events out of reach.
    fn veiled(self) -> Self {
        Self { events: None, last_accepted: None, ..self }
    }
}

/// The streams within reach, with their fields and tags.
#[utoipa::path(get, path = "/api/v1/streams", operation_id = "listStreams", tag = "streams", responses((status = 200, body = StreamsBody)))]
pub(crate) async fn list(State(app): State<AppState>, caller: Caller) -> Result<Json<StreamsBody>, ApiError> {
    caller.require(Action::ListStreams)?;
    let (principal, sees_all) = (caller.principal(), caller.reach().tags.is_all());
    let streams = app.log.streams().await?.into_iter();
    let within = streams.filter(|stream| allows(&principal, Action::WatchStream(&stream.name)).is_allowed());
    let bodies = within.map(StreamBody::from).map(|body| if sees_all { body } else { body.veiled() });
    Ok(Json(StreamsBody { streams: bodies.collect() }))
}
