//! From a query as written to one that is valid by construction.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Filter, Measure, MeasureFn, Query, QuerySpec, Range, RangeSpec, Shape, ShapeSpec};
use crate::{FieldName, Identity, Limits, Millis, NameError, PaneWidth, StreamName, TagName};

/// Widths that people read with ease, in milliseconds: defaults are chosen among them.
const LADDER_MS: [i64; 18] = [
    100, 250, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
    3_600_000, 10_800_000, 43_200_000, 86_400_000,
];
/// A series without a bucket width gets about so many buckets at most.
const DEFAULT_BUCKETS: i64 = 300;
/// A table's window slides in about so many steps.
const TABLE_PANES: i64 = 120;
/// The narrowest bucket.
const BUCKET_MIN_MS: i64 = 100;
/// A hundred years: sums of times stay far from the ends of `i64`.
const RANGE_MAX_MS: i64 = 100 * 366 * 86_400_000;
/// Events of a feed that names no limit.
const DEFAULT_FEED_EVENTS: usize = 50;

/// Why a query was refused: `place` is the path of the offending part in the query.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("query.{place}: {reason}")]
pub struct QueryError {
    /// Path in the query as written, such as `measures[1].field`.
    pub place: String,
    /// What is wrong and how to mend it.
    pub reason: String,
}

fn refuse<T>(place: impl Into<String>, reason: impl Into<String>) -> Result<T, QueryError> {
    Err(QueryError { place: place.into(), reason: reason.into() })
}

fn at<T>(place: impl Into<String>, name: Result<T, NameError>) -> Result<T, QueryError> {
    name.map_err(|error| QueryError { place: place.into(), reason: error.to_string() })
}

fn default_width(range_ms: i64, panes: i64) -> i64 {
    let fits = |width: &&i64| range_ms.div_euclid(**width) <= panes;
    LADDER_MS.iter().find(fits).copied().unwrap_or_else(|| range_ms.div_euclid(panes).max(86_400_000))
}

impl Query {
    /// Checks a query as written against the limits, and fills in its defaults.
    ///
    /// # Errors
    /// [`QueryError`] with the path of the first offending part and the reason.
    pub fn new(spec: &QuerySpec, limits: &Limits) -> Result<Self, QueryError> {
        let stream = at("stream", StreamName::new(&spec.stream))?;
        let filters = filters(spec, limits)?;
        let (shape, range) = match spec.shape {
            ShapeSpec::Feed => (feed(spec, limits)?, Range::Last { millis: 1 }),
            ShapeSpec::Series | ShapeSpec::Table => folded(spec, limits)?,
        };
        let canonical = canonical(&stream, &shape, &filters, range);
        Ok(Self { stream, shape, filters, range, identity: Identity::of(&canonical) })
    }
}

fn feed(spec: &QuerySpec, limits: &Limits) -> Result<Shape, QueryError> {
    if !spec.measures.is_empty() {
        return refuse("measures", "a feed has no measures: leave them out, or ask for a series or a table");
    }
    if !spec.group_by.is_empty() {
        return refuse("groupBy", "a feed is not grouped: leave it out, or ask for a series or a table");
    }
    if spec.bucket.is_some() {
        return refuse("bucket", "a feed has no buckets: leave it out, or ask for a series");
    }
    let events = spec.limit.map_or(DEFAULT_FEED_EVENTS, |limit| limit as usize);
    if events == 0 || events > limits.feed_events {
        return refuse("limit", format!("must be between 1 and {}", limits.feed_events));
    }
    Ok(Shape::Feed { events })
}

fn folded(spec: &QuerySpec, limits: &Limits) -> Result<(Shape, Range), QueryError> {
    if spec.limit.is_some() {
        return refuse("limit", "only a feed has a limit");
    }
    let (range, range_ms) = range(spec)?;
    let measures = measures(spec, limits)?;
    let group_by = group_by(spec, limits)?;
    if spec.shape == ShapeSpec::Table {
        if spec.bucket.is_some() {
            return refuse("bucket", "a table has no buckets: leave it out, or ask for a series");
        }
        let pane = width("range", default_width(range_ms, TABLE_PANES))?;
        return Ok((Shape::Table { measures, group_by, pane }, range));
    }
    let bucket_ms = spec.bucket.unwrap_or_else(|| default_width(range_ms, DEFAULT_BUCKETS));
    if bucket_ms < BUCKET_MIN_MS {
        return refuse("bucket", format!("must be at least {BUCKET_MIN_MS} (milliseconds)"));
    }
    if range_ms.div_euclid(bucket_ms) > limits.buckets_per_range {
        let least = range_ms.div_euclid(limits.buckets_per_range).saturating_add(1);
        return refuse(
            "bucket",
            format!("the range would have more than {} buckets: use at least {least}", limits.buckets_per_range),
        );
    }
    Ok((Shape::Series { measures, group_by, bucket: width("bucket", bucket_ms)? }, range))
}

