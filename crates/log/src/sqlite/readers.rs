//! Two threads that read, each through a connection of its own: a reader never waits for the writer.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

use crate::LogError;

const THREADS: usize = 2;
/// Reads that may wait; past it, callers wait to be let in.
const QUEUE: usize = 64;

type Job = Box<dyn FnOnce(&Connection) + Send>;

/// The way to the reading threads, which end when it is dropped.
#[derive(Debug, Clone)]
pub(super) struct Readers {
    jobs: mpsc::Sender<Job>,
}

impl Readers {
    pub(super) fn start(file: &Path) -> Result<Self, LogError> {
        let (jobs, queue) = mpsc::channel::<Job>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for number in 1..=THREADS {
            let db = connect(file.to_owned())?;
            let queue = Arc::clone(&queue);
            let next = move || queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
            thread::Builder::new()
                .name(format!("log-read-{number}"))
                .spawn(move || {
                    while let Some(job) = next() {
                        job(&db);
                    }
                })
                .map_err(|error| LogError::Failed(format!("no thread to read: {error}")))?;
        }
        Ok(Self { jobs })
    }

    /// Runs one read on one of the threads.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Connection) -> Result<T, LogError> + Send + 'static,
    ) -> Result<T, LogError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |db| {
            // Whoever asked and went away needs no answer, and no work.
            if !reply.is_closed() {
                drop(reply.send(read(db)));
            }
        });
        self.jobs.send(job).await.map_err(|_threads_ended| LogError::Closed)?;
        answer.await.unwrap_or(Err(LogError::Closed))
    }
}

fn connect(file: PathBuf) -> Result<Connection, LogError> {
    let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    db.busy_timeout(Duration::from_secs(5))?;
    Ok(db)
}
