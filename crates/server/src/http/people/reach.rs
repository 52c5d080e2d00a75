//! What of the events someone may see and send, as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tideboard_access::{Reach, Scope, TagScope};
use utoipa::ToSchema;

use crate::http::problem::ApiError;

/// What of the events someone may see and send.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReachBody {
    /// Streams such as `orders` or `sensors.*`; all if empty.
    #[serde(default)]
    pub(crate) streams: Vec<String>,
    /// Of those, the events that have one of the values of each tag; all if empty.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, Vec<String>>,
}

impl ReachBody {
    pub(crate) fn of(reach: &Reach) -> Self {
        Self { streams: reach.streams.patterns(), tags: reach.tags.clone().into() }
    }

    /// What is written, if it means something; errors point below the given place.
    pub(crate) fn checked(self, at: &str) -> Result<Reach, ApiError> {
        let streams = Scope::new(&self.streams)
            .map_err(|error| ApiError::invalid(&format!("{at}/streams"), error.to_string()))?;
        let tags =
            TagScope::new(self.tags).map_err(|error| ApiError::invalid(&format!("{at}/tags"), error.to_string()))?;
        Ok(Reach { streams, tags })
    }
}

impl TryFrom<ReachBody> for Reach {
    type Error = ApiError;
    fn try_from(body: ReachBody) -> Result<Self, ApiError> {
        body.checked("/reach")
    }
}
