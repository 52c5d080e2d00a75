//! A log in one SQLite file: what is acknowledged is on disk.
//!
//! One thread writes (`writer`), two read (`readers`); what they share is in [`Shared`]. Everything that is known at
//! open is read from the file: there is no second record of a stream's end that could disagree with the first.

mod folder;
mod group;
mod keys;
mod pages;
mod producers;
mod readers;
mod retention;
mod schema;
mod shared;
mod trouble;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tideboard_model::{Nanos, Offset, Position, StreamName};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

use self::group::Request;
use self::readers::Readers;
use self::shared::Shared;
use self::writer::{Command, Finished, Writer};
use crate::codec::encode;
use crate::contract::always_reached;
use crate::keys::Digest;
use crate::stream::{Judgement, judge_found};
use crate::{
    AppendError, Appends, Attention, Batch, BoxFuture, Commit, Log, LogError, Mark, Options, Receipt, ScanRange,
    Standing, StreamInfo, Verdict,
};

/// A log in the file `log.db` of a folder. Dropping it without [`Log::close`] finishes what is queued, unwatched.
pub struct SqliteLog {
    shared: Arc<Shared>,
    readers: Readers,
    /// `None` once closed.
    commands: RwLock<Option<mpsc::Sender<Command>>>,
    finished: watch::Receiver<Finished>,
}

impl SqliteLog {
    /// Opens the log in a folder, or begins one; blocks while it reads the ends of all streams.
    ///
    /// # Errors
    /// [`LogError`] if the folder can't be used, another process uses it, or the file is no log that this version
    /// of the program can read.
    pub fn open(folder: &Path, options: Options) -> Result<Self, LogError> {
        let lock = folder::lock(folder)?;
        let file = folder.join("log.db");
        let connection = schema::open(&file, options.checkpoint_bytes)?;
        let streams = schema::load(&connection)?;
        let shared = Arc::new(Shared::new(options, streams));
        let readers = Readers::start(&file)?;
        let (commands, queue) = mpsc::channel(shared.options.queue_batches.max(1));
        let (done, finished) = watch::channel(None);
        let writer = Writer::new(connection, lock, Arc::clone(&shared), queue)?;
        writer::start(writer, done)?;
        Ok(Self { shared, readers, commands: RwLock::new(Some(commands)), finished })
    }

    /// Limits the size of the file, rounded up to whole pages of 4 KiB; `None` lifts the limit. Past it, appends
    /// answer [`AppendError::Full`]. Space that retention freed is used again.
    ///
    /// # Errors
    /// [`LogError`] if the log is closed or storage fails.
    pub async fn limit_size(&self, bytes: Option<u64>) -> Result<(), LogError> {
        self.ask(|reply| Command::LimitSize { bytes, reply }).await
    }

