//! Reach: what of the events a principal may see or send, whatever it asks for.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tideboard_model::{Event, FilterOp, FilterSpec, NameError, TagName};

use crate::Scope;

/// Most tags in one reach.
pub const REACH_MAX_TAGS: usize = 8;
/// Most values of one tag in one reach.
pub const REACH_MAX_VALUES: usize = 64;
/// Longest value of a tag in a reach, in bytes.
pub const REACH_VALUE_MAX_BYTES: usize = 256;

/// What of the events a principal may see or send: streams, and of those the events with certain values of tags.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reach {
    /// The streams; all if it is empty.
    pub streams: Scope,
    /// Of those, the events that have one of the values of each tag; all if there is none.
    pub tags: TagScope,
}

impl Reach {
    /// Everything.
    #[must_use]
    pub fn all() -> Self {
        Self { streams: Scope::all(), tags: TagScope::default() }
    }

    /// Whether nothing is left out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.streams.is_all() && self.tags.is_all()
    }
}

/// Values that tags must have: every tag named must be there, with one of its values. Written as a map from tags to
/// lists of values; an empty map stands for all events.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, Vec<String>>", into = "BTreeMap<String, Vec<String>>")]
pub struct TagScope(BTreeMap<TagName, BTreeSet<Arc<str>>>);

/// Why a tag scope was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagScopeError {
    /// More than [`REACH_MAX_TAGS`].
    #[error("a scope names at most {max} tags, this one names {tags}", max = REACH_MAX_TAGS)]
    TooManyTags {
        /// How many were given.
        tags: usize,
    },
    /// None, or more than [`REACH_MAX_VALUES`].
    #[error("the tag `{tag}` needs 1 to {max} values", max = REACH_MAX_VALUES)]
    Values {
        /// Which tag.
        tag: String,
    },
    /// Empty, too long or with control characters.
    #[error("a value of the tag `{tag}` has 1 to {max} bytes, none of them a control character", max = REACH_VALUE_MAX_BYTES)]
    Value {
        /// Which tag.
        tag: String,
    },
    /// The name is not one that a tag can have.
    #[error(transparent)]
    Name(#[from] NameError),
}

/// An event has a value of a tag that its sender may not send.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the tag `{tag}` must be {allowed} here")]
pub struct TagConflict {
    /// Which tag.
    pub tag: TagName,
    /// The values that may be sent, as text.
    pub allowed: String,
}

impl TagScope {
    /// The events that have one of the values of each tag.
    ///
    /// # Errors
    /// [`TagScopeError`] names the first refused tag.
    pub fn new<T: AsRef<str>, V: AsRef<str>>(
        tags: impl IntoIterator<Item = (T, impl IntoIterator<Item = V>)>,
    ) -> Result<Self, TagScopeError> {
        let mut scope = BTreeMap::new();
        for (tag, values) in tags {
            let tag = TagName::new(tag.as_ref())?;
            let mut kept = BTreeSet::new();
            for value in values {
                kept.insert(checked(&tag, value.as_ref())?);
            }
            if kept.is_empty() || kept.len() > REACH_MAX_VALUES {
                return Err(TagScopeError::Values { tag: tag.to_string() });
            }
            scope.insert(tag, kept);
        }
        if scope.len() > REACH_MAX_TAGS {
            return Err(TagScopeError::TooManyTags { tags: scope.len() });
        }
        Ok(Self(scope))
    }

    /// Whether it holds all events.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an event is among those that it holds.
    #[must_use]
    pub fn covers(&self, event: &Event) -> bool {
        self.0.iter().all(|(tag, values)| event.tags.get(tag).is_some_and(|value| values.contains(value)))
    }

    /// The conditions that every query of its principal has besides its own.
    #[must_use]
    pub fn conditions(&self) -> Vec<FilterSpec> {
        let values = |values: &BTreeSet<Arc<str>>| values.iter().map(ToString::to_string).collect();
        let condition =
            |(tag, of): (&TagName, _)| FilterSpec { tag: tag.to_string(), op: FilterOp::In, values: values(of) };
        self.0.iter().map(condition).collect()
    }

    /// Gives an event the tags that it must have where there is no choice, and refuses one that it must not have.
    ///
    /// # Errors
    /// [`TagConflict`] if a tag has another value, or is missing though there are several it could have.
    pub fn force(&self, event: &mut Event) -> Result<(), TagConflict> {
        for (tag, values) in &self.0 {
            let fits = match event.tags.get(tag) {
                Some(value) => values.contains(value),
                None => match (values.first(), values.len()) {
                    (Some(value), 1) => {
                        event.tags.insert(tag.clone(), Arc::clone(value));
                        true
                    }
                    _ => false,
                },
            };
            if !fits {
                let allowed = values.iter().map(|value| format!("`{value}`")).collect::<Vec<_>>().join(" or ");
                return Err(TagConflict { tag: tag.clone(), allowed });
            }
        }
        Ok(())
    }
}

fn checked(tag: &TagName, value: &str) -> Result<Arc<str>, TagScopeError> {
    let fits = (1..=REACH_VALUE_MAX_BYTES).contains(&value.len()) && !value.chars().any(char::is_control);
    if fits { Ok(value.into()) } else { Err(TagScopeError::Value { tag: tag.to_string() }) }
}

impl TryFrom<BTreeMap<String, Vec<String>>> for TagScope {
    type Error = TagScopeError;
    fn try_from(tags: BTreeMap<String, Vec<String>>) -> Result<Self, TagScopeError> {
        Self::new(tags)
    }
}

impl From<TagScope> for BTreeMap<String, Vec<String>> {
    fn from(scope: TagScope) -> Self {
        let texts = |values: BTreeSet<Arc<str>>| values.iter().map(ToString::to_string).collect();
        scope.0.into_iter().map(|(tag, values)| (tag.to_string(), texts(values))).collect()
    }
}

#[cfg(test)]
mod tests;
