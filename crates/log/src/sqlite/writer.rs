//! The one thread that writes: takes what is waiting, commits it in one piece, then tells and answers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tideboard_model::Nanos;
use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::{mpsc, oneshot, watch};

use super::folder::FolderLock;
use super::group::{self, Request};
use super::schema::PAGE_BYTES;
use super::shared::Shared;
use super::{producers, retention};
use crate::{Commit, LogError, Mark};

/// As many pages as SQLite can count.
const PAGES_MAX: u64 = 4_294_967_294;

/// What the writer is asked to do.
pub(super) enum Command {
    /// Batches that came together: they share a commit.
    Append(Vec<Request>),
    Trim {
        before: Nanos,
        reply: oneshot::Sender<Result<Vec<Mark>, LogError>>,
    },
    LimitSize {
        bytes: Option<u64>,
        reply: oneshot::Sender<Result<(), LogError>>,
    },
}

/// `Some` once the writer has ended, with the reason if its last step failed.
pub(super) type Finished = Option<Result<(), String>>;

pub(super) struct Writer {
    db: Connection,
    shared: Arc<Shared>,
    queue: mpsc::Receiver<Command>,
    /// How many producers are remembered.
    producers: usize,
    /// Streams with rows behind their marks.
    sweeps: BTreeSet<i64>,
    /// Held as long as anything may be written.
    _lock: FolderLock,
}

/// Runs a writer on its own thread until nobody can ask it any more.
pub(super) fn start(writer: Writer, done: watch::Sender<Finished>) -> Result<(), LogError> {
    let run = move || {
        let result = writer.run();
        done.send_replace(Some(result.map_err(|error| error.to_string())));
    };
    let thread = thread::Builder::new().name("log-write".to_owned()).spawn(run);
    thread.map(drop).map_err(|error| LogError::Failed(format!("no thread to write: {error}")))
}

impl Writer {
    pub(super) fn new(
        db: Connection,
        lock: FolderLock,
        shared: Arc<Shared>,
        queue: mpsc::Receiver<Command>,
    ) -> Result<Self, LogError> {
        // A stop in the middle of a sweep leaves rows behind a mark.
        let sweeps = shared.all().into_values().filter(|known| known.state.retained_from.is_some());
        let sweeps = sweeps.map(|known| known.id).collect();
        let producers = producers::count(&db)?;
        Ok(Self { db, shared, queue, producers, sweeps, _lock: lock })
    }

    fn run(mut self) -> Result<(), LogError> {
        while let Some(command) = self.next() {
            if let Some(command) = command {
                self.obey(command);
            }
            self.sweep();
        }
        self.db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// `None` at the end; `Some(None)` when nothing is asked and there is something to sweep.
    fn next(&mut self) -> Option<Option<Command>> {
        if self.sweeps.is_empty() {
            return self.queue.blocking_recv().map(Some);
        }
        match self.queue.try_recv() {
            Ok(command) => Some(Some(command)),
            Err(TryRecvError::Empty) => Some(None),
            Err(TryRecvError::Disconnected) => None,
        }
    }

    fn obey(&mut self, command: Command) {
        let mut next = Some(command);
        while let Some(command) = next.take() {
            match command {
                Command::Append(requests) => {
                    let (group, other) = self.gather(requests);
                    self.append(group);
                    next = other;
                }
                Command::Trim { before, reply } => drop(reply.send(self.trim(before))),
                Command::LimitSize { bytes, reply } => drop(reply.send(self.limit_size(bytes))),
            }
        }
    }

    /// What is waiting and may share a commit, and what came after it and may not.
    fn gather(&mut self, mut group: Vec<Request>) -> (Vec<Request>, Option<Command>) {
        let options = &self.shared.options;
        let mut bytes: usize = group.iter().map(|request| request.encoded.len()).sum();
        while group.len() < options.group_batches && bytes < options.group_bytes {
            match self.queue.try_recv() {
                Ok(Command::Append(requests)) => {
                    bytes = requests.iter().fold(bytes, |bytes, request| bytes.saturating_add(request.encoded.len()));
                    group.extend(requests);
                }
                Ok(other @ (Command::Trim { .. } | Command::LimitSize { .. })) => return (group, Some(other)),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        (group, None)
    }

    fn append(&mut self, group: Vec<Request>) {
        match group::commit(&mut self.db, &self.shared, self.producers, &group) {
            Ok(committed) => {
                self.producers = committed.producers;
                let appends = Some(committed.appends).filter(|appends| !appends.is_empty());
                let told = appends.map(|appends| Commit::Appends(appends.into()));
                self.shared.publish(committed.touched, told.into_iter());
                for (request, answer) in group.into_iter().zip(committed.answers) {
                    // Whoever went away finds its answer by its key.
                    drop(request.reply.send(answer));
                }
            }
            // One batch that can't be written must not take the others with it.
            Err(_any) if group.len() > 1 => {
                for request in group {
                    self.append(vec![request]);
                }
            }
            Err(error) => {
                for request in group {
                    drop(request.reply.send(Err(error.clone())));
                }
            }
        }
    }

    fn trim(&mut self, before: Nanos) -> Result<Vec<Mark>, LogError> {
        let (touched, marks) = retention::mark(&mut self.db, &self.shared, before)?;
        self.sweeps.extend(touched.values().map(|known| known.id));
        self.shared.publish(touched, marks.iter().cloned().map(Commit::Trim));
        Ok(marks)
    }

    /// One slice; a stream whose sweep fails is swept again after the next trim or open.
    fn sweep(&mut self) {
        let Some(stream) = self.sweeps.pop_first() else { return };
        match retention::sweep(&self.db, stream) {
            Ok(true) => drop(self.sweeps.insert(stream)),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "what retention dropped could not be deleted yet"),
        }
    }

    fn limit_size(&self, bytes: Option<u64>) -> Result<(), LogError> {
        let pages = bytes.map_or(PAGES_MAX, |bytes| bytes.div_ceil(PAGE_BYTES.into()).clamp(1, PAGES_MAX));
        self.db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }
}