    fn commands(&self) -> Option<mpsc::Sender<Command>> {
        self.commands.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<Result<T, LogError>>) -> Command,
    ) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        let commands = self.commands().ok_or(LogError::Closed)?;
        commands.send(command(reply)).await.map_err(|_writer_ended| LogError::Closed)?;
        drop(commands);
        answer.await.unwrap_or(Err(LogError::Closed))
    }

    /// Batches go to the writer at once; the answers come in their order.
    async fn append_queued(&self, batches: Vec<Batch>) -> Vec<Result<Receipt, AppendError>> {
        let (mut requests, mut answers) = (Vec::with_capacity(batches.len()), Vec::with_capacity(batches.len()));
        for batch in batches {
            answers.push(self.request(batch).map(|(request, answer)| {
                requests.push(request);
                answer
            }));
        }
        let refused = if requests.is_empty() { None } else { self.queue(requests).err() };
        let mut results = Vec::with_capacity(answers.len());
        for answer in answers {
            results.push(match (answer, &refused) {
                (Err(error), _) => Err(error),
                (Ok(_), Some(error)) => Err(error.clone()),
                (Ok(answer), None) => answer.await.unwrap_or_else(|_writer_ended| Err(writer_ended())),
            });
        }
        results
    }

    fn queue(&self, requests: Vec<Request>) -> Result<(), AppendError> {
        // Not kept while waiting for answers: closing waits for every sender to go.
        let commands = self.commands().ok_or(AppendError::Closed)?;
        commands.try_send(Command::Append(requests)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => AppendError::Busy,
            mpsc::error::TrySendError::Closed(_) => AppendError::Closed,
        })
    }

    fn request(&self, batch: Batch) -> Result<(Request, oneshot::Receiver<Result<Receipt, AppendError>>), AppendError> {
        let (reply, answer) = oneshot::channel();
        let Batch { stream, principal, events, serials, key } = batch;
        let key = key.map(|key| (key, Digest::of(&events, &serials)));
        let encoded = encode(&events);
        let bytes = encoded.len().saturating_add(size_of_val(serials.as_slice()));
        let place = self.shared.queue_place(bytes).ok_or(AppendError::Busy)?;
        let events = events.into();
        Ok((Request { stream, principal, events, serials, encoded, key, reply, _place: place }, answer))
    }

    async fn verify_stored(&self, stream: &StreamName, position: Position) -> Result<Verdict, LogError> {
        let Some(known) = self.shared.known(stream) else { return Ok(Verdict::WrongEpoch) };
        match known.state.judge(position) {
            Judgement::Settled(verdict) => Ok(verdict),
            Judgement::LookUp => {
                let found = self.readers.run(move |db| pages::proof_of(db, known.id, position.offset)).await?;
                Ok(judge_found(position, found, self.shared.options.proofs_open()))
            }
        }
    }

    async fn page(&self, stream: &StreamName, wanted: pages::Wanted, max_events: usize) -> Appends {
        let Some(known) = self.shared.known(stream) else { return Ok(Vec::new()) };
        let stream = stream.clone();
        self.readers.run(move |db| pages::page(db, &stream, &known, wanted, max_events)).await
    }

    async fn finish(&self) -> Result<(), LogError> {
        drop(self.commands.write().unwrap_or_else(PoisonError::into_inner).take());
        let mut finished = self.finished.clone();
        let done = finished.wait_for(Option::is_some).await.map(|done| done.clone());
        match done {
            Ok(Some(Err(reason))) => Err(LogError::Failed(reason)),
            Ok(Some(Ok(())) | None) => Ok(()),
            Err(_writer_ended) => Err(LogError::Failed("the writer ended".to_owned())),
        }
    }
}

fn writer_ended() -> AppendError {
    AppendError::Failed("the writer ended".to_owned())
}

impl Log for SqliteLog {
    fn append(&self, batch: Batch) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        Box::pin(async move {
            let mut results = self.append_queued(vec![batch]).await;
            results.pop().unwrap_or_else(|| Err(writer_ended()))
        })
    }

    fn append_all(&self, batches: Vec<Batch>) -> BoxFuture<'_, Vec<Result<Receipt, AppendError>>> {
        Box::pin(self.append_queued(batches))
    }

    fn commits(&self) -> broadcast::Receiver<Commit> {
        self.shared.subscribe()
    }

    fn attend(&self, _stream: &StreamName) -> Attention {
        Attention::always()
    }

    fn standing(&self) -> watch::Receiver<Standing> {
        always_reached()
    }

    fn end<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<Position>, LogError>> {
        Box::pin(async move { Ok(self.shared.known(stream).map(|known| known.state.end)) })
    }

    fn info<'a>(&'a self, stream: &'a StreamName) -> BoxFuture<'a, Result<Option<StreamInfo>, LogError>> {
        Box::pin(async move { Ok(self.shared.known(stream).map(|known| known.state.info(stream))) })
    }

    fn streams(&self) -> BoxFuture<'_, Result<Vec<StreamInfo>, LogError>> {
        Box::pin(async move { Ok(self.shared.infos()) })
    }

    fn read<'a>(&'a self, stream: &'a StreamName, after: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.page(stream, pages::Wanted::After(after), max_events))
    }

    fn scan<'a>(&'a self, stream: &'a StreamName, range: ScanRange, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.page(stream, pages::Wanted::Since(range), max_events))
    }

    fn read_back<'a>(&'a self, stream: &'a StreamName, upto: Offset, max_events: usize) -> BoxFuture<'a, Appends> {
        Box::pin(self.page(stream, pages::Wanted::BackFrom(upto), max_events))
    }

    fn verify<'a>(&'a self, stream: &'a StreamName, position: Position) -> BoxFuture<'a, Result<Verdict, LogError>> {
        Box::pin(self.verify_stored(stream, position))
    }

    fn trim(&self, before: Nanos) -> BoxFuture<'_, Result<Vec<Mark>, LogError>> {
        Box::pin(self.ask(move |reply| Command::Trim { before, reply }))
    }

    fn close(&self) -> BoxFuture<'_, Result<(), LogError>> {
        Box::pin(self.finish())
    }
}

impl fmt::Debug for SqliteLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteLog").field("options", &self.shared.options).finish_non_exhaustive()
    }
}
