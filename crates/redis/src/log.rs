//! The log itself: hands each question to whoever answers it.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use tideboard_log::implement::{Digest, encode, random};
use tideboard_log::{
    AppendError, Appends, Attention, Batch, BoxFuture, Commit, Log, LogError, Mark, Options, Receipt, ScanRange,
    Standing, StreamInfo, Verdict,
};
use tideboard_model::{Nanos, Offset, Position, StreamName};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

use crate::attended::Attended;
use crate::layout::Partition;
use crate::number::hex;
use crate::open::establish;
use crate::reach::Reach;
use crate::reads::PATIENCE;
use crate::request::Request;
use crate::shared::Shared;
use crate::tail::Tail;
use crate::writer::Writer;
use crate::{RedisError, Settings};

/// Appends of this node that may wait for its tail, which reads them where they are too many.
const APPENDED: usize = 1_024;

/// A log in Redis, shared with every other node that opens it.
pub struct RedisLog {
    shared: Arc<Shared>,
    /// One queue for each partition; `None` once closed.
    queues: RwLock<Option<Vec<mpsc::Sender<Request>>>>,
    writers: TaskTracker,
    _tails: DropGuard,
}

impl RedisLog {
    /// Opens the log, or begins one.
    ///
    /// # Errors
    /// [`RedisError`] if Redis does not answer within a few seconds, or must not be used as it is set up.
    pub async fn open(settings: Settings, options: Options) -> Result<Self, RedisError> {
        let Settings { address, acknowledge, prefix, ca } = settings;
        let established = establish(address, acknowledge, prefix, ca).await?;
        let (commits, _) = broadcast::channel(options.commits_kept.max(1));
        let (standing, _) = watch::channel(Standing::Reached);
        let reach = Reach::new(Arc::clone(&options.clock), standing.clone());
        let partitions = established.layout.partitions;
        let shared = Arc::new(Shared {
            options,
            acknowledge,
            layout: established.layout,
            routes: established.routes,
            reads: established.reads,
            commits,
            attended: Attended::new(partitions),
            standing,
            queued_bytes: Arc::default(),
        });
        let watching = Arc::clone(&shared);
        let (writers, cancel) = (TaskTracker::new(), CancellationToken::new());
        let watch = cancel.clone();
        tokio::spawn(async move { watch.run_until_cancelled(watching.routes.watch()).await });
        let session = hex(random().map_err(|error| RedisError::Unreachable(error.to_string()))?);
        let mut queues = Vec::new();
        for partition in (0..partitions).map(Partition) {
            let (sender, queue) = mpsc::channel(shared.options.queue_batches.max(1));
            let (appended, heard) = mpsc::channel(APPENDED);
            let writer = Writer::new(Arc::clone(&shared), partition, queue, appended, session.clone());
            writers.spawn(writer.run());
            let tail = Tail::new(Arc::clone(&shared), partition, reach.clone(), heard);
            tokio::spawn(tail.run(cancel.clone()));
            queues.push(sender);
        }
        writers.close();
        Ok(Self { shared, queues: RwLock::new(Some(queues)), writers, _tails: cancel.drop_guard() })
    }

    fn queue(&self, stream: &StreamName) -> Option<mpsc::Sender<Request>> {
        let place = usize::from(self.shared.layout.partition(stream).0);
        self.queues.read().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(place).cloned()
    }

    async fn append_queued(&self, batch: Batch) -> Result<Receipt, AppendError> {
        let queue = self.queue(&batch.stream).ok_or(AppendError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let Batch { stream, principal, events, serials, key } = batch;
        let key = key.map(|key| (key, Digest::of(&events, &serials)));
        let encoded = encode(&events);
        let bytes = encoded.len().saturating_add(size_of_val(serials.as_slice()));
        let place = self.shared.queue_place(bytes).ok_or(AppendError::Busy)?;
        let (events, deadline) = (events.into(), Instant::now() + PATIENCE);
        let request = Request { stream, principal, events, serials, encoded, key, deadline, reply, place };
        queue.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })?;
        // Not kept while waiting: closing waits for every sender to go.
        drop(queue);
        answer.await.unwrap_or_else(|_writer_ended| Err(AppendError::Failed("the writer ended".to_owned())))
    }

    async fn finish(&self) -> Result<(), LogError> {
        drop(self.queues.write().unwrap_or_else(PoisonError::into_inner).take());
        self.writers.wait().await;
        Ok(())
    }
}

impl Log for RedisLog {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(self.append_queued(batch))
    }

    fn commits(&self) -> broadcast::Receiver<Commit> {
        self.shared.commits.subscribe()
    }

    fn attend(&self, stream: &StreamName) -> Attention {
        self.shared.attended.attend(&self.shared.layout, stream)
    }

    fn standing(&self) -> watch::Receiver<Standing> {
        self.shared.standing.subscribe()
    }

    fn end<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<Position>, LogError>> {
        Box::pin(async move { Ok(self.shared.ends(stream).await?.map(|ends| ends.end)) })
    }

    fn info<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<StreamInfo>, LogError>> {
        Box::pin(self.shared.info(stream))
    }

    fn streams(&self) -> BoxFuture<'_, Result<Vec<StreamInfo>, LogError>> {
        Box::pin(self.shared.all())
    }

    fn read<'a>(&'a self, stream: &'a StreamName, after: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.shared.read(stream, after, max_events))
    }

    fn scan<'a>(&'a self, stream: &'a StreamName, range: ScanRange, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.shared.scan(stream, range, max_events))
    }

    fn read_back<'a>(&'a self, stream: &'a StreamName, upto: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.shared.read_back(stream, upto, max_events))
    }

    fn verify<'a>(&'a self, stream: &'a StreamName, position: Position) -> BoxFuture<'a, Result<Verdict, LogError>> {
        Box::pin(self.shared.verify(stream, position))
    }

    fn trim(&self, before: Nanos) -> BoxFuture<'_, Result<Vec<Mark>, LogError>> {
        Box::pin(self.shared.trim(before))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(self.finish())
    }
}

impl fmt::Debug for RedisLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLog").field("layout", &self.shared.layout).finish_non_exhaustive()
    }
}
