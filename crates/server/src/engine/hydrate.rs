//! Reading a view from the log, beside the engine.

use std::sync::Arc;

use tideboard_live::View;
use tideboard_log::{Append, Clock, Log, LogError, ScanRange};
use tideboard_model::{Limits, Nanos, Offset, Position, Query, StreamName};

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
    let Some(end) = log.end(&query.stream).await? else { return Ok(None) };
    let retained = retained_from(&*log, &query.stream).await?;
    let view = View::new(Arc::clone(&query), Limits::default(), clock(), retained, Offset::ZERO);
    let view = match view.hydrate_from() {
        Some(since) => scan(&*log, view, since, Offset::ZERO, end).await?,
        None => look_back(&*log, &clock, view, end).await?,
    };
    Ok(Some((Box::new(view), end)))
}

/// Reads a view that stands at `at` on to the log's end.
pub(super) async fn hydrate_further(
    log: Arc<dyn Log>,
    clock: Clock,
    view: View,
    query: Arc<Query>,
    at: Offset,
) -> Result<Option<(Box<View>, Position)>, LogError> {
    let Some(end) = log.end(&query.stream).await? else { return Ok(None) };
    if end.offset < at {
        // The log is another one now.
        return hydrate(log, clock, query).await;
    }
    let view = scan(&*log, view, Nanos(i64::MIN), at, end).await?;
    Ok(Some((Box::new(view), end)))
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
