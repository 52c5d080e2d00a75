//! Reading a view from the log, beside the engine.

use std::sync::Arc;

use tideboard_live::View;
use tideboard_log::{Append, Clock, Log, LogError, ScanRange, Verdict};
use tideboard_model::{Limits, Nanos, Offset, Position, Query, StreamName};

/// How often the log may lose its end while a view is read.
const ATTEMPTS: usize = 5;
/// Events per page.
const PAGE_EVENTS: usize = 10_000;
/// A feed looks back at most so many events for matching ones.
const FEED_LOOKS_BACK: usize = 50_000;

/// Reads a view up to the log's end; `None` if its stream does not exist.
pub(super) async fn hydrate(
    log: Arc<dyn Log>,
    clock: Clock,
    query: Arc<Query>,
) -> Result<Option<(Box<View>, Position)>, LogError> {
    for _ in 0..ATTEMPTS {
        let Some(end) = log.end(&query.stream).await? else { return Ok(None) };
        let retained = retained_from(&*log, &query.stream).await?;
        let view = View::new(Arc::clone(&query), Limits::default(), clock(), retained, Offset::ZERO);
        let view = match view.hydrate_from() {
            Some(since) => scan(&*log, view, since, Offset::ZERO, end).await?,
            None => look_back(&*log, &clock, view, end).await?,
        };
        // As a log never finds again what it has lost, all that was read led to this end.
        if log.verify(&query.stream, end).await? == Verdict::Proved {
            return Ok(Some((Box::new(view), end)));
        }
        tracing::warn!(stream = %query.stream, %end, "the log's end was lost while a view was read: reading it anew");
    }
    Err(LogError::Failed("its end was lost again and again while it was read".to_owned()))
}

/// Reads a view that stands at `at` on to the log's end.
pub(super) async fn hydrate_further(
    log: Arc<dyn Log>,
    clock: Clock,
    view: View,
    at: Position,
) -> Result<Option<(Box<View>, Position)>, LogError> {
    let query = Arc::clone(view.query());
    let Some(end) = log.end(&query.stream).await? else { return Ok(None) };
    if log.verify(&query.stream, at).await? == Verdict::Proved && at.offset <= end.offset {
        let view = scan(&*log, view, Nanos(i64::MIN), at.offset, end).await?;
        if log.verify(&query.stream, end).await? == Verdict::Proved {
            return Ok(Some((Box::new(view), end)));
        }
    }
    // The log is another one now, or has lost its end.
    hydrate(log, clock, query).await
}

async fn retained_from(log: &dyn Log, stream: &StreamName) -> Result<Option<Nanos>, LogError> {
    Ok(log.info(stream).await?.and_then(|info| info.retained_from))
}

async fn scan(log: &dyn Log, mut view: View, since: Nanos, after: Offset, end: Position) -> Result<View, LogError> {
    let stream = view.query().stream.clone();
    let mut after = after;
    loop {
        let range = ScanRange { since, after, upto: end.offset };
        let page = log.scan(&stream, range, PAGE_EVENTS).await?;
        let Some(last) = page.last() else { break };
        after = last.position.offset;
        page.iter().for_each(|append| fold(&mut view, append));
        tokio::task::yield_now().await;
    }
    view.hydrated(end.offset);
    Ok(view)
}

async fn look_back(log: &dyn Log, clock: &Clock, view: View, end: Position) -> Result<View, LogError> {
    let query = Arc::clone(view.query());
    let wanted = view.events_wanted();
    let (mut appends, mut seen, mut matching, mut upto) = (Vec::new(), 0, 0, end.offset);
    while matching < wanted && seen < FEED_LOOKS_BACK && upto > Offset::ZERO {
        let page = log.read_back(&query.stream, upto, PAGE_EVENTS.min(FEED_LOOKS_BACK)).await?;
        let Some(oldest) = page.last() else { break };
        upto = oldest.before();
        for append in page {
            seen += append.events.len();
            matching += append.events.iter().filter(|event| query.matches(event)).count();
            appends.push(append);
        }
    }
    let mut view = View::new(query, Limits::default(), clock(), None, upto);
    appends.iter().rev().for_each(|append| fold(&mut view, append));
    view.hydrated(end.offset);
    Ok(view)
}

fn fold(view: &mut View, append: &Append) {
    for (offset, event) in append.offsets() {
        view.fold(offset, event);
    }
    view.seal(append.position.offset);
}
