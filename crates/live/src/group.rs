//! Groups: the values of the group-by tags.

use std::sync::Arc;

use tideboard_model::{Event, TagName};

/// The values of a query's group-by tags, in the query's order; `None` where an event has no such tag.
pub type Group = Box<[Option<Arc<str>>]>;

/// The group of an event.
pub(crate) fn group_of(tags: &[TagName], event: &Event) -> Group {
    tags.iter().map(|tag| event.tags.get(tag).cloned()).collect()
}
