//! From a `follow` to a feed, or why not.

use std::collections::VecDeque;

use tideboard_model::{Limits, Problem, ProblemCode, Query, QuerySpec, ShapeSpec};

use super::draft::Draft;
use super::{Feed, FeedSettings, Stage, position_refused};
use crate::session::VIEW_ID_MAX_BYTES;
use crate::wire::{Follow, Followed, Reason};

/// In place of a position: every event from the first on.
const START: &str = "start";
/// In place of a position: every event from now on.
const END: &str = "end";

impl Feed {
    /// A feed as asked for, beside the session's other feeds.
    ///
    /// # Errors
    /// The refusal to acknowledge the message with.
    pub fn new<'a>(
        message: Follow,
        others: impl ExactSizeIterator<Item = &'a str>,
        settings: FeedSettings,
        limits: &Limits,
    ) -> Result<Self, Followed> {
        let id = message.id.clone();
        admitted(message, others, settings, limits).map_err(|(problem, reason)| Followed::Refused {
            id,
            problem,
            reason,
        })
    }
}

type Refusal = (Problem, Option<Reason>);

fn admitted<'a>(
    message: Follow,
    mut others: impl ExactSizeIterator<Item = &'a str>,
    settings: FeedSettings,
    limits: &Limits,
) -> Result<Feed, Refusal> {
    let invalid = |detail: String| (Problem::new(ProblemCode::InvalidInput, detail), None);
    if message.id.is_empty() || message.id.len() > VIEW_ID_MAX_BYTES {
        return Err(invalid(format!("id: must have 1 to {VIEW_ID_MAX_BYTES} bytes")));
    }
    if others.len() >= settings.feeds_per_session {
        let detail = format!("a session has at most {} complete feeds", settings.feeds_per_session);
        return Err((Problem::new(ProblemCode::TooManyFeeds, detail), None));
    }
    if others.any(|other| other == message.id) {
        return Err(invalid(format!("id: `{}` is in use: unfollow it first, or take another", message.id)));
    }
    let spec = QuerySpec {
        stream: message.stream,
        shape: ShapeSpec::Feed,
        measures: Vec::new(),
        group_by: Vec::new(),
        filters: message.filters,
        range: None,
        bucket: None,
        limit: None,
    };
    let query = Query::new(&spec, limits).map_err(|error| invalid(format!("{}: {}", error.place, error.reason)))?;
    let stage = match message.after.as_str() {
        START => Stage::Opened,
        END => Stage::FindingEnd,
        // Not issued by any log.
        text => match text.parse() {
            Ok(place) => Stage::Judging(place),
            Err(tideboard_model::PositionParseError) => {
                return Err((position_refused(Reason::Unproved), Some(Reason::Unproved)));
            }
        },
    };
    Ok(Feed {
        id: message.id,
        query,
        settings,
        stage,
        seq: 0,
        until: message.until,
        told: None,
        at: None,
        opened: false,
        draft: Draft::default(),
        ahead: VecDeque::new(),
    })
}