fn width(place: &str, millis: i64) -> Result<PaneWidth, QueryError> {
    PaneWidth::new(millis).map_or_else(|| refuse(place, "must be at least 1 (milliseconds)"), Ok)
}

fn range(spec: &QuerySpec) -> Result<(Range, i64), QueryError> {
    match spec.range {
        None => refuse("range", "is missing: say {\"last\": milliseconds}"),
        Some(RangeSpec::Last { last }) if (1..=RANGE_MAX_MS).contains(&last) => {
            Ok((Range::Last { millis: last }, last))
        }
        Some(RangeSpec::Last { .. }) => refuse("range.last", format!("must be between 1 and {RANGE_MAX_MS}")),
        Some(RangeSpec::Between { from, to }) => {
            if !(-RANGE_MAX_MS..=RANGE_MAX_MS).contains(&from) || !(-RANGE_MAX_MS..=RANGE_MAX_MS).contains(&to) {
                return refuse("range", "lies outside the years 1870 to 2070");
            }
            if to <= from {
                return refuse("range.to", "must be after range.from");
            }
            Ok((Range::Between { from: Millis(from), to: Millis(to) }, to - from))
        }
    }
}

fn measures(spec: &QuerySpec, limits: &Limits) -> Result<Vec<Measure>, QueryError> {
    if spec.measures.is_empty() {
        return refuse("measures", "at least one is needed, such as {\"fn\": \"count\"}");
    }
    if spec.measures.len() > limits.measures_per_query {
        return refuse("measures", format!("at most {} are allowed", limits.measures_per_query));
    }
    let one = |(index, measure): (usize, &super::MeasureSpec)| {
        let place = || format!("measures[{index}].field");
        let field = measure.field.as_deref().map(|name| at(place(), FieldName::new(name))).transpose()?;
        match (measure.function, field) {
            (MeasureFn::Count | MeasureFn::Rate, field) => Ok(Measure { function: measure.function, field }),
            (function, Some(field)) => Ok(Measure { function, field: Some(field) }),
            (function, None) => refuse(place(), format!("is missing: `{}` needs a field", function.as_str())),
        }
    };
    spec.measures.iter().enumerate().map(one).collect()
}

fn group_by(spec: &QuerySpec, limits: &Limits) -> Result<Vec<TagName>, QueryError> {
    if spec.group_by.len() > limits.group_tags_per_query {
        return refuse("groupBy", format!("at most {} tags are allowed", limits.group_tags_per_query));
    }
    let mut tags = Vec::with_capacity(spec.group_by.len());
    for (index, name) in spec.group_by.iter().enumerate() {
        let tag = at(format!("groupBy[{index}]"), TagName::new(name))?;
        if tags.contains(&tag) {
            return refuse(format!("groupBy[{index}]"), format!("`{name}` is named twice"));
        }
        tags.push(tag);
    }
    Ok(tags)
}

fn filters(spec: &QuerySpec, limits: &Limits) -> Result<Vec<Filter>, QueryError> {
    if spec.filters.len() > limits.filters_per_query {
        return refuse("where", format!("at most {} conditions are allowed", limits.filters_per_query));
    }
    let mut filters = BTreeSet::new();
    for (index, filter) in spec.filters.iter().enumerate() {
        let tag = at(format!("where[{index}].tag"), TagName::new(&filter.tag))?;
        if filter.values.is_empty() {
            return refuse(format!("where[{index}].values"), "at least one value is needed");
        }
        if filter.values.len() > limits.filters_per_query {
            return refuse(format!("where[{index}].values"), format!("at most {}", limits.filters_per_query));
        }
        let values = filter.values.iter().map(|value| Arc::from(value.as_str())).collect();
        filters.insert(Filter { tag, op: filter.op, values });
    }
    Ok(filters.into_iter().collect())
}

/// One text per meaning: `Debug` of a string quotes and escapes it, so parts cannot run together.
fn canonical(stream: &StreamName, shape: &Shape, filters: &[Filter], range: Range) -> String {
    format!("1|{stream:?}|{shape:?}|{filters:?}|{range:?}")
}

#[cfg(test)]
mod tests;
