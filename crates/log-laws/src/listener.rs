//! What is read from a log, and what it tells.

use std::sync::Arc;
use std::time::Duration;

use tideboard_log::{Attention, Commit, Log};
use tideboard_model::{Event, FieldValue, Offset, Position, StreamName};
use tokio::sync::broadcast::Receiver;
use tokio::time::timeout;

use crate::batches::{batch, stream};

/// Far longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Hears what is committed to one stream.
pub struct Listener {
    log: Arc<dyn Log>,
    stream: StreamName,
    commits: Receiver<Commit>,
    _attention: Attention,
}

impl Listener {
    pub(crate) async fn begin(log: &Arc<dyn Log>, name: &str, is_shared: bool) -> Self {
        let stream = stream(name);
        let (commits, _attention) = (log.commits(), log.attend(&stream));
        let mut listener = Self { log: Arc::clone(log), stream, commits, _attention };
        while is_shared && !matches!(listener.next().await, Commit::Uncertain(of) if of == listener.stream) {}
        listener
    }

    /// What is told of the stream's changes up to the append that ends at a position.
    pub async fn told_until(&mut self, end: Position) -> Vec<Commit> {
        let mut told = Vec::new();
        loop {
            match self.next().await {
                Commit::Appends(appends) => {
                    for append in appends.iter().filter(|append| append.stream == self.stream) {
                        told.push(Arc::clone(append).into());
                        if append.position == end {
                            return told;
                        }
                    }
                }
                Commit::Trim(mark) if mark.stream == self.stream => told.push(Commit::Trim(mark)),
                Commit::Trim(_) | Commit::Uncertain(_) => {}
            }
        }
    }

    /// What was told of the stream's changes up to now. Appends an event behind them, to know when all is told.
    pub async fn told(&mut self) -> Vec<Commit> {
        let fence = self.log.append(batch(self.stream.as_str(), [FENCE])).await.unwrap();
        let mut told = self.told_until(fence.position).await;
        told.pop();
        told
    }

    async fn next(&mut self) -> Commit {
        timeout(PATIENCE, self.commits.recv()).await.expect("something is told").unwrap()
    }
}

/// The value of the event that ends what was told.
const FENCE: i64 = i64::MAX;

/// Offset and value of every event of a stream but fences, read in small pages.
pub async fn contents(log: &dyn Log, name: &str) -> Vec<(u64, i64)> {
    let (stream, mut after, mut all) = (stream(name), Offset::ZERO, Vec::new());
    loop {
        let page = log.read(&stream, after, 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = last.position.offset;
        all.extend(page.iter().flat_map(|append| append.offsets()).map(|(offset, event)| (offset.0, value(event))));
    }
    all.retain(|(_, value)| *value != FENCE);
    all
}

/// The value of an event as [`crate::batches`] makes them.
#[must_use]
pub fn value(event: &Event) -> i64 {
    let value = event.fields.iter().next().map(|(_, value)| value);
    let Some(FieldValue::Int(value)) = value else { panic!("not what was written: {event:?}") };
    *value
}

/// What has been told so far by a log that tells before it answers.
pub fn told(commits: &mut Receiver<Commit>) -> Vec<Commit> {
    std::iter::from_fn(|| commits.try_recv().ok()).collect()
}
