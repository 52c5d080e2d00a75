//! Wakes feeds that wait at the end of their stream: one task listens to the log for all of them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tideboard_log::{Append, Commit, Log};
use tideboard_model::StreamName;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

/// Appends that a feed may lag behind before it must read them from the log.
const APPENDS_KEPT: usize = 16;

/// Why a feed wakes up.
#[derive(Debug, Clone)]
pub(super) enum Wake {
    /// Its stream has grown by this.
    Append(Arc<Append>),
    /// Commits went by unseen, or some are no more: it is to be read on.
    Look,
}

/// Hands each commit to the feeds of its stream.
#[derive(Debug, Default)]
pub(super) struct Wakes(Mutex<BTreeMap<StreamName, broadcast::Sender<Wake>>>);

impl Wakes {
    /// Starts to listen, until the log closes or nobody holds the answer any more.
    pub(super) fn start(log: &dyn Log) -> Arc<Self> {
        let wakes = Arc::new(Self::default());
        tokio::spawn(listen(log.commits(), Arc::downgrade(&wakes)));
        wakes
    }

    /// What is committed to a stream from now on.
    pub(super) fn of(&self, stream: &StreamName) -> broadcast::Receiver<Wake> {
        let mut streams = self.lock();
        let sender = streams.entry(stream.clone()).or_insert_with(|| broadcast::channel(APPENDS_KEPT).0);
        sender.subscribe()
    }

    /// Streams that are followed, as far as is known.
    #[cfg(test)]
    pub(super) fn followed(&self) -> usize {
        self.lock().len()
    }

    fn append(&self, append: Arc<Append>) {
        let stream = append.stream.clone();
        self.wake(&stream, Wake::Append(append));
    }

    fn look_at(&self, stream: &StreamName) {
        self.wake(stream, Wake::Look);
    }

    fn wake(&self, stream: &StreamName, wake: Wake) {
        let mut streams = self.lock();
        if streams.get(stream).is_some_and(|sender| sender.send(wake).is_err()) {
            // Nobody follows it any more.
            streams.remove(stream);
        }
    }

    fn look(&self) {
        self.lock().retain(|_, sender| sender.send(Wake::Look).is_ok());
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<StreamName, broadcast::Sender<Wake>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(mut commits: broadcast::Receiver<Commit>, wakes: Weak<Wakes>) {
    loop {
        let commit = commits.recv().await;
        let Some(wakes) = wakes.upgrade() else { return };
        match commit {
            Ok(Commit::Appends(appends)) => appends.iter().for_each(|append| wakes.append(Arc::clone(append))),
            // What is gone is seen by reading; nothing is missed by not reading.
            Ok(Commit::Trim(_)) => {}
            Ok(Commit::Uncertain(stream)) => wakes.look_at(&stream),
            Err(RecvError::Lagged(missed)) => {
                tracing::debug!(missed, "the log is faster than its feeds are woken: they read what went by");
                wakes.look();
            }
            Err(RecvError::Closed) => {
                wakes.lock().clear();
                return;
            }
        }
    }
}
